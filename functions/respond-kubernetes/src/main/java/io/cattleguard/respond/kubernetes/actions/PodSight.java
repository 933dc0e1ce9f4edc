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
 * What an action on a pod saw.
 *
 * @param scope where it looked
 * @param pod the pod of the alert's name as it is now; known and empty where there is none
 * @param peers the other pods of its controller
 * @param disruptionBudgets those that select the pod
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

  /** The pod, and whether its workload can spare it. */
  static PodSight withPeers(KubernetesScope scope, ScoredAlert scored) {
    Fact<Optional<Pod>> fact = find(scope, scored);
    Optional<Pod> found = Fact.found(fact);
    if (found.isEmpty()) {
      return of(scope, fact);
    }
    Pod pod = found.get();
    // Each question is a journey to the API server and back; these two go together.
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
