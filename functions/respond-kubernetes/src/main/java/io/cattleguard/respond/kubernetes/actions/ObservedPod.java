package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.SensorSource;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The state that an action on a pod read.
 *
 * @param scope the cluster
 * @param pod the current pod with the alert's name; known and empty if there is none
 * @param peers the other pods of its controller
 * @param disruptionBudgets the budgets that select the pod
 * @param sensorNode the node of the sensor's pod that the alert proves; known and empty if that pod
 *     no longer exists
 * @param deniedToo the other pods that an isolation of the pod would deny too, for people; only
 *     asked for an isolation
 */
record ObservedPod(
    KubernetesScope scope,
    Fact<Optional<Pod>> pod,
    Fact<Cluster.Peers> peers,
    Fact<List<DisruptionBudget>> disruptionBudgets,
    Fact<Optional<String>> sensorNode,
    Fact<Optional<String>> deniedToo)
    implements ObservedState {
  private static final String NOT_ASKED = "not asked";

  /**
   * Controllers that replace pods, and whose pods {@link Cluster#foreign} verifies. Those of
   * others, such as a DaemonSet or a Rollout, are found by their names.
   */
  private static final Set<String> VERIFIED = Set.of("Deployment", "ReplicaSet", "StatefulSet");

  /** The pod alone. */
  static ObservedPod of(KubernetesScope scope, ScoredAlert scored) {
    CompletableFuture<Fact<Optional<String>>> sensorNode = sensorNode(scope, scored);
    return of(scope, find(scope, scored), sensorNode.join());
  }

  /** The pod, its peers and its disruption budgets. */
  static ObservedPod withPeers(KubernetesScope scope, ScoredAlert scored) {
    CompletableFuture<Fact<Optional<String>>> sensorNode = sensorNode(scope, scored);
    Target target = scored.alert().target();
    String namespace = target.namespace();
    String name = target.pod();
    if (namespace == null || name == null) {
      return of(scope, new Fact.Known<>(Optional.empty()), sensorNode.join());
    }
    Cluster.PodReads reads = scope.cluster().reads(namespace, name);
    Fact<Optional<Pod>> fact = Fact.ask(reads::pod);
    Optional<Pod> found = Fact.found(fact);
    if (found.isEmpty()) {
      return of(scope, fact, sensorNode.join());
    }
    Pod pod = found.get();
    CompletableFuture<Fact<List<DisruptionBudget>>> budgets =
        asking(() -> reads.disruptionBudgets(pod));
    Fact<Cluster.Peers> peers = Fact.ask(() -> reads.look(pod));
    return new ObservedPod(
        scope, fact, peers, budgets.join(), sensorNode.join(), new Fact.Known<>(Optional.empty()));
  }

  /** As {@link #withPeers}, and what an isolation denies too. */
  static ObservedPod toIsolate(KubernetesScope scope, ScoredAlert scored) {
    ObservedPod seen = withPeers(scope, scored);
    Optional<Pod> pod = seen.subject();
    return pod.isEmpty()
        ? seen
        : new ObservedPod(
            scope,
            seen.pod(),
            seen.peers(),
            seen.disruptionBudgets(),
            seen.sensorNode(),
            Fact.ask(() -> deniedToo(scope.cluster(), pod.get())));
  }

  /**
   * The other pods that an isolation would deny traffic to, now and later. Those of a pod's own Job
   * do not count: they serve no requests, and {@code delete-pod} does not delete them. A pod that
   * was isolated before, and lost its label, is isolated again.
   */
  private static Optional<String> deniedToo(Cluster cluster, Pod pod) {
    if (!cluster.sharesRules(pod) || cluster.hasIsolation(pod)) {
      return Optional.empty();
    }
    if (isReplaced(cluster, pod)) {
      return Optional.of("the other pods of " + pod.workload() + " and those that replace it");
    }
    boolean isOfJob = isOfJob(cluster, pod);
    List<String> others =
        cluster.alike(pod).stream()
            .filter(one -> !(isOfJob && one.sameController()))
            .map(Cluster.Alike::what)
            .toList();
    return others.isEmpty() ? Optional.empty() : Optional.of(PodWords.some(others));
  }

  /**
   * Whether a controller starts other pods with such a name. Anyone who can change a pod can name
   * an owner, and must not protect the pod by that.
   */
  private static boolean isReplaced(Cluster cluster, Pod pod) {
    String kind = pod.owner().map(Pod.Owner::kind).orElse("");
    return VERIFIED.contains(kind) && cluster.foreign(pod).isEmpty();
  }

  /** Checks the owner itself: anyone who can create pods can name a Job as a pod's owner. */
  private static boolean isOfJob(Cluster cluster, Pod pod) {
    return pod.owner().filter(owner -> owner.kind().equals("Job")).isPresent()
        && cluster.foreign(pod).isEmpty();
  }

  /** Each read is a round trip to the API server, so some reads run concurrently. */
  static <T> CompletableFuture<Fact<T>> asking(Supplier<T> question) {
    return CompletableFuture.supplyAsync(() -> Fact.ask(question), Thread::startVirtualThread);
  }

  static CompletableFuture<Fact<Optional<String>>> sensorNode(
      KubernetesScope scope, ScoredAlert scored) {
    Optional<SensorSource.Pod> sensor =
        Optional.ofNullable(scored.alert().target().sensor()).flatMap(SensorSource.Pod::read);
    return sensor
        .map(pod -> asking(() -> scope.cluster().nodeOf(pod)))
        .orElseGet(() -> CompletableFuture.completedFuture(new Fact.Unknown<>(NOT_ASKED)));
  }

  private static ObservedPod of(
      KubernetesScope scope, Fact<Optional<Pod>> pod, Fact<Optional<String>> sensorNode) {
    return new ObservedPod(
        scope,
        pod,
        new Fact.Unknown<>(NOT_ASKED),
        new Fact.Unknown<>(NOT_ASKED),
        sensorNode,
        new Fact.Known<>(Optional.empty()));
  }

  private static Fact<Optional<Pod>> find(KubernetesScope scope, ScoredAlert scored) {
    Target target = scored.alert().target();
    String namespace = target.namespace();
    String name = target.pod();
    return namespace == null || name == null
        ? new Fact.Known<>(Optional.empty())
        : Fact.ask(() -> scope.cluster().pod(namespace, name));
  }

  @Override
  public Optional<Pod> subject() {
    return Fact.found(pod);
  }

  /** The budgets, as far as they could be read. */
  List<DisruptionBudget> budgets() {
    return disruptionBudgets instanceof Fact.Known<List<DisruptionBudget>> known
        ? known.value()
        : List.of();
  }
}
