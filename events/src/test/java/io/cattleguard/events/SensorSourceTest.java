package io.cattleguard.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SensorSourceTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cattleguard.sensor.blue",
        "cattleguard.sensor.prod-eu_1.cattleguard.0b3f2c1e-6c1d-4c53-9d4e-2a7f5f1f0a11.sensor-x2x4k",
        "cattleguard.sensor.blue.cattleguard.0b3f.sensor.v2.example-x2x4k",
      })
  void aSourceIsReadAsItWasWritten(String source) {
    assertEquals(source, SensorSource.read(source).toString());
  }

  @Test
  void whatFollowsTheUidIsTheNameWithAllItsDots() {
    SensorSource source = SensorSource.read("cattleguard.sensor.blue.security.0b3f.a.b.c");

    assertEquals("blue", source.cluster());
    assertEquals(Optional.of(new SensorSource.Pod("security", "0b3f", "a.b.c")), source.pod());
    assertEquals(
        source.pod(),
        SensorSource.Pod.read(source.pod().map(SensorSource.Pod::toString).orElseThrow()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cattleguard.sensor",
        "cattleguard.sensor.",
        "cattleguard.sensors.blue",
        "cattleguard.score",
        "cattleguard.sensor..cattleguard.0b3f.sensor",
        "cattleguard.sensor.blue.",
        "cattleguard.sensor.blue.cattleguard",
        "cattleguard.sensor.blue.cattleguard.0b3f",
        "cattleguard.sensor.blue..0b3f.sensor",
        "cattleguard.sensor.blue.cattleguard..sensor",
        "cattleguard.sensor.blue.cattleguard.0b3f.",
        "cattleguard.sensor.blue.cattleguard.0b3f.a/b",
        "cattleguard.sensor.blue.a/0b3f/b.0b3f.sensor",
      })
  void whatIsNotTheSourceOfASensorIsRefused(String source) {
    assertThrows(ContractViolation.class, () -> SensorSource.read(source));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a.b"})
  void aClusterThatWouldBeReadAsAnotherIsRefused(String cluster) {
    assertThrows(IllegalArgumentException.class, () -> SensorSource.of(cluster));
  }
}
