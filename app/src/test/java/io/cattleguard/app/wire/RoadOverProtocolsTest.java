package io.cattleguard.app.wire;

import io.cattleguard.app.server.UpOnApiServerTest;
import java.nio.file.Path;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * On one machine and without a container: ElasticMQ, DynamoDB Local, and fabric8's mock, or the API
 * server that {@code CATTLEGUARD_TEST_KUBECONFIG} names and that must be meant for tests. There, a
 * node that stops reporting on a machine that is too busy makes its pods unready, and a guard-rail
 * spares the last ready ones: that fails here.
 */
@EnabledOnOs(
    value = OS.LINUX,
    disabledReason = "AWS's runtime interface client runs on Linux alone")
@Isolated("it starts five functions and a sensor, which need all of the CPU")
final class RoadOverProtocolsTest extends RoadOverProtocols {
  @Override
  RoadServices services() throws Exception {
    return new EmulatedServices();
  }

  @Override
  WireCluster.Backend cluster() throws Exception {
    String kubeconfig = System.getenv(UpOnApiServerTest.KUBECONFIG);
    return kubeconfig == null || kubeconfig.isEmpty()
        ? new MockBackend()
        : new KubectlBackend(Path.of(kubeconfig));
  }
}
