package io.cattleguard.app.server;

import io.cattleguard.respond.kubernetes.fabric8.Fabric8Clients;
import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;

/**
 * A baseline for {@code up}: a client that reads a pod and then changes it, with the same library
 * and the UID, but without guards, ledger or a second read.
 */
final class PlainClient implements AutoCloseable {
  /** Its name in the audit log. */
  static final String AGENT = "plain-client";

  private final KubernetesClient client;

  PlainClient(Path kubeconfig) {
    Config config = Config.fromKubeconfig(kubeconfig.toFile());
    config.setUserAgent(AGENT);
    this.client = Fabric8Clients.of(config);
  }

  /** Reads the pod and deletes it. */
  void delete(String namespace, String name) {
    Pod pod = client.pods().inNamespace(namespace).withName(name).get();
    DeleteOptions options =
        new DeleteOptionsBuilder()
            .withGracePeriodSeconds(1L)
            .withNewPreconditions()
            .withUid(pod.getMetadata().getUid())
            .endPreconditions()
            .build();
    String unused =
        client.raw("/api/v1/namespaces/" + namespace + "/pods/" + name, "DELETE", options);
  }

  /** Reads the pod and creates a NetworkPolicy that denies it all traffic once it is labelled. */
  void deny(String namespace, String name) {
    Pod pod = client.pods().inNamespace(namespace).withName(name).get();
    var unused =
        client
            .network()
            .v1()
            .networkPolicies()
            .inNamespace(namespace)
            .resource(
                new NetworkPolicyBuilder()
                    .withNewMetadata()
                    .withName("plain-" + pod.getMetadata().getUid())
                    .endMetadata()
                    .withNewSpec()
                    .withNewPodSelector()
                    .addToMatchLabels("plain", pod.getMetadata().getUid())
                    .endPodSelector()
                    .withPolicyTypes("Ingress", "Egress")
                    .endSpec()
                    .build())
            .create();
  }

  @Override
  public void close() {
    client.close();
  }
}
