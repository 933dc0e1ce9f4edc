package io.cattleguard.respond.kubernetes.fabric8;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.kubernetes.actions.Grants;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Alike;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.reading.Questions;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Finds isolations, and the pods to which a network plugin denies traffic together with one. */
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

  /** Whether the pod was isolated, even if its label was removed since. */
  boolean isIsolated(Pod pod) {
    return policies(pod.namespace()).stream()
        .filter(one -> one.getMetadata().getName().startsWith(Grants.POLICY_PREFIX))
        .anyMatch(one -> Fabric8Policies.deniesAllOf(one, pod.uid()));
  }

  boolean sharesRules(Pod pod) {
    try {
      return enforcement.sharesRules(pod.node());
    } catch (KubernetesClientException e) {
      throw new Unavailable(String.valueOf(Fabric8Answers.unavailable(e).getMessage()), e);
    }
  }

  List<Alike> alike(Pod pod) {
    List<Fabric8Peers.Peer> pods =
        this.pods.running(pod.namespace()).stream()
            .filter(peer -> Pod.beginning(peer.name()).equals(pod.beginning()))
            .filter(peer -> !peer.uid().equals(pod.uid()))
            .toList();
    List<Fabric8Peers.Peer> own = pod.owner().isPresent() ? this.pods.others(pod, pods) : List.of();
    return Stream.concat(
            pods.stream().map(peer -> new Alike(peer.name(), own.contains(peer))),
            controllersNamed(pod.namespace(), pod.beginning()))
        .sorted(Comparator.comparing(Alike::what))
        .toList();
  }

  /** The names of their pods begin with their own name. */
  private Stream<Alike> controllersNamed(String namespace, String name) {
    List<String> found = new ArrayList<>();
    if (client.apps().replicaSets().inNamespace(namespace).withName(name).get() != null) {
      found.add("ReplicaSet");
    }
    if (client.apps().statefulSets().inNamespace(namespace).withName(name).get() != null) {
      found.add("StatefulSet");
    }
    // A list, because the permission to read one is not granted.
    if (!client
        .apps()
        .daemonSets()
        .inNamespace(namespace)
        .withField("metadata.name", name)
        .list()
        .getItems()
        .isEmpty()) {
      found.add("DaemonSet");
    }
    return found.stream().map(kind -> new Alike(kind + " " + name, false));
  }
}
