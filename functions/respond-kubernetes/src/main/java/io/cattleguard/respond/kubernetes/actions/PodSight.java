package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Sight;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * What an action on a pod read.
 *
 * @param scope the cluster
 * @param pod the current pod with the alert's name; known and empty if there is none
 * @param peers the other pods of its controller
 * @param disruptionBudgets the budgets that select the pod
 */
record PodSight(
    KubernetesScope scope,
    Fact<Optional<Pod>> pod,
    Fact<Cluster.Peers> peers,
    Fact<List<DisruptionBudget>> disruptionBudgets)
    implements Sight {
  private static final String NOT_ASKED = "not asked";

  /** The pod alone. */
  static PodSight of(KubernetesScope scope, ScoredAlert scored) {
    return of(scope, find(scope, scored));
  }

  /** The pod, its peers and its disruption budgets. */
  static PodSight withPeers(KubernetesScope scope, ScoredAlert scored) {
    Fact<Optional<Pod>> fact = find(scope, scored);
    Optional<Pod> found = Fact.found(fact);
    if (found.isEmpty()) {
      return of(scope, fact);
    }
    Pod pod = found.get();
    // Each read is a round trip to the API server; these two run concurrently.
    CompletableFuture<Fact<List<DisruptionBudget>>> budgets =
        CompletableFuture.supplyAsync(
            () -> Fact.ask(() -> scope.cluster().disruptionBudgets(pod)),
            Thread::startVirtualThread);
    Fact<Cluster.Peers> peers = Fact.ask(() -> scope.cluster().look(pod));
    return new PodSight(scope, fact, peers, budgets.join());
  }

  private static PodSight of(KubernetesScope scope, Fact<Optional<Pod>> pod) {
    return new PodSight(scope, pod, new Fact.Unknown<>(NOT_ASKED), new Fact.Unknown<>(NOT_ASKED));
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
}
