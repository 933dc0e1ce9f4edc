package io.cattleguard.respond.kubernetes.cluster;

import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The nodes of a simulated cluster. */
final class InMemoryNodes {
  private final Map<String, Node> nodes = new LinkedHashMap<>();

  /** Adds a worker node, unless it exists. */
  void add(String name) {
    if (!nodes.containsKey(name)) {
      run(
          new Node(
              name, "uid-of-" + name, Instant.EPOCH, false, true, false, false, Set.<String>of()));
    }
  }

  /** Adds a node as given, or replaces the one of that name. */
  void run(Node node) {
    nodes.put(node.name(), node);
  }

  Optional<Node> node(String name) {
    return Optional.ofNullable(nodes.get(name));
  }

  List<Node> all() {
    return List.copyOf(nodes.values());
  }

  Change cordon(Node node, boolean taint) {
    Change check = check(node);
    if (check == Change.MADE) {
      Node is = node(node.name()).orElseThrow();
      Set<String> taints = is.taints(taint || is.taintedByUs());
      run(with(is, true, !is.unschedulable() || is.cordonedByUs(), taints));
    }
    return check;
  }

  Change uncordon(Node node) {
    Change check = check(node);
    if (check == Change.MADE) {
      Node is = node(node.name()).orElseThrow();
      run(with(is, is.unschedulable() && !is.cordonedByUs(), false, is.taints(false)));
    }
    return check;
  }

  /** A person cordons a node, or ends its cordon. */
  void cordonByHand(String name, boolean unschedulable) {
    Node is = nodes.get(name);
    if (is != null && is.unschedulable() != unschedulable) {
      run(with(is, unschedulable, false, is.taints()));
    }
  }

  private static Node with(
      Node is, boolean unschedulable, boolean cordonedByUs, Set<String> taints) {
    return new Node(
        is.name(),
        is.uid(),
        is.createdAt(),
        is.controlPlane(),
        is.ready(),
        unschedulable,
        cordonedByUs,
        taints);
  }

  private Change check(Node node) {
    Node is = nodes.get(node.name());
    if (is == null) {
      return Change.GONE;
    }
    return is.uid().equals(node.uid()) ? Change.MADE : Change.REPLACED;
  }
}
