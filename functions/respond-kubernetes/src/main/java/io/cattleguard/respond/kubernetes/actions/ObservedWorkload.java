package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Workload;
import java.util.Optional;

/**
 * The state that an action on a pod's workload read.
 *
 * @param pod the alert's pod
 * @param workload the workload that the pod belongs to; known and empty if it has none that can be
 *     paused
 * @param foreign why the pod is not one that the workload made; known and empty if it is one
 */
record ObservedWorkload(
    ObservedPod pod, Fact<Optional<Workload>> workload, Fact<Optional<String>> foreign)
    implements ObservedState {

  static ObservedWorkload of(KubernetesScope scope, ScoredAlert scored) {
    ObservedPod observed = ObservedPod.of(scope, scored);
    return new ObservedWorkload(
        observed,
        observed
            .subject()
            .map(pod -> Fact.ask(() -> scope.cluster().workload(pod)))
            .orElseGet(() -> new Fact.Known<>(Optional.empty())),
        observed
            .subject()
            .filter(ObservedWorkload::canBePaused)
            .map(pod -> Fact.ask(() -> scope.cluster().foreign(pod)))
            .orElseGet(() -> new Fact.Known<>(Optional.empty())));
  }

  /** Whether the pod names an owner that can be paused, rightly or not. */
  private static boolean canBePaused(Pod pod) {
    return pod.owner().filter(owner -> Workload.PAUSABLE.contains(owner.kind())).isPresent();
  }

  @Override
  public Optional<Workload> subject() {
    return Fact.found(workload);
  }

  @Override
  public Optional<String> onNode() {
    return pod.onNode();
  }
}
