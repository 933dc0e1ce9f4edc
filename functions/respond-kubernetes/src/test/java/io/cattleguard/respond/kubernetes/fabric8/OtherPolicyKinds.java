package io.cattleguard.respond.kubernetes.fabric8;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Locale;

/** Installs the kinds of policies besides NetworkPolicies, without any rules. */
final class OtherPolicyKinds {
  private record Kind(String group, String version, String kind, String plural, boolean here) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(
              "policy.networking.k8s.io",
              "v1alpha1",
              "AdminNetworkPolicy",
              "adminnetworkpolicies",
              false),
          new Kind(
              "policy.networking.k8s.io",
              "v1alpha2",
              "ClusterNetworkPolicy",
              "clusternetworkpolicies",
              false),
          new Kind(
              "policy.networking.k8s.io",
              "v1alpha1",
              "BaselineAdminNetworkPolicy",
              "baselineadminnetworkpolicies",
              false),
          new Kind("crd.projectcalico.org", "v1", "NetworkPolicy", "networkpolicies", true),
          new Kind(
              "crd.projectcalico.org", "v1", "GlobalNetworkPolicy", "globalnetworkpolicies", false),
          new Kind("cilium.io", "v2", "CiliumNetworkPolicy", "ciliumnetworkpolicies", true),
          new Kind(
              "cilium.io",
              "v2",
              "CiliumClusterwideNetworkPolicy",
              "ciliumclusterwidenetworkpolicies",
              false),
          new Kind("crd.antrea.io", "v1beta1", "NetworkPolicy", "networkpolicies", true),
          new Kind(
              "crd.antrea.io", "v1beta1", "ClusterNetworkPolicy", "clusternetworkpolicies", false),
          new Kind(
              "networking.k8s.aws",
              "v1alpha1",
              "ClusterNetworkPolicy",
              "clusternetworkpolicies",
              false),
          new Kind(
              "networking.k8s.aws",
              "v1alpha1",
              "ApplicationNetworkPolicy",
              "applicationnetworkpolicies",
              true),
          new Kind(
              "networking.gke.io", "v1alpha1", "FQDNNetworkPolicy", "fqdnnetworkpolicies", true));

  /** Calico's other API group, which is read only if the first one is missing. */
  private static final List<Kind> CALICO_API =
      List.of(
          new Kind("projectcalico.org", "v3", "NetworkPolicy", "networkpolicies", true),
          new Kind(
              "projectcalico.org", "v3", "GlobalNetworkPolicy", "globalnetworkpolicies", false));

  private OtherPolicyKinds() {}

  static void install(KubernetesClient client) {
    KINDS.forEach(kind -> install(client, kind));
  }

  static void remove(KubernetesClient client) {
    KINDS.forEach(kind -> remove(client, kind));
    CALICO_API.forEach(kind -> remove(client, kind));
  }

  /** Replaces Calico's first group by the other one. */
  static void useCalicoApi(KubernetesClient client) {
    KINDS.stream()
        .filter(kind -> kind.group().equals("crd.projectcalico.org"))
        .forEach(kind -> remove(client, kind));
    CALICO_API.forEach(kind -> install(client, kind));
  }

  private static void install(KubernetesClient client, Kind kind) {
    // Kubernetes asks for an approval in its own groups.
    String approved =
        kind.group().endsWith("k8s.io") ? "{api-approved.kubernetes.io: unapproved}" : "{}";
    client
        .resource(
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: %5$s.%1$s, annotations: %7$s}
            spec:
              group: %1$s
              scope: %6$s
              names: {kind: %3$s, plural: %5$s, singular: %4$s, listKind: %3$sList}
              versions:
                - name: %2$s
                  served: true
                  storage: true
                  schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
            """
                .formatted(
                    kind.group(),
                    kind.version(),
                    kind.kind(),
                    kind.kind().toLowerCase(Locale.ROOT),
                    kind.plural(),
                    kind.here() ? "Namespaced" : "Cluster",
                    approved))
        .serverSideApply();
    String path = "/apis/" + kind.group() + "/" + kind.version() + "/" + kind.plural();
    for (int i = 0; i < 200 && !isServed(client, path); i++) {
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private static boolean isServed(KubernetesClient client, String path) {
    try {
      return client.raw(path) != null;
    } catch (io.fabric8.kubernetes.client.KubernetesClientException e) {
      return false;
    }
  }

  private static void remove(KubernetesClient client, Kind kind) {
    client
        .apiextensions()
        .v1()
        .customResourceDefinitions()
        .withName(kind.plural() + "." + kind.group())
        .delete();
  }
}
