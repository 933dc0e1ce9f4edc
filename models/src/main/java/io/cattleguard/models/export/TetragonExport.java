package io.cattleguard.models.export;

import io.cattleguard.models.Model;
import io.cattleguard.models.Workload;
import io.cattleguard.models.export.AllowedConnections.Reach;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Writes the programs, peers, listeners and protected files of a container as a tracing policy of
 * Tetragon, which compares in the kernel: so it also stops behaviour for which Tetragon reports no
 * event.
 *
 * @see <a href="https://tetragon.io/docs/reference/tracing-policy/">The fields of a tracing
 *     policy</a>
 */
final class TetragonExport {
  private static final List<String> NOT_ENFORCED =
      List.of(
          "parents of programs: a program of the model may be started by any process",
          "startup: a program that only runs while the container starts may run at any time");

  private static final List<String> LOOPBACK = List.of("127.0.0.0/8", "::1/128");
  private static final List<String> LINK_LOCAL = List.of("169.254.0.0/16", "fe80::/10");

  /** A socket for both families connects to such an address instead of an IPv4 address. */
  private static final String MAPPED = "::ffff:";

  private static final int MAPPED_BITS = 96;

  /** A filter of a selector, on one argument. */
  private record Match(int index, String operator, Collection<String> values) {}

  private TetragonExport() {}

  static ExportedPolicy of(ExportRequest request, Model model) {
    Workload workload = model.workload();
    AllowedPrograms programs = AllowedPrograms.of(model, false);
    AllowedConnections connections = AllowedConnections.of(model);
    AllowedListeners listeners = AllowedListeners.of(model);
    ProtectedFiles files = ProtectedFiles.of(model, true);
    List<String> inexpressible =
        Stream.of(programs.inexpressible(), connections.inexpressible())
            .flatMap(List::stream)
            .toList();
    List<String> unconfirmed =
        Stream.of(
                programs.unconfirmed(),
                connections.unconfirmed(),
                listeners.unconfirmed(),
                files.unconfirmed())
            .flatMap(List::stream)
            .toList();
    String name = PolicyText.name(workload, false);
    PolicyText text =
        new PolicyText()
            .comment("Written by cattleguard model export, from the model of " + workload + ".")
            .comment(
                request.enforce()
                    ? "Kills a process of this container that starts a program or a TCP connection"
                        + " which the model does not have, listens on such a TCP port, or writes"
                        + " such a protected file."
                    : "Observes: reports a program, a TCP connection, a TCP port to listen on and a"
                        + " protected file that is written which the model does not have, and lets"
                        + " it happen.")
            .comment(
                "The kernel's path has no links: /bin/sh may be /usr/bin/dash, and a script also"
                    + " runs its interpreter.")
            .comment(
                "Apply the policy without --enforce first, start a pod, and let learn read the"
                    + " events: it adds those paths.")
            .comment(
                "A probe of the kubelet that runs a program needs that program in the model; other"
                    + " probes are not affected.")
            .comments("Not enforced:", notEnforced(connections, listeners, files))
            .comments("Not allowed, although the model has it:", inexpressible)
            .comments("Not allowed, because it is unconfirmed:", unconfirmed)
            .object("cilium.io/v1alpha1", "TracingPolicyNamespaced", name, workload.namespace())
            .line(1, "podSelector:")
            .matchLabels(2, request.selector())
            .line(1, "containerSelector:")
            .matchLabels(2, Map.of("name", workload.container()))
            .line(1, "kprobes:");
    String action = request.enforce() ? "Sigkill" : "Post";
    hook(text, "security_bprm_check", "Program", "linux_binprm");
    selector(text, programs(programs), action);
    if (connections.restricts()) {
      hook(text, "tcp_connect", "Peer", "sock");
      connections(connections).forEach(matches -> selector(text, matches, action));
    }
    if (listeners.restricts()) {
      hook(text, "inet_csk_listen_start", "Listener", "sock");
      selector(text, listening(listeners), action);
    }
    if (!files.isEmpty()) {
      hook(text, "security_file_permission", "Protected file", "file", "int");
      files(files).forEach(matches -> selector(text, matches, action));
    }
    return new ExportedPolicy(
        name,
        text.toString(),
        Set.of(workload),
        inexpressible,
        unconfirmed,
        entry ->
            programs
                .effect(entry)
                .and(connections.effect(entry))
                .and(listeners.effect(entry))
                .and(files.effect(entry)));
  }

  private static List<String> notEnforced(
      AllowedConnections connections, AllowedListeners listeners, ProtectedFiles files) {
    List<String> notEnforced = new ArrayList<>(NOT_ENFORCED);
    if (connections.restricts()) {
      notEnforced.add("UDP, loopback, and TCP to private addresses on port 53");
      notEnforced.add("services: every private address is allowed, on any port");
      notEnforced.add("names: every address is allowed on the port of a name");
    } else {
      notEnforced.add(
          "peers: no source told of them, or the model has a name without a port, so the container"
              + " may connect to everything");
    }
    notEnforced.add(
        listeners.restricts()
            ? "listeners: UDP, and who connects; for it export networkpolicy or"
                + " ciliumnetworkpolicy"
            : "listeners: no source told of them");
    notEnforced.add(
        files.isEmpty()
            ? "written files: no source told of them"
            : "other written files than programs, jobs and accounts; and what renames, truncates"
                + " or maps a file");
    return notEnforced;
  }

  private static List<Match> programs(AllowedPrograms programs) {
    List<Match> matches = new ArrayList<>();
    add(matches, "NotEqual", programs.paths());
    add(matches, "NotPrefix", programs.starts());
    return matches;
  }

  /** One selector for the ports of each group, and one for all other ports. */
  private static List<List<Match>> connections(AllowedConnections connections) {
    List<List<Match>> selectors = new ArrayList<>();
    NavigableSet<Integer> known = new TreeSet<>();
    connections.groups().values().forEach(known::addAll);
    selectors.add(outside(connections.anyPort(), "NotDPort", known));
    connections
        .groups()
        .forEach(
            (reach, ports) -> {
              Reach allowed = reach.and(connections.anyPort());
              if (!allowed.everything()) {
                selectors.add(outside(allowed, "DPort", ports));
              }
            });
    return selectors;
  }

  private static List<Match> outside(Reach reach, String operator, NavigableSet<Integer> ports) {
    List<Match> matches = new ArrayList<>();
    add(matches, operator, ports.stream().map(AllowedConnections::text).toList());
    Set<String> allowed = new TreeSet<>(LOOPBACK);
    allowed.addAll(reach.networks());
    if (reach.publics()) {
      // There is no list of networks for the internet, so the policy stops everything that is not
      // the internet.
      Set<String> stopped = new TreeSet<>(LINK_LOCAL);
      stopped.addAll(reach.privates() ? Set.of() : NetworkPolicyExport.PRIVATE_NETWORKS);
      add(matches, "DAddr", withMapped(stopped));
    } else if (reach.privates()) {
      allowed.addAll(NetworkPolicyExport.PRIVATE_NETWORKS);
    }
    add(matches, "NotDAddr", withMapped(allowed));
    return matches;
  }

  private static Set<String> withMapped(Set<String> networks) {
    Set<String> all = new TreeSet<>(networks);
    for (String network : networks) {
      int slash = network.indexOf('/');
      if (network.indexOf(':') < 0) {
        int bits = MAPPED_BITS + Integer.parseInt(network.substring(slash + 1));
        all.add(MAPPED + network.substring(0, slash) + "/" + bits);
      }
    }
    return all;
  }

  /** All ports but those of the model; the bound port is the socket's source port. */
  private static List<Match> listening(AllowedListeners listeners) {
    List<Match> matches = new ArrayList<>();
    add(matches, "NotSPort", listeners.texts());
    if (matches.isEmpty()) {
      add(matches, "SPort", List.of("0:" + NetworkPolicyExport.HIGHEST_PORT));
    }
    return matches;
  }

  /** Two selectors, because one has whole paths and the other starts of paths. */
  private static List<List<Match>> files(ProtectedFiles files) {
    List<List<Match>> selectors = new ArrayList<>();
    if (!files.folders().isEmpty()) {
      List<Match> matches = new ArrayList<>();
      add(matches, "Prefix", files.folders());
      add(matches, "NotEqual", files.paths());
      add(matches, "NotPrefix", files.starts());
      matches.add(writes());
      selectors.add(matches);
    }
    if (!files.files().isEmpty()) {
      List<Match> matches = new ArrayList<>();
      add(matches, "Equal", files.files());
      matches.add(writes());
      selectors.add(matches);
    }
    return selectors;
  }

  /** The kernel's number for writing, {@code MAY_WRITE}. */
  private static Match writes() {
    return new Match(1, "Equal", List.of("2"));
  }

  private static void add(List<Match> matches, String operator, Collection<String> values) {
    if (!values.isEmpty()) {
      matches.add(new Match(0, operator, values));
    }
  }

  private static void hook(PolicyText text, String function, String what, String... types) {
    text.line(2, "- call: \"" + function + "\"")
        .line(3, "syscall: false")
        .line(3, "message: \"" + what + " not in the model of the workload\"")
        .line(3, "args:");
    for (int i = 0; i < types.length; i++) {
      text.line(4, "- index: " + i).line(5, "type: \"" + types[i] + "\"");
    }
    text.line(3, "selectors:");
  }

  /** All filters of a selector must match; the first selector that matches acts. */
  private static void selector(PolicyText text, List<Match> matches, String action) {
    text.line(4, "- matchArgs:");
    for (Match match : matches) {
      text.line(6, "- index: " + match.index())
          .line(7, "operator: \"" + match.operator() + "\"")
          .list(7, "values", match.values());
    }
    text.line(5, "matchActions:").line(6, "- action: " + action);
  }
}
