package io.cattleguard.app.wire;

import io.cattleguard.app.testing.Moto;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Runs on moto's bus, rules, queues and tables, if {@code CATTLEGUARD_TEST_MOTO} is set. */
@Tag("moto")
@EnabledOnOs(
    value = OS.LINUX,
    disabledReason = "AWS's runtime interface client runs on Linux alone")
@EnabledIf(
    value = "isMotoWanted",
    disabledReason = "CATTLEGUARD_TEST_MOTO is not set, or moto_server is not on the PATH")
final class RoadOnMotoTest extends RoadOverProtocols {
  static boolean isMotoWanted() {
    String wanted = System.getenv("CATTLEGUARD_TEST_MOTO");
    return wanted != null && !wanted.isEmpty() && Moto.isThere();
  }

  @Override
  RoadServices services() throws IOException, InterruptedException {
    Moto moto = Moto.start();
    return new CloudServices(moto.address(), moto::close);
  }

  @Override
  WireCluster.Backend cluster() {
    return new MockBackend();
  }
}
