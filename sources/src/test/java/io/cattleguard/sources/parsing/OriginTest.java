package io.cattleguard.sources.parsing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Alert;
import io.cattleguard.events.SensorSource;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.FalcoEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OriginTest {
  private static final Instant RECEIVED = TestAlerts.AT.plusSeconds(60);

  private static Alert read(Origin origin) {
    return read(origin, TestAlerts.AT);
  }

  private static Alert read(Origin origin, Instant observedAt) {
    String event =
        new FalcoEvent("Terminal shell in container", "Notice").time(observedAt).toString();
    return ((Reading.Read) new AlertReader().read(event, origin)).alert();
  }

  private static Origin withOffset(Duration offset) {
    return new Origin("blue", Optional.empty(), RECEIVED, offset);
  }

  @Test
  void anEventOfAVerifiedNodeIsOfThatNode() {
    Alert alert = read(new Origin("blue", Optional.of("node-b"), RECEIVED, Duration.ZERO));

    assertEquals("node-b", alert.target().node());
    assertTrue(alert.nodeVerified());
    assertEquals(1, alert.notes().size(), alert.notes().toString());
  }

  @Test
  void anEventOfAVerifiedSensorKeepsTheNodeThatItClaims() {
    SensorSource source = SensorSource.read("cattleguard.sensor.blue.security.0b3f.sensor-x2x4k");

    Alert alert = read(Origin.of(source, RECEIVED, Duration.ZERO));

    assertEquals("blue", alert.target().cluster());
    assertEquals("security/0b3f/sensor-x2x4k", alert.target().sensor());
    assertEquals("node-a", alert.target().node());
    assertFalse(alert.nodeVerified());
  }

  @Test
  void withoutCredentialAndClockTheEventIsReadAsItIs() {
    Alert alert = read(new Origin("blue", RECEIVED));

    assertEquals("node-a", alert.target().node());
    assertEquals(TestAlerts.AT, alert.observedAt());
    assertEquals(List.of(), alert.traits());
    assertEquals(List.of(), alert.notes());
  }

  /** The node's clock at the event, the node's clock when it is sent, and the receiver's clock. */
  @ParameterizedTest(name = "a clock {0} s ahead, {1} s on the node, {2} s since: {3} s old")
  @CsvSource({
    "0,     0,    0,   0",
    "0,     300,  0,   300",
    "120,   3,    0,   3",
    "120,   3,    40,  43",
    "-600,  3,    0,   3",
    "-600,  900,  40,  940",
    "-899,  3,    0,   3"
  })
  void anAlertsAgeIsItsTimeOnTheNodeByItsClockAndItsTimeSinceByOurs(
      long ahead, long onNode, long since, long age) {
    Instant observedAt = TestAlerts.AT.plusSeconds(ahead);
    Instant sentAt = observedAt.plusSeconds(onNode);
    Instant receivedAt = TestAlerts.AT.plusSeconds(onNode);

    Alert alert = read(withOffset(Origin.clockOffset(sentAt, receivedAt)), observedAt);

    Instant now = receivedAt.plusSeconds(since);
    assertEquals(Duration.ofSeconds(age), Duration.between(alert.observedAt(), now));
    assertEquals(ahead == 0 ? 0 : 1, alert.notes().size(), alert.notes().toString());
  }

  @ParameterizedTest(name = "sent {0} s before the receipt")
  @CsvSource({"901", "86400", "-901", "-86400", "1", "-1"})
  void anOffsetThatIsTooLargeToBeAClocksOrTooSmallToMatterIsNotCorrected(long before) {
    assertEquals(Duration.ZERO, Origin.clockOffset(RECEIVED.minusSeconds(before), RECEIVED));
  }

  @Test
  void anEntryOfYesterdayThatIsSentAgainIsStillOfYesterday() {
    Instant yesterday = RECEIVED.minus(Duration.ofDays(1));

    Alert alert = read(withOffset(Origin.clockOffset(yesterday, RECEIVED)), yesterday);

    assertEquals(yesterday, alert.observedAt());
  }

  @Test
  void theFarthestTimesAreNoOffset() {
    assertEquals(Duration.ZERO, Origin.clockOffset(Instant.MIN, Instant.MAX));
    assertEquals(Duration.ZERO, Origin.clockOffset(Instant.MAX, Instant.MIN));
  }

  @Test
  void theNoteDoesNotChangeWithEverySecondBecauseAlertsWithOtherNotesAreNotFolded() {
    assertEquals(
        read(withOffset(Duration.ofSeconds(601))).notes(),
        read(withOffset(Duration.ofSeconds(602))).notes());
    assertEquals(
        List.of("observedAt: corrected, because the node's clock is about 2 min fast"),
        read(withOffset(Duration.ofSeconds(-125))).notes());
  }
}
