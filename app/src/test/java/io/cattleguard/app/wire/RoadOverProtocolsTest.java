package io.cattleguard.app.wire;

import io.cattleguard.app.server.UpOnApiServerTest;
import io.cattleguard.events.TakesLong;
import java.nio.file.Path;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Runs without containers: on ElasticMQ, DynamoDB Local, and fabric8's mock or the test cluster in
 * {@code CATTLEGUARD_TEST_KUBECONFIG}. On an overloaded machine a node of that cluster may stop
 * reporting; its pods become unready, a guard protects the last ready ones, and the test fails.
 */
@EnabledOnOs(
    value = OS.LINUX,
    disabledReason = "AWS's runtime interface client runs on Linux alone")
@TakesLong
@Order(1) // It waits most of the time, so other classes run at the same time.
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
