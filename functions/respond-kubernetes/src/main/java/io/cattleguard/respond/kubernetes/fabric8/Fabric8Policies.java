package io.cattleguard.respond.kubernetes.fabric8;

import io.cattleguard.respond.kubernetes.actions.Grants;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicySpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The NetworkPolicy that denies one pod all traffic. */
final class Fabric8Policies {
  /** The annotation of the pod's controller, {@code Deployment/web}. */
  private static final String OWNER_BEFORE = "cattleguard.io/owner-before";

  private Fabric8Policies() {}

  static String name(String uid) {
    return Grants.POLICY_PREFIX + uid;
  }

  static NetworkPolicy denyAll(Pod pod) {
    return new NetworkPolicyBuilder()
        .withNewMetadata()
        .withName(name(pod.uid()))
        .withNamespace(pod.namespace())
        .addToLabels("app.kubernetes.io/managed-by", "cattleguard")
        .addToAnnotations(
            pod.owner().map(owner -> Map.of(OWNER_BEFORE, owner.toString())).orElse(Map.of()))
        // Kubernetes deletes the policy together with its pod.
        .addNewOwnerReference()
        .withApiVersion("v1")
        .withKind("Pod")
        .withName(pod.name())
        .withUid(pod.uid())
        .endOwnerReference()
        .endMetadata()
        .withNewSpec()
        .withNewPodSelector()
        .addToMatchLabels(Grants.QUARANTINE, pod.uid())
        .endPodSelector()
        .withPolicyTypes("Ingress", "Egress")
        .endSpec()
        .build();
  }

  /** The controller that the pod had when it was isolated. */
  static Optional<Pod.Owner> ownerBefore(NetworkPolicy policy) {
    String owner = Fabric8Pods.annotations(policy).getOrDefault(OWNER_BEFORE, "");
    int slash = owner.indexOf('/');
    return slash < 0
        ? Optional.empty()
        : Optional.of(new Pod.Owner(owner.substring(0, slash), owner.substring(slash + 1)));
  }

  /** Whether a policy is the one that {@link #denyAll} describes, field by field. */
  static boolean deniesAllOf(NetworkPolicy policy, String uid) {
    NetworkPolicySpec spec = policy.getSpec();
    List<OwnerReference> owners = policy.getMetadata().getOwnerReferences();
    return policy.getMetadata().getName().equals(name(uid))
        && owners.size() == 1
        && uid.equals(owners.getFirst().getUid())
        && Map.of(Grants.QUARANTINE, uid).equals(spec.getPodSelector().getMatchLabels())
        && spec.getPodSelector().getMatchExpressions().isEmpty()
        && Set.of("Ingress", "Egress").equals(Set.copyOf(spec.getPolicyTypes()))
        && !allows(policy);
  }

  /** Whether Cattleguard isolates one pod by it. */
  static boolean isIsolation(NetworkPolicy policy) {
    String name = policy.getMetadata().getName();
    return name.startsWith(Grants.POLICY_PREFIX)
        && deniesAllOf(policy, name.substring(Grants.POLICY_PREFIX.length()));
  }

  /** NetworkPolicies are additive: traffic that one policy allows is allowed. */
  static boolean allows(NetworkPolicy policy) {
    return !policy.getSpec().getIngress().isEmpty() || !policy.getSpec().getEgress().isEmpty();
  }
}
