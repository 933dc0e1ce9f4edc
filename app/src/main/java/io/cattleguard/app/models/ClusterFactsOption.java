package io.cattleguard.app.models;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.models.ClusterFacts;
import io.cattleguard.respond.kubernetes.fabric8.Fabric8Clients;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The cluster whose services and volumes are known. */
final class ClusterFactsOption {
  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description =
          "Read this cluster's services and volumes: addresses of services become their names, and"
              + " files on volumes are no entries. Lists services, pods and endpointslices.")
  private @Nullable Path kubeconfig;

  /** The facts; none without the option. */
  ClusterFacts facts() {
    return kubeconfig == null ? ClusterFacts.NONE : read(kubeconfig, true);
  }

  static ClusterFacts read(Path kubeconfig, boolean withEndpoints) {
    if (!Files.isReadable(kubeconfig)) {
      throw new UsageError("--kubeconfig " + kubeconfig + ": cannot be read");
    }
    try (KubernetesClient client = Fabric8Clients.ofKubeconfig(kubeconfig)) {
      return LiveClusterFacts.read(client, withEndpoints);
    } catch (IllegalArgumentException e) {
      throw new UsageError("--kubeconfig " + kubeconfig + ": " + e.getMessage());
    }
  }
}
