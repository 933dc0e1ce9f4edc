package io.cattleguard.respond.kubernetes.actions;

import io.cattleguard.edge.cidr.IpAddress;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The guards of denying a workload one peer, in addition to those of every action. */
final class EgressGuards {
  private EgressGuards() {}

  /**
   * The guards, in the order of their objections.
   *
   * @param workloadWideAccepted whether the playbook accepts an effect on all pods of the workload
   */
  static List<Guard<ObservedEgress>> all(boolean workloadWideAccepted) {
    List<Guard<ObservedEgress>> guards =
        new ArrayList<>(
            WorkloadGuards.ofPod(PodGuards.BY_NETWORK_POLICY, one -> one.workload().pod()));
    guards.add(
        Guard.of(
            "workload-wide accepted",
            s ->
                workloadWideAccepted
                    ? Optional.empty()
                    : Optional.of(
                        "the playbook does not accept that an alert of one pod denies all pods of"
                            + " the workload an address; it would have to say 'workload-wide:"
                            + " accepted'")));
    guards.add(Guard.of("public peer", EgressGuards::peer));
    guards.add(Guard.of("never denied", EgressGuards::neverDenied));
    guards.add(Guard.asking("workload with a selector", EgressGuards::workload));
    guards.add(WorkloadGuards.isOfTheWorkload(ObservedEgress::workload));
    guards.add(Guard.asking("enforced", EgressGuards::enforced));
    guards.add(Guard.asking("no other egress policy", EgressGuards::alone));
    guards.add(Guard.asking("one peer", EgressGuards::onePeer));
    return List.copyOf(guards);
  }

  /** A policy names addresses, and traffic within the cluster is matched by pod or not at all. */
  private static Optional<String> peer(Situation<ObservedEgress> s) {
    ObservedConnection network = s.scored().alert().network();
    if ("inbound".equals(network.direction())) {
      return Optional.of("the alert is about an inbound connection, which this does not deny");
    }
    Optional<IpAddress> peer = s.observed().peer();
    if (peer.isEmpty()) {
      return Optional.of("the alert does not name the address of a peer");
    }
    return peer.get().isPublic()
        ? Optional.empty()
        : Optional.of(
            "peer "
                + peer.get()
                + " is not an address on the internet: isolate the pod to cut it off from the"
                + " cluster and its network");
  }

  /** The address comes from the alert: root on one node may name one that the workload needs. */
  private static Optional<String> neverDenied(Situation<ObservedEgress> s) {
    return s.observed()
        .peer()
        .flatMap(
            peer ->
                s.observed().workload().pod().scope().neverDeny().stream()
                    .filter(network -> network.contains(peer))
                    .findFirst()
                    .map(
                        network ->
                            "peer "
                                + peer
                                + " is in "
                                + network.inWords()
                                + ", which never-deny of settings.yaml lists"));
  }

  private static Optional<Objection> workload(Situation<ObservedEgress> s) {
    return Fact.objection(
        s.observed().workload().pod().pod(),
        pod -> {
          Optional<Pod.Owner> owner =
              pod.owner().filter(one -> Workload.PAUSABLE.contains(one.kind()));
          if (owner.isEmpty()) {
            return Optional.of(
                Objection.refuses(
                    "the pod belongs to "
                        + pod.owner().map(Pod.Owner::toString).orElse("no controller")
                        + "; egress is denied only to the pods of a Deployment, ReplicaSet,"
                        + " StatefulSet or Job"));
          }
          return Fact.exists(
              s,
              s.observed().workload().workload(),
              owner.get() + " no longer exists",
              "cannot read " + owner.get());
        });
  }

  private static Optional<Objection> enforced(Situation<ObservedEgress> s) {
    return of(
        s,
        s.observed().enforcement(),
        "whether NetworkPolicies are enforced",
        is ->
            is.answer() == Cluster.Enforces.NO
                ? Optional.of("the policy would deny nothing: " + is.reason())
                : Optional.empty());
  }

  /** NetworkPolicies are additive: one more would allow what the existing ones deny. */
  private static Optional<Objection> alone(Situation<ObservedEgress> s) {
    return of(
        s,
        s.observed().egress(),
        "what decides on the egress of the pod",
        egress ->
            egress.others().isEmpty()
                ? Optional.empty()
                : Optional.of(
                    "a policy that allows every other peer could allow more than now: "
                        + String.join("; ", egress.others())
                        + "; change that, or isolate the pod"));
  }

  private static Optional<Objection> onePeer(Situation<ObservedEgress> s) {
    return of(
        s,
        s.observed().egress(),
        "what decides on the egress of the pod",
        egress ->
            egress
                .blocked()
                .filter(
                    denied ->
                        s.observed().peer().filter(is -> !is.toString().equals(denied)).isPresent())
                .map(
                    denied ->
                        "the workload is denied "
                            + denied
                            + " already, and a second policy would allow it again: isolate the"
                            + " pod"));
  }

  private static <T> Optional<Objection> of(
      Situation<ObservedEgress> s,
      Fact<T> fact,
      String what,
      Function<T, Optional<String>> objection) {
    if (s.observed().subject().isEmpty()) {
      return Optional.empty();
    }
    return switch (fact) {
      case Fact.Known<T> known -> objection.apply(known.value()).map(Objection::refuses);
      case Fact.Unknown<T> unknown ->
          Optional.of(Objection.unread("cannot read " + what + ": " + unknown.reason()));
    };
  }
}
