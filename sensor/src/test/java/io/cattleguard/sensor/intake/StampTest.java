package io.cattleguard.sensor.intake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StampTest {
  private static final Stamp OF_NODE =
      new Stamp(Optional.of("node-b"), Duration.ofMillis(-1_500), 12);

  @ParameterizedTest
  @ValueSource(
      strings = {"", "{}", "a\nb\nc\nd\n", "\u0001", "\u0001node-a\n0\n1\n{}", "\u0001\u0001"})
  void everyEventIsReadAsItWasStamped(String event) {
    assertEquals(new Stamp.Stamped(OF_NODE, event), Stamp.read(OF_NODE.write(event)));
    assertEquals(new Stamp.Stamped(Stamp.NONE, event), Stamp.read(Stamp.NONE.write(event)));
    Stamp report = new Stamp(Optional.empty(), Duration.ZERO, 1, true);
    assertEquals(new Stamp.Stamped(report, event), Stamp.read(report.write(event)));
  }

  @Test
  void anEventThatLooksStampedIsStampedSoThatItCannotNameItsNode() {
    String forged = OF_NODE.write("{}");

    assertNotEquals(forged, Stamp.NONE.write(forged));
    assertEquals(Optional.empty(), Stamp.read(Stamp.NONE.write(forged)).stamp().node());
    String report = new Stamp(Optional.empty(), Duration.ZERO, 1, true).write("{}");
    assertFalse(Stamp.read(Stamp.NONE.write(report)).stamp().report());
  }
}
