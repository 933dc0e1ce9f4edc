package io.cattleguard.app.drill;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A step of a drill: it imitates an intruder without doing harm. */
enum DrillStep {
  SHELL(
      "a shell that a web server starts",
      Needs.NOTHING,
      "Falco's rule Run shell untrusted (its list of web servers needs httpd), or a Tetragon policy"
          + " on execve whose parent is a server"),
  SETUID(
      "privilege escalation: the setuid bit on a copy of a shell",
      Needs.NOTHING,
      "Falco's rule Set Setuid or Setgid bit (maturity sandbox, not in the default rules)"),
  TOKEN(
      "reads the service account token of its pod",
      Needs.TOKEN,
      "a Tetragon policy on reads below /var/run/secrets/kubernetes.io/serviceaccount, or a Falco"
          + " rule on open_read of that path"),
  DROPPED(
      "runs a program that is not in its image",
      Needs.NOTHING,
      "Falco's rule Drop and execute new binary in container (default rules; needs an overlay file"
          + " system)"),
  TRAVERSAL(
      "a path traversal, over HTTP to itself",
      Needs.NOTHING,
      "no sensor in the kernel reads HTTP: a WAF or the access log, sent as an alert"),
  JNDI(
      "a log4shell string, over HTTP to itself",
      Needs.NOTHING,
      "no sensor in the kernel reads HTTP: a WAF or the access log, sent as an alert; of a real"
          + " exploit the sensors see the shell"),
  MOUNT(
      "tries to mount a file system",
      Needs.NOTHING,
      "a Tetragon policy on sys_mount; Falco's rule Mount Launched in Privileged Container sees"
          + " privileged containers only"),
  RELEASE(
      "writes a file named release_agent, its own and not the kernel's",
      Needs.SYS_ADMIN,
      "Falco's rule Detect release_agent File Container Escapes (maturity incubating)"),
  MINING(
      "connects to port 3333 of a sink in its own namespace, as a miner does",
      Needs.SINK,
      "a Tetragon policy on tcp_connect, with ports in bad-peers of scoring.yaml; Falco's rule on"
          + " miner pools knows names of pools only"),
  LOGS("empties a log of its own", Needs.LOGS, "Falco's rule Clear Log Activities (default rules)");

  private final String what;
  private final Needs needs;
  private final String wouldSee;

  /** What the pod of a step needs beyond a container that Pod Security "restricted" admits. */
  enum Needs {
    NOTHING,
    TOKEN,
    SINK,
    LOGS,
    /** Root and the capability SYS_ADMIN, which "restricted" and "baseline" refuse. */
    SYS_ADMIN
  }

  DrillStep(String what, Needs needs, String wouldSee) {
    this.what = what;
    this.needs = needs;
    this.wouldSee = wouldSee;
  }

  /** The name in options and of its Job. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What it does. */
  String what() {
    return what;
  }

  Needs needs() {
    return needs;
  }

  /** The rules or settings that detect it, for people whose sensors do not. */
  String wouldSee() {
    return wouldSee;
  }

  /** The step of that name. */
  static Optional<DrillStep> named(String id) {
    return Arrays.stream(values()).filter(step -> step.id().equals(id)).findFirst();
  }
}
