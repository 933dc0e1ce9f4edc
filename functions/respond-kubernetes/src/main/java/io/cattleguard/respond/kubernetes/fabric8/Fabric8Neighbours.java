package io.cattleguard.respond.kubernetes.fabric8;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.kubernetes.actions.Grants;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Peers;
import io.cattleguard.respond.kubernetes.cluster.NetworkRules;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.reading.Questions;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Finds the pods that the network plugin denies traffic together with an isolated one. */
final class Fabric8Neighbours {
  private final KubernetesClient client;
  private final Questions questions;
  private final Fabric8Pods pods;
  private final Fabric8Enforcement enforcement;

  Fabric8Neighbours(
      KubernetesClient client,
      Questions questions,
      Fabric8Pods pods,
      Fabric8Enforcement enforcement) {
    this.client = client;
    this.questions = questions;
    this.pods = pods;
    this.enforcement = enforcement;
  }

  List<NetworkPolicy> policies(String namespace) {
    return questions
        .ask(
            "policies/" + namespace,
            NetworkPolicyList.class,
            () -> client.network().v1().networkPolicies().inNamespace(namespace).list())
        .getItems();
  }

  /**
   * The isolations of a namespace.
   *
   * @param policies those that deny one pod all traffic
   * @param pods the pods that such a policy selects
   */
  record Isolations(List<NetworkPolicy> policies, List<Fabric8Peers.Peer> pods) {
    /** Whether a pod was isolated, even if its label was removed since. */
    boolean have(Pod pod) {
      return have(pod.uid());
    }

    private boolean have(String uid) {
      return policies.stream().anyMatch(one -> Fabric8Policies.deniesAllOf(one, uid));
    }
  }

  /**
   * The isolations of a namespace. A label without our policy does not count, because anyone who
   * can create pods can set it, and would make other pods look denied. The pods are listed only if
   * the namespace has a policy of ours.
   */
  Isolations isolationsIn(String namespace) {
    List<NetworkPolicy> ours =
        policies(namespace).stream()
            .filter(one -> one.getMetadata().getName().startsWith(Grants.POLICY_PREFIX))
            .toList();
    Isolations all = new Isolations(ours, List.of());
    return ours.isEmpty()
        ? all
        : new Isolations(
            ours,
            pods.labelledIn(namespace).stream()
                .filter(peer -> peer.quarantine().filter(peer.uid()::equals).isPresent())
                .filter(peer -> !peer.ended())
                .filter(peer -> all.have(peer.uid()))
                .toList());
  }

  /** Counts the other pods of a controller. */
  Peers count(Pod pod, List<Fabric8Peers.Peer> others, Isolations isolations) {
    AtomicReference<String> doubt = new AtomicReference<>("");
    Map<String, Boolean> byNode = new HashMap<>();
    Function<String, Boolean> ask =
        node -> {
          try {
            return enforcement.isByVpcCni(Optional.of(node));
          } catch (KubernetesClientException e) {
            doubt.set(String.valueOf(Fabric8Answers.unavailable(e).getMessage()));
            return true;
          }
        };
    Set<String> isolated =
        isolations.pods().stream().map(Fabric8Peers.Peer::uid).collect(Collectors.toSet());
    Peers peers =
        Peers.of(
            others.stream().map(Fabric8Peers.Peer::uid).collect(Collectors.toSet()),
            isolations.have(pod) ? Optional.empty() : NetworkRules.of(pod),
            rulesOfOthers(pod, isolations),
            others.stream()
                .filter(peer -> peer.serves() && !peer.ending())
                .map(peer -> peer.rules(pod.namespace()))
                .toList(),
            others.stream()
                .filter(peer -> peer.ready() && !peer.ending() && !isolated.contains(peer.uid()))
                .map(peer -> peer.rules(pod.namespace()))
                .toList(),
            rules -> byNode.computeIfAbsent(rules.node(), ask));
    return doubt.get().isEmpty() ? peers : peers.withDoubt(doubt.get());
  }

  /** The first of these pods that is denied nothing together with an isolated one. */
  Optional<Fabric8Peers.Peer> firstThatServes(Pod pod, List<Fabric8Peers.Peer> candidates) {
    if (candidates.isEmpty()) {
      return Optional.empty();
    }
    Set<NetworkRules> isolated = rulesOfOthers(pod, isolationsIn(pod.namespace()));
    return candidates.stream()
        .filter(
            peer ->
                peer.rules(pod.namespace())
                    .filter(isolated::contains)
                    .filter(rules -> enforcement.isByVpcCni(Optional.of(rules.node())))
                    .isEmpty())
        .findFirst();
  }

  /** The pod's own isolation ends with the pod. */
  private static Set<NetworkRules> rulesOfOthers(Pod pod, Isolations isolations) {
    return isolations.pods().stream()
        .filter(peer -> !peer.uid().equals(pod.uid()))
        .map(peer -> peer.rules(pod.namespace()))
        .flatMap(Optional::stream)
        .collect(Collectors.toSet());
  }

  boolean sharesRules(Pod pod) {
    try {
      return enforcement.isByVpcCni(pod.node());
    } catch (KubernetesClientException e) {
      throw new Unavailable(String.valueOf(Fabric8Answers.unavailable(e).getMessage()), e);
    }
  }
}
