package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.events.Alert;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.InWords;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.kubernetes.cluster.Node;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The guards of actions on nodes. */
final class NodeGuards {
  private static final int PERCENT = 100;

  private NodeGuards() {}

  /** For an action that keeps new pods away from a node. */
  static List<Guard<ObservedNode>> ofCordon(int maxPercent) {
    return List.of(
        Guard.of("cluster", s -> PodGuards.cluster(s.observed().scope(), s.scored().alert())),
        Guard.of("node named", NodeGuards::nodeNamed),
        Guard.asking("node exists", NodeGuards::nodeKnown),
        Guard.asking("same node", NodeGuards::sameNode),
        Guard.asking("node", NodeGuards::node),
        Guard.of("control plane", NodeGuards::controlPlane),
        Guard.of("last schedulable node", Objection.Kind.PASSES, NodeGuards::lastSchedulable),
        Guard.of("share of nodes", Objection.Kind.PASSES, s -> share(s, maxPercent)));
  }

  /** Maximum number of unschedulable nodes: a percentage, but at least one. */
  static int limit(int nodes, int maxPercent) {
    return Math.max(1, nodes * maxPercent / PERCENT);
  }

  private static Optional<String> nodeNamed(Situation<ObservedNode> s) {
    return s.scored().alert().target().node() == null
        ? Optional.of("the alert does not name a node")
        : Optional.empty();
  }

  private static Optional<Objection> nodeKnown(Situation<ObservedNode> s) {
    String name = s.scored().alert().target().node();
    return name == null
        ? Optional.empty()
        : Fact.exists(
            s, s.observed().node(), "node " + name + " no longer exists", "cannot read the node");
  }

  /** An autoscaler or a repair may replace a node with another one of the same name. */
  private static Optional<Objection> sameNode(Situation<ObservedNode> s) {
    Instant observedAt = s.scored().alert().observedAt();
    return Fact.objection(
        s.observed().node(),
        node ->
            observedAt != null && observedAt.isBefore(node.createdAt())
                ? Optional.of(
                    Objection.gone(
                        "the node joined the cluster "
                            + InWords.of(Duration.between(observedAt, node.createdAt()))
                            + " after the alert: it is a replacement"))
                : Optional.empty());
  }

  /**
   * An alert acts only on its own node, which a credential must prove: no pod on the node is
   * checked beside it, so a claim alone would let every client that may post alerts cordon any
   * node.
   */
  private static Optional<Objection> node(Situation<ObservedNode> s) {
    Alert alert = s.scored().alert();
    String claimed = alert.target().node();
    if (alert.nodeVerified() || claimed == null) {
      return Optional.empty();
    }
    String sensor = alert.target().sensor();
    if (sensor == null) {
      // A rehearsal reads recorded events, which carry no credentials.
      return s.rehearsal()
          ? Optional.empty()
          : Optional.of(
              Objection.refuses(
                  "no credential proves the alert's node: the sensor needs EKS Pod Identity, or a"
                      + " service account token that up verifies"));
    }
    return SensorNode.objection(
        sensor, s.observed().sensorNode(), runsOn -> sameAs(claimed, runsOn));
  }

  private static Optional<Objection> sameAs(String claimed, String runsOn) {
    return runsOn.equals(claimed)
        ? Optional.empty()
        : Optional.of(
            Objection.refuses(
                "the alert names node " + claimed + "; its sensor runs on " + runsOn));
  }

  private static Optional<String> controlPlane(Situation<ObservedNode> s) {
    return Fact.objection(
        s.observed().node(),
        node ->
            node.controlPlane()
                ? Optional.of("the node runs the control plane")
                : Optional.empty());
  }

  /** A node that is cordoned already takes no new pods, so a second cordon changes nothing. */
  private static Optional<String> lastSchedulable(Situation<ObservedNode> s) {
    return Fact.objection(
        s.observed().node(),
        node ->
            switch (s.observed().all()) {
              case Fact.Known<List<Node>> known ->
                  node.unschedulable()
                          || known.value().stream().anyMatch(other -> takes(node, other))
                      ? Optional.empty()
                      : Optional.of(
                          "no other node could take the pods of "
                              + node.name()
                              + ": none is ready, schedulable and without further taints");
              case Fact.Unknown<List<Node>> unknown ->
                  Optional.of("cannot list the nodes: " + unknown.reason());
            });
  }

  private static boolean takes(Node node, Node other) {
    return !other.uid().equals(node.uid()) && node.canMoveTo(other);
  }

  private static Optional<String> share(Situation<ObservedNode> s, int maxPercent) {
    return Fact.objection(
        s.observed().node(),
        node -> {
          if (node.unschedulable() || !(s.observed().all() instanceof Fact.Known<List<Node>> all)) {
            return Optional.empty();
          }
          int cordoned = cordoned(all.value());
          int limit = limit(all.value().size(), maxPercent);
          return cordoned < limit
              ? Optional.empty()
              : Optional.of(
                  cordoned
                      + " of "
                      + all.value().size()
                      + " nodes are unschedulable already; at most "
                      + limit
                      + " may be ("
                      + maxPercent
                      + " %, and always one)");
        });
  }

  /** The nodes that take no new pods, no matter who cordoned them. */
  static int cordoned(List<Node> nodes) {
    return (int) nodes.stream().filter(Node::unschedulable).count();
  }
}
