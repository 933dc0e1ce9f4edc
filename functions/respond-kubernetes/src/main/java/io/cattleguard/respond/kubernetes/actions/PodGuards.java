package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.events.Alert;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.InWords;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The guards of actions on pods: those of every one, and more where a pod goes. */
final class PodGuards {
  /** Controllers that replace a deleted pod by an equal one, and lose nothing by it. */
  private static final Set<String> REPLACING_OWNERS =
      Set.of("Deployment", "ReplicaSet", "StatefulSet");

  /** How far a node's clock may be from the API server's before identity by time is in doubt. */
  private static final Duration NODE_SKEW = Duration.ofSeconds(2);

  /** Whether this is the pod of the alert, and one that may be touched at all. */
  private static final List<Guard<PodSight>> EVERY =
      List.of(
          Guard.of("cluster", PodGuards::cluster),
          Guard.of("pod named", PodGuards::podNamed),
          Guard.of("protected namespace", PodGuards::protectedNamespace),
          Guard.of("pod exists", PodGuards::podKnown),
          Guard.of("same pod", PodGuards::samePod),
          Guard.of("node", PodGuards::node),
          Guard.of("static pod", PodGuards::mirrorPod));

  /** Of an action that relies on NetworkPolicy. */
  static final List<Guard<PodSight>> BY_NETWORK_POLICY =
      and(List.of(Guard.of("host network", PodGuards::hostNetwork)));

  /** Of an action after which the pod is gone. */
  static final List<Guard<PodSight>> OF_REMOVAL =
      and(
          List.of(
              Guard.of("already being deleted", PodGuards::terminating),
              Guard.of("owner", PodGuards::owner),
              Guard.of("last ready replica", PodGuards::lastReadyReplica),
              Guard.of("disruption budget", PodGuards::disruptionBudget)));

  private PodGuards() {}

  private static List<Guard<PodSight>> and(List<Guard<PodSight>> more) {
    List<Guard<PodSight>> guards = new ArrayList<>(EVERY);
    guards.addAll(more);
    return List.copyOf(guards);
  }

  private static Optional<String> cluster(Situation<PodSight> s) {
    Optional<String> ours = s.sight().scope().name();
    String theirs = s.scored().alert().target().cluster();
    if (ours.isEmpty() || ours.get().equals(theirs)) {
      return Optional.empty();
    }
    return Optional.of(
        theirs == null
            ? "the alert does not come from a cluster's sensor; this responder acts on "
                + ours.get()
            : "the alert comes from cluster " + theirs + ", this responder acts on " + ours.get());
  }

  private static Optional<String> podNamed(Situation<PodSight> s) {
    Alert alert = s.scored().alert();
    if (alert.target().namespace() == null || alert.target().pod() == null) {
      return Optional.of("the alert does not name a pod and its namespace");
    }
    return Optional.empty();
  }

  private static Optional<String> protectedNamespace(Situation<PodSight> s) {
    String namespace = s.scored().alert().target().namespace();
    return namespace != null && s.sight().scope().protectedNamespaces().contains(namespace)
        ? Optional.of("namespace " + namespace + " is protected")
        : Optional.empty();
  }

  private static Optional<String> podKnown(Situation<PodSight> s) {
    Alert alert = s.scored().alert();
    if (alert.target().namespace() == null || alert.target().pod() == null) {
      return Optional.empty();
    }
    return Fact.exists(
        s,
        s.sight().pod(),
        "there is no pod " + alert.target().namespace() + "/" + alert.target().pod() + " any more",
        "cannot read the pod, so nothing is touched");
  }

  /** A replacement may bear the name; what the alert says of its pod must fit this one. */
  private static Optional<String> samePod(Situation<PodSight> s) {
    Alert alert = s.scored().alert();
    return ofPod(
        s,
        pod -> {
          String uid = alert.target().podUid();
          if (uid != null) {
            return uid.equals(pod.uid())
                ? Optional.empty()
                : Optional.of(
                    "the alert is about the pod with uid " + uid + ", now there is " + pod.uid());
          }
          String container = alert.target().containerId();
          if (container != null
              && pod.containerIds().stream()
                  .anyMatch(id -> id.startsWith(container) || container.startsWith(id))) {
            return Optional.empty();
          }
          Instant observedAt = alert.observedAt();
          if (observedAt == null) {
            return Optional.of("cannot tell whether this is still the pod that the alert is about");
          }
          if (observedAt.isBefore(pod.createdAt())) {
            return Optional.of(
                "the pod was created "
                    + InWords.of(Duration.between(observedAt, pod.createdAt()))
                    + " after the alert: it is a replacement");
          }
          // A name is one pod's at a time, so one that is older than the alert is the alert's.
          return observedAt.minus(NODE_SKEW).isBefore(pod.createdAt())
              ? Optional.of(
                  "the pod was created within "
                      + InWords.of(NODE_SKEW)
                      + " of the alert and does not have its container: it may be a replacement")
              : Optional.empty();
        });
  }

  private static Optional<String> node(Situation<PodSight> s) {
    String named = s.scored().alert().target().node();
    return ofPod(
        s,
        pod -> {
          if (named == null) {
            return Optional.of("the alert does not name the node that saw it");
          }
          return pod.node().isPresent() && pod.node().get().equals(named)
              ? Optional.empty()
              : Optional.of(
                  "the alert was seen on node "
                      + named
                      + ", the pod runs on "
                      + pod.node().orElse("none"));
        });
  }

  private static Optional<String> terminating(Situation<PodSight> s) {
    return ofPod(
        s,
        pod ->
            pod.terminating() ? Optional.of("the pod is being deleted already") : Optional.empty());
  }

  private static Optional<String> mirrorPod(Situation<PodSight> s) {
    return ofPod(
        s,
        pod ->
            pod.mirror()
                ? Optional.of("the pod is static: the kubelet runs it from a file on its node")
                : Optional.empty());
  }

  private static Optional<String> hostNetwork(Situation<PodSight> s) {
    return ofPod(
        s,
        pod ->
            pod.hostNetwork()
                ? Optional.of("the pod uses its node's network, which no NetworkPolicy isolates")
                : Optional.empty());
  }

  private static Optional<String> owner(Situation<PodSight> s) {
    return ofPod(
        s,
        pod -> {
          if (pod.owner().isEmpty()) {
            return Optional.of("nothing owns the pod, so nothing would replace it");
          }
          String kind = pod.owner().get().kind();
          return REPLACING_OWNERS.contains(kind)
              ? Optional.empty()
              : Optional.of(
                  "the pod belongs to "
                      + pod.owner().get()
                      + "; only pods of a Deployment, ReplicaSet or StatefulSet are deleted");
        });
  }

  private static Optional<String> lastReadyReplica(Situation<PodSight> s) {
    return ofPod(
        s,
        pod ->
            switch (s.sight().peers()) {
              case Fact.Known<Cluster.Peers> known ->
                  known.value().ready() > 0
                      ? Optional.empty()
                      : Optional.of(
                          "no other ready replica of "
                              + pod.workload()
                              + " would remain (0 besides this one)");
              case Fact.Unknown<Cluster.Peers> unknown ->
                  Optional.of("cannot count the other replicas: " + unknown.reason());
            });
  }

  private static Optional<String> disruptionBudget(Situation<PodSight> s) {
    return ofPod(
        s,
        pod ->
            switch (s.sight().disruptionBudgets()) {
              case Fact.Known<List<DisruptionBudget>> known ->
                  known.value().stream()
                      .filter(budget -> budget.allowed() < 1)
                      .findFirst()
                      .map(
                          budget ->
                              "PodDisruptionBudget "
                                  + budget.name()
                                  + " allows "
                                  + budget.allowed()
                                  + " disruptions now");
              case Fact.Unknown<List<DisruptionBudget>> unknown ->
                  Optional.of("cannot read the PodDisruptionBudgets: " + unknown.reason());
            });
  }

  /** A pod that is missing or unread has its own objection; the others need not repeat it. */
  private static Optional<String> ofPod(
      Situation<PodSight> s, Function<Pod, Optional<String>> objection) {
    return Fact.objection(s.sight().pod(), objection);
  }
}
