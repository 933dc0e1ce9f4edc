package io.cattleguard.respond.kubernetes.fabric8;

import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.revocation.RevocationPolicy;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;

/** Installs the objects that revocations of tokens need in an API server, and removes them. */
final class Revocations {
  private Revocations() {}

  static void install(KubernetesClient client) {
    apply(client, RevocationPolicy.manifest(Set.of("kube-system", "cattleguard")));
  }

  static void apply(KubernetesClient client, String manifest) {
    byte[] bytes = manifest.getBytes(StandardCharsets.UTF_8);
    for (HasMetadata one : client.load(new ByteArrayInputStream(bytes)).items()) {
      client.resource(one).createOr(NonDeletingOperation::update);
    }
  }

  /** As kubectl create records it. The record is deleted by the caller, if at all. */
  static void byHand(KubernetesClient client, Pod pod) {
    client.raw(
        "/apis/cattleguard.io/v1/revokedpods?fieldManager=kubectl-create",
        "POST",
        Map.of(
            "apiVersion",
            "cattleguard.io/v1",
            "kind",
            "RevokedPod",
            "metadata",
            Map.of("name", pod.uid())));
  }

  /** Leaves the kind, because its removal takes a while. */
  static void remove(KubernetesClient client) {
    client
        .genericKubernetesResources(
            "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding")
        .withName(RevocationPolicy.NAME)
        .delete();
    client
        .genericKubernetesResources("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy")
        .withName(RevocationPolicy.NAME)
        .delete();
  }
}
