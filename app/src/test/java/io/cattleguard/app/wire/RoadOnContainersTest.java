package io.cattleguard.app.wire;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.localstack.LocalStackContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * Runs on LocalStack and k3s, whose images are about a gigabyte in size. Needs {@code
 * CATTLEGUARD_TEST_DOCKER} and {@code kubectl} on the PATH.
 */
@Tag("docker")
@EnabledOnOs(
    value = OS.LINUX,
    disabledReason = "AWS's runtime interface client runs on Linux alone")
@EnabledIf(
    value = "areContainersWanted",
    disabledReason = "CATTLEGUARD_TEST_DOCKER is not set, or there is no Docker")
final class RoadOnContainersTest extends RoadOverProtocols {
  @TempDir private static Path files;

  static boolean areContainersWanted() {
    String wanted = System.getenv("CATTLEGUARD_TEST_DOCKER");
    return wanted != null
        && !wanted.isEmpty()
        && DockerClientFactory.instance().isDockerAvailable();
  }

  /** The last version that does not require an account. */
  @Override
  RoadServices services() {
    LocalStackContainer localStack =
        new LocalStackContainer(DockerImageName.parse("localstack/localstack:4.14.0"))
            .withServices("events", "sqs", "dynamodb");
    localStack.start();
    return new CloudServices(localStack.getEndpoint(), localStack::stop, false);
  }

  @Override
  WireCluster.Backend cluster() throws IOException, InterruptedException {
    K3sContainer k3s = new K3sContainer(DockerImageName.parse("rancher/k3s:v1.34.1-k3s1"));
    k3s.start();
    Path kubeconfig = Files.writeString(files.resolve("kubeconfig"), k3s.getKubeConfigYaml());
    // An image that k3s includes.
    return new KubectlBackend(kubeconfig, "rancher/mirrored-pause:3.6", k3s::stop);
  }
}
