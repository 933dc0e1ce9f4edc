package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.edge.cidr.IpAddress;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.EgressBlock;
import java.util.Optional;

/**
 * The state that an action on the egress of a pod's workload read.
 *
 * @param workload the alert's pod and its workload
 * @param peer the address to which the alert's connection went
 * @param egress what decides on the traffic that leaves the pod
 * @param enforcement whether NetworkPolicies are enforced for the pod
 */
record ObservedEgress(
    ObservedWorkload workload,
    Optional<IpAddress> peer,
    Fact<Cluster.Egress> egress,
    Fact<Cluster.Enforcement> enforcement)
    implements ObservedState {
  private static final String NOT_ASKED = "not asked";

  static ObservedEgress of(KubernetesScope scope, ScoredAlert scored) {
    ObservedWorkload workload = ObservedWorkload.of(scope, scored);
    Optional<IpAddress> peer =
        Optional.ofNullable(scored.alert().network().peer()).flatMap(IpAddress::parse);
    ObservedEgress observed =
        new ObservedEgress(
            workload, peer, new Fact.Unknown<>(NOT_ASKED), new Fact.Unknown<>(NOT_ASKED));
    return observed
        .subject()
        .map(
            block ->
                new ObservedEgress(
                    workload,
                    peer,
                    Fact.ask(() -> scope.cluster().egress(block)),
                    Fact.ask(() -> scope.enforcement(block.pod()))))
        .orElse(observed);
  }

  @Override
  public Optional<String> onNode() {
    return workload.onNode();
  }

  @Override
  public Optional<EgressBlock> subject() {
    return peer.flatMap(
        to ->
            workload
                .subject()
                .flatMap(
                    of ->
                        workload
                            .pod()
                            .subject()
                            .map(pod -> new EgressBlock(of, pod, to.toString()))));
  }
}
