package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.events.Alert;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.InWords;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.Playbook;
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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The guards of actions on pods; an action that removes the pod has more. */
final class PodGuards {
  /** Controllers that replace a deleted pod with an equal one. */
  private static final Set<String> REPLACING_OWNERS =
      Set.of("Deployment", "ReplicaSet", "StatefulSet");

  private static final int SHORTENED_ID = 12;

  /** Maximum accepted clock skew between a node and the API server when times identify a pod. */
  private static final Duration NODE_SKEW = Duration.ofSeconds(2);

  /** Whether this is the alert's pod and it may be changed. */
  static final List<Guard<ObservedPod>> EVERY =
      List.of(
          Guard.of("cluster", PodGuards::cluster),
          Guard.of("pod named", PodGuards::podNamed),
          Guard.of("protected namespace", PodGuards::protectedNamespace),
          Guard.asking("pod exists", PodGuards::podKnown),
          Guard.asking("same pod", PodGuards::samePod),
          Guard.asking("node", PodGuards::node),
          Guard.of("static pod", PodGuards::mirrorPod));

  /** For an action that uses a NetworkPolicy. */
  static final List<Guard<ObservedPod>> BY_NETWORK_POLICY =
      and(List.of(Guard.of("host network", PodGuards::hostNetwork)));

  /** For an action that isolates the pod. */
  static final List<Guard<ObservedPod>> OF_ISOLATION =
      Stream.concat(
              BY_NETWORK_POLICY.stream(),
              Stream.of(Guard.asking("pods denied too", PodGuards::deniedToo)))
          .toList();

  /** For an action that removes the pod. */
  static final List<Guard<ObservedPod>> OF_REMOVAL =
      and(
          List.of(
              Guard.of("already being deleted", Objection.Kind.GONE, PodGuards::terminating),
              Guard.of("owner", PodGuards::owner),
              Guard.of("last ready replica", Objection.Kind.PASSES, PodGuards::lastReadyReplica),
              Guard.of("disruption budget", Objection.Kind.PASSES, PodGuards::disruptionBudget)));

  private PodGuards() {}

  private static List<Guard<ObservedPod>> and(List<Guard<ObservedPod>> more) {
    List<Guard<ObservedPod>> guards = new ArrayList<>(EVERY);
    guards.addAll(more);
    return List.copyOf(guards);
  }

  /**
   * Only a sensor of the cluster knows its pods. A cloud's finding may name a pod of any cluster,
   * and its sender could choose any of them.
   */
  private static Optional<String> cluster(Situation<ObservedPod> s) {
    return cluster(s.observed().scope(), s.scored().alert());
  }

  static Optional<String> cluster(KubernetesScope scope, Alert alert) {
    String account = alert.target().account();
    if (account != null) {
      return Optional.of(
          "the alert comes from account " + account + ", not from a sensor of the cluster");
    }
    Optional<String> ours = scope.name();
    String theirs = alert.target().cluster();
    if (ours.isEmpty() || ours.get().equals(theirs)) {
      return Optional.empty();
    }
    return Optional.of(
        theirs == null
            ? "the alert does not come from a cluster's sensor; this responder acts only on "
                + ours.get()
            : "the alert comes from cluster "
                + theirs
                + "; this responder acts only on "
                + ours.get());
  }

  private static Optional<String> podNamed(Situation<ObservedPod> s) {
    Alert alert = s.scored().alert();
    if (alert.target().namespace() == null || alert.target().pod() == null) {
      return Optional.of("the alert does not name a pod and its namespace");
    }
    return Optional.empty();
  }

  private static Optional<String> protectedNamespace(Situation<ObservedPod> s) {
    String namespace = s.scored().alert().target().namespace();
    return namespace != null && s.observed().scope().protectedNamespaces().contains(namespace)
        ? Optional.of("namespace " + namespace + " is protected")
        : Optional.empty();
  }

  private static Optional<Objection> podKnown(Situation<ObservedPod> s) {
    Alert alert = s.scored().alert();
    if (alert.target().namespace() == null || alert.target().pod() == null) {
      return Optional.empty();
    }
    return Fact.exists(
        s,
        s.observed().pod(),
        "pod " + alert.target().namespace() + "/" + alert.target().pod() + " no longer exists",
        "cannot read the pod");
  }

  /** A replacement may have the same name, so the alert's pod UID, container or time must match. */
  private static Optional<Objection> samePod(Situation<ObservedPod> s) {
    Alert alert = s.scored().alert();
    return ofPod(
        s,
        pod -> {
          String uid = alert.target().podUid();
          if (uid != null) {
            return uid.equals(pod.uid())
                ? Optional.empty()
                : Optional.of(
                    Objection.gone(
                        "the alert is about pod uid "
                            + uid
                            + "; the current pod has uid "
                            + pod.uid()));
          }
          String container = alert.target().containerId();
          if (container != null && isOf(pod, container)) {
            return Optional.empty();
          }
          Instant observedAt = alert.observedAt();
          if (observedAt == null) {
            return Optional.of(
                Objection.refuses(
                    "cannot verify that this is the alert's pod: the alert has no timestamp"));
          }
          if (observedAt.isBefore(pod.createdAt())) {
            return Optional.of(
                Objection.gone(
                    "the pod was created "
                        + InWords.of(Duration.between(observedAt, pod.createdAt()))
                        + " after the alert: it is a replacement"));
          }
          // Pod names are unique at any time, so a pod that is older than the alert is the alert's
          // pod.
          return observedAt.minus(NODE_SKEW).isBefore(pod.createdAt())
              ? Optional.of(
                  Objection.refuses(
                      "the pod was created within "
                          + InWords.of(NODE_SKEW)
                          + " of the alert and does not have the alert's container: it may be a"
                          + " replacement"))
              : Optional.empty();
        });
  }

  /** A source shortens a container's id to 12 characters; a shorter one identifies nothing. */
  private static boolean isOf(Pod pod, String container) {
    return container.length() >= SHORTENED_ID
        && pod.containerIds().stream()
            .filter(id -> id.length() >= SHORTENED_ID)
            .anyMatch(id -> id.startsWith(container) || container.startsWith(id));
  }

  /** An alert acts only on pods of its own node, which is its sensor's if a credential names it. */
  private static Optional<Objection> node(Situation<ObservedPod> s) {
    Alert alert = s.scored().alert();
    String sensor = alert.target().sensor();
    return ofPod(
        s,
        pod -> {
          if (alert.nodeVerified()) {
            return onNode(pod, alert.target().node());
          }
          if (sensor != null) {
            return SensorNode.objection(
                sensor, s.observed().sensorNode(), node -> onNode(pod, node));
          }
          return s.observed().scope().provenNodesOnly()
              ? Optional.of(
                  Objection.refuses(
                      "no credential proves the alert's node: the sensor does not name its pod"
                          + " through EKS Pod Identity"))
              : onNode(pod, alert.target().node());
        });
  }

  private static Optional<Objection> onNode(Pod pod, @Nullable String node) {
    if (node == null) {
      return Optional.of(Objection.refuses("the alert does not name a node"));
    }
    return pod.node().filter(node::equals).isPresent()
        ? Optional.empty()
        : Optional.of(
            Objection.refuses(
                "the alert comes from node "
                    + node
                    + "; the pod runs on "
                    + pod.node().orElse("none")));
  }

  private static Optional<String> terminating(Situation<ObservedPod> s) {
    return ofPod(
        s,
        pod ->
            pod.terminating() ? Optional.of("the pod is already being deleted") : Optional.empty());
  }

  private static Optional<String> mirrorPod(Situation<ObservedPod> s) {
    return ofPod(
        s,
        pod ->
            pod.mirror()
                ? Optional.of("the pod is static: the kubelet runs it from a file on its node")
                : Optional.empty());
  }

  private static Optional<String> hostNetwork(Situation<ObservedPod> s) {
    return ofPod(
        s,
        pod ->
            pod.hostNetwork()
                ? Optional.of("the pod uses the host network, which a NetworkPolicy cannot isolate")
                : Optional.empty());
  }

  private static Optional<String> owner(Situation<ObservedPod> s) {
    return ofPod(
        s,
        pod -> {
          if (pod.owner().isEmpty()) {
            return Optional.of("the pod has no controller, so nothing would replace it");
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

  private static Optional<String> lastReadyReplica(Situation<ObservedPod> s) {
    return ofPod(
        s,
        pod ->
            switch (s.observed().peers()) {
              case Fact.Known<Cluster.Peers> known ->
                  // A detached pod does not serve. One that is being deleted does, if no other can.
                  pod.detached() || isEndingUnready(pod) || known.value().ready() > 0
                      ? Optional.empty()
                      : Optional.of(
                          "deleting the pod would leave no ready replica of " + pod.workload());
              case Fact.Unknown<Cluster.Peers> unknown ->
                  Optional.of("cannot count the other replicas: " + unknown.reason());
            });
  }

  private static boolean isEndingUnready(Pod pod) {
    return pod.endsLate() && !pod.ready();
  }

  /** An isolation takes one pod from its workload, which replaces it, and must deny no other. */
  private static Optional<Objection> deniedToo(Situation<ObservedPod> s) {
    return switch (s.observed().deniedToo()) {
      case Fact.Known<Optional<String>> pods ->
          pods.value()
              .map(
                  others ->
                      denies(
                          s,
                          "isolating the pod would also deny traffic to "
                              + others
                              + ", because the network plugin has one set of rules for pods whose"
                              + " names begin alike"));
      case Fact.Unknown<Optional<String>> unknown ->
          Optional.of(
              Objection.unread(
                  "cannot find out whether isolating the pod denies other pods too: "
                      + unknown.reason()));
    };
  }

  /**
   * A deletion removes only the pod itself, so it is taken instead if it is what the playbook does
   * {@code then}. If it is a step, it is decided anyway. Other actions may cost more than the
   * isolation.
   */
  private static Objection denies(Situation<ObservedPod> s, String why) {
    Playbook playbook = s.playbook();
    return playbook.then().filter(DeletePod.class::isInstance).isPresent()
            && playbook.steps().stream().noneMatch(DeletePod.class::isInstance)
        ? new Objection(why, Objection.Kind.ESCALATES)
        : Objection.passes(why);
  }

  private static Optional<String> disruptionBudget(Situation<ObservedPod> s) {
    return ofPod(
        s,
        pod ->
            switch (s.observed().disruptionBudgets()) {
              case Fact.Known<List<DisruptionBudget>> known ->
                  s.observed().budgets().stream()
                      .filter(budget -> budget.allowed() < 1 && !pod.endsLate())
                      .findFirst()
                      .map(PodGuards::allows);
              case Fact.Unknown<List<DisruptionBudget>> unknown ->
                  Optional.of("cannot read the PodDisruptionBudgets: " + unknown.reason());
            });
  }

  private static String allows(DisruptionBudget budget) {
    return "PodDisruptionBudget "
        + budget.name()
        + " allows "
        + budget.allowed()
        + (budget.allowed() == 1 ? " disruption now" : " disruptions now");
  }

  /** A missing or unreadable pod has its own objection, so the other guards do not repeat it. */
  private static <O> Optional<O> ofPod(
      Situation<ObservedPod> s, Function<Pod, Optional<O>> objection) {
    return Fact.objection(s.observed().pod(), objection);
  }
}
