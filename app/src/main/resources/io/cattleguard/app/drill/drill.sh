#!/bin/sh
# One step of a Cattleguard drill: drill.sh STEP. It does what an intruder does, and harms nothing: it touches only files that it
# made itself, talks only to itself and to the drill's own sink, and reads secrets into /dev/null. It needs a shell; a step whose
# tools are missing in the image says so.
set -u
marker=cattleguard-drill-${DRILL_RUN:-none}-$1
work=/tmp/$marker
mkdir -p "$work" || exit 1

need() { command -v "$1" > /dev/null 2>&1 || { echo "missing: $1" && exit 3; }; }

# path prints the file of a program. command -v does not where the shell has the program built in.
path() {
  for folder in /bin /usr/bin /sbin /usr/sbin; do
    [ -x "$folder/$1" ] && echo "$folder/$1" && return
  done
  echo "missing: $1" >&2
}

# serve starts a web server on loopback whose page runs a shell, as a vulnerable one would.
serve() {
  need httpd && mkdir -p "$work/www/cgi-bin"
  printf '#!/bin/sh\necho "Content-Type: text/plain"\necho\nid > /dev/null\necho %s\n' "$marker" > "$work/www/cgi-bin/run"
  chmod 700 "$work/www/cgi-bin/run"
  httpd -f -p 127.0.0.1:8080 -h "$work/www" &
  sleep 1
}

case $1 in
  shell)
    serve && wget -q -O /dev/null http://127.0.0.1:8080/cgi-bin/run
    ;;
  setuid)
    # busybox decides by its name what it does, so the copy of the shell keeps its name.
    cp /bin/sh "$work/sh" && chmod 4755 "$work/sh" && "$work/sh" -c true
    ;;
  token)
    cat /var/run/secrets/kubernetes.io/serviceaccount/token > /dev/null
    ;;
  dropped)
    cp "$(path sleep)" "$work/sleep" && chmod 700 "$work/sleep" && "$work/sleep" 1
    ;;
  traversal)
    serve && wget -q -O /dev/null "http://127.0.0.1:8080/../../../../etc/passwd?$marker"
    ;;
  jndi)
    serve && wget -q -O /dev/null --header "X-Api-Version: \${jndi:ldap://127.0.0.1:1389/$marker}" http://127.0.0.1:8080/
    ;;
  mount)
    mkdir -p "$work/mount" && mount -t tmpfs "$marker" "$work/mount"
    ;;
  release)
    # A file of that name in its own folder. The kernel's release_agent is not touched.
    echo "$marker" > "$work/release_agent"
    ;;
  mining)
    need nc && echo "$marker" | nc -w 3 "$SINK_SERVICE_HOST" 3333
    ;;
  logs)
    # A log of its own, in an empty volume at /var/log.
    echo "$marker" > /var/log/auth.log && : > /var/log/auth.log
    ;;
  sink)
    need nc
    while :; do nc -l -p 3333 > /dev/null; done
    ;;
esac
echo "$marker: exit code $?"
# Stays for a while, so that a response still finds its pod.
exec sleep "${DRILL_STAYS:-60}"
