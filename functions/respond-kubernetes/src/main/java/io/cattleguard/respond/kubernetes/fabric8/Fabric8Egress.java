package io.cattleguard.respond.kubernetes.fabric8;

import io.cattleguard.edge.cidr.IpAddress;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.kubernetes.actions.Grants;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Egress;
import io.cattleguard.respond.kubernetes.cluster.EgressBlock;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Workload;
import io.cattleguard.respond.kubernetes.policies.LabelSelectors;
import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.networking.v1.IPBlock;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicySpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Denies a workload's pods one peer, checks it and undoes it.
 *
 * <p>The policy allows the pods everything but the peer: each address of both families, and the
 * pods of all namespaces, because some network plugins do not count them as addresses. It leaves
 * out isolated pods, which it would connect again.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/services-networking/network-policies/">Network
 *     Policies</a>
 */
final class Fabric8Egress {
  private static final String ALL_IPV4 = "0.0.0.0/0";
  private static final String ALL_IPV6 = "::/0";
  private static final String EGRESS = "Egress";

  private final KubernetesClient client;
  private final Fabric8Pods pods;
  private final Fabric8OtherPolicies otherPolicies;
  private final Fabric8Enforcement enforcement;

  Fabric8Egress(
      KubernetesClient client,
      Fabric8Pods pods,
      Fabric8OtherPolicies otherPolicies,
      Fabric8Enforcement enforcement) {
    this.client = client;
    this.pods = pods;
    this.otherPolicies = otherPolicies;
    this.enforcement = enforcement;
  }

  private static String name(Workload workload) {
    return Grants.EGRESS_PREFIX + workload.uid();
  }

  Egress egress(EgressBlock block) {
    Optional<LabelSelector> selector = selector(block.of());
    Set<Map<String, String>> labels = labels(block, selector);
    Optional<String> blocked = Optional.empty();
    List<String> governing = new ArrayList<>();
    List<String> isolations = new ArrayList<>();
    List<NetworkPolicy> policies = policies(block.of().namespace());
    for (NetworkPolicy policy : policies) {
      String name = policy.getMetadata().getName();
      if (name.equals(name(block.of()))) {
        blocked = selector.flatMap(one -> peer(policy, block.of(), one));
        if (blocked.isEmpty()) {
          governing.add("NetworkPolicy " + name + " was changed");
        }
      } else if (!Fabric8Policies.deniesAllOf(policy, block.pod().uid())
          && policy.getSpec().getPolicyTypes().contains(EGRESS)
          && labels.stream()
              .anyMatch(one -> LabelSelectors.matches(policy.getSpec().getPodSelector(), one))) {
        (Fabric8Policies.isIsolation(policy) ? isolations : governing)
            .add("NetworkPolicy " + name + " decides on the egress of a pod of the workload");
      }
    }
    Fabric8OtherPolicies.Found others = otherPolicies.ofEgress(block.pod(), labels);
    governing.addAll(others.caveats());
    List<String> doubts = new ArrayList<>(others.doubts());
    try {
      enforcement
          .cilium()
          .map(
              plugin ->
                  plugin
                      + " does not count nodes and the API server as addresses, so the policy would"
                      + " cut them off too")
          .ifPresent(governing::add);
      if (policies.stream().anyMatch(policy -> isolatesOneOf(policy, block.of()))
          && enforcement.sharesRules(block.pod().node())) {
        isolations.add(
            "a pod of the workload is isolated, and the VPC CNI would apply the policy to it too");
      }
    } catch (KubernetesClientException e) {
      doubts.add("cannot read the network plugin: " + Fabric8Answers.unavailable(e).getMessage());
    }
    return new Egress(blocked, governing, isolations, doubts);
  }

  /** Whether a policy isolates a pod that the workload has or had. */
  private static boolean isolatesOneOf(NetworkPolicy policy, Workload workload) {
    return policy.getMetadata().getName().startsWith(Grants.POLICY_PREFIX)
        && Fabric8Policies.ownerBefore(policy)
            .equals(Optional.of(new Pod.Owner(workload.kind(), workload.name())));
  }

  /**
   * The labels of the pods that the policy selects. They differ within a workload: a StatefulSet
   * numbers its pods, and a rollout changes the labels of the template.
   */
  private Set<Map<String, String>> labels(EgressBlock block, Optional<LabelSelector> selector) {
    Set<Map<String, String>> labels = new HashSet<>();
    pods.findExact(block.pod()).map(Fabric8Pods::labels).ifPresent(labels::add);
    selector.ifPresent(
        one ->
            client
                .pods()
                .inNamespace(block.of().namespace())
                .withLabelSelector(withoutIsolated(one))
                .list()
                .getItems()
                .forEach(pod -> labels.add(Fabric8Pods.labels(pod))));
    if (labels.isEmpty()) {
      labels.add(selector.map(LabelSelector::getMatchLabels).orElse(Map.of()));
    }
    return labels;
  }

  private List<NetworkPolicy> policies(String namespace) {
    return client.network().v1().networkPolicies().inNamespace(namespace).list().getItems();
  }

  private Optional<LabelSelector> selector(Workload workload) {
    return find(workload)
        .filter(one -> one.object().getMetadata().getUid().equals(workload.uid()))
        .map(Found::selector);
  }

  private record Found(HasMetadata object, LabelSelector selector) {}

  private Optional<Found> find(Workload workload) {
    String namespace = workload.namespace();
    String name = workload.name();
    return switch (workload.kind()) {
      case "Deployment" ->
          found(
              client.apps().deployments().inNamespace(namespace).withName(name).get(),
              one -> one.getSpec().getSelector());
      case "StatefulSet" ->
          found(
              client.apps().statefulSets().inNamespace(namespace).withName(name).get(),
              one -> one.getSpec().getSelector());
      case "ReplicaSet" ->
          found(
              client.apps().replicaSets().inNamespace(namespace).withName(name).get(),
              one -> one.getSpec().getSelector());
      case "Job" ->
          found(
              client.batch().v1().jobs().inNamespace(namespace).withName(name).get(),
              one -> one.getSpec().getSelector());
      default -> Optional.empty();
    };
  }

  private static <T extends HasMetadata> Optional<Found> found(
      @Nullable T object, Function<T, @Nullable LabelSelector> selector) {
    return object == null
        ? Optional.empty()
        : Optional.ofNullable(selector.apply(object))
            .filter(one -> !LabelSelectors.isEmpty(one))
            .map(one -> new Found(object, one));
  }

  /** Each policy names the UID of its workload, so Kubernetes deletes it together with that. */
  Change block(EgressBlock block) {
    try {
      Optional<Found> found = find(block.of());
      if (found.isEmpty()) {
        return Change.GONE;
      }
      HasMetadata object = found.get().object();
      if (!object.getMetadata().getUid().equals(block.of().uid())) {
        return Change.REPLACED;
      }
      NetworkPolicy policy = policy(block, object, found.get().selector());
      try {
        client.network().v1().networkPolicies().resource(policy).create();
      } catch (KubernetesClientException e) {
        if (e.getCode() != Fabric8Answers.CONFLICT) {
          throw e;
        }
        if (policies(block.of().namespace()).stream()
            .filter(one -> one.getMetadata().getName().equals(name(block.of())))
            .noneMatch(
                one ->
                    peer(one, block.of(), found.get().selector())
                        .filter(block.peer()::equals)
                        .isPresent())) {
          throw new Denied(
              "the NetworkPolicy "
                  + name(block.of())
                  + " exists and does not deny this peer; delete it");
        }
      }
      return Change.MADE;
    } catch (KubernetesClientException e) {
      throw refused(e);
    }
  }

  /** No pod is changed, so a conflict means that a policy has another version by now. */
  private static RuntimeException refused(KubernetesClientException e) {
    return switch (e.getCode()) {
      case Fabric8Answers.FORBIDDEN, Fabric8Answers.UNPROCESSABLE -> Fabric8Answers.denied(e);
      default -> Fabric8Answers.unavailable(e);
    };
  }

  Change allow(EgressBlock block) {
    try {
      Optional<NetworkPolicy> policy =
          policies(block.of().namespace()).stream()
              .filter(one -> one.getMetadata().getName().equals(name(block.of())))
              .findFirst();
      if (policy.isEmpty()) {
        return Change.GONE;
      }
      if (!denied(policy.get().getSpec()).equals(Optional.of(block.peer()))) {
        return Change.REPLACED;
      }
      return delete(policy.get());
    } catch (KubernetesClientException e) {
      throw refused(e);
    }
  }

  private Change delete(NetworkPolicy policy) {
    String namespace = policy.getMetadata().getNamespace();
    String path =
        "/apis/networking.k8s.io/v1/namespaces/"
            + Fabric8Answers.segment(namespace)
            + "/networkpolicies/"
            + Fabric8Answers.segment(policy.getMetadata().getName());
    DeleteOptions exact =
        new DeleteOptionsBuilder()
            .withNewPreconditions()
            .withResourceVersion(policy.getMetadata().getResourceVersion())
            .endPreconditions()
            .build();
    return Fabric8Answers.deleting(
        () -> client.raw(path, "DELETE", exact),
        () ->
            policies(namespace).stream()
                .anyMatch(
                    one -> one.getMetadata().getName().equals(policy.getMetadata().getName())));
  }

  private static NetworkPolicy policy(
      EgressBlock block, HasMetadata object, LabelSelector selector) {
    return new NetworkPolicyBuilder()
        .withNewMetadata()
        .withName(name(block.of()))
        .withNamespace(block.of().namespace())
        .addToLabels("app.kubernetes.io/managed-by", "cattleguard")
        .addNewOwnerReference()
        .withApiVersion(object.getApiVersion())
        .withKind(object.getKind())
        .withName(block.of().name())
        .withUid(block.of().uid())
        .endOwnerReference()
        .endMetadata()
        .withNewSpec()
        .withPodSelector(withoutIsolated(selector))
        .withPolicyTypes(EGRESS)
        .addNewEgress()
        .withTo(everythingBut(block.peer()))
        .endEgress()
        .endSpec()
        .build();
  }

  private static List<NetworkPolicyPeer> everythingBut(String peer) {
    return List.of(
        all(ALL_IPV4, peer),
        all(ALL_IPV6, peer),
        new NetworkPolicyPeer(null, new LabelSelector(), null));
  }

  private static NetworkPolicyPeer all(String cidr, String peer) {
    boolean sameFamily = cidr.contains(":") == peer.contains(":");
    return new NetworkPolicyPeer(
        new IPBlock(cidr, sameFamily ? List.of(asNetwork(peer)) : List.of()), null, null);
  }

  private static String asNetwork(String peer) {
    return IpAddress.parse(peer).orElseThrow().asNetwork();
  }

  private static LabelSelector withoutIsolated(LabelSelector selector) {
    return new LabelSelectorBuilder(selector)
        .addNewMatchExpression()
        .withKey(Grants.QUARANTINE)
        .withOperator("DoesNotExist")
        .endMatchExpression()
        .build();
  }

  /** The peer that the policy denies, if it is one that {@link #policy} describes. */
  private static Optional<String> peer(
      NetworkPolicy policy, Workload workload, LabelSelector selector) {
    List<OwnerReference> owners = policy.getMetadata().getOwnerReferences();
    return owners.size() == 1
            && workload.uid().equals(owners.getFirst().getUid())
            && withoutIsolated(selector).equals(policy.getSpec().getPodSelector())
            && List.of(EGRESS).equals(policy.getSpec().getPolicyTypes())
        ? denied(policy.getSpec())
        : Optional.empty();
  }

  private static Optional<String> denied(NetworkPolicySpec spec) {
    List<NetworkPolicyEgressRule> rules = spec.getEgress();
    if (rules.size() != 1 || !rules.getFirst().getPorts().isEmpty()) {
      return Optional.empty();
    }
    List<String> excepted = new ArrayList<>();
    for (NetworkPolicyPeer to : rules.getFirst().getTo()) {
      if (to.getIpBlock() != null) {
        excepted.addAll(to.getIpBlock().getExcept());
      }
    }
    String one = excepted.size() == 1 ? excepted.getFirst() : "";
    Optional<String> peer =
        Optional.of(one.substring(0, Math.max(0, one.indexOf('/'))))
            .filter(address -> IpAddress.parse(address).isPresent());
    return peer.filter(address -> rules.getFirst().getTo().equals(everythingBut(address)));
  }
}
