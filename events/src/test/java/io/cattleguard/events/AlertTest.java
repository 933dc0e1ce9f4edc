package io.cattleguard.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AlertTest {
  private static final Alert ALERT = TestAlerts.terminalShell("one");

  @Test
  void aVerifiedNodeReplacesTheOneThatTheEventNames() {
    Alert verified = ALERT.seenOnNode("node-b");

    assertFalse(ALERT.nodeVerified());
    assertTrue(verified.nodeVerified());
    assertEquals("node-b", verified.target().node());
    assertEquals(
        List.of(
            "node: the event names node-a, but the sender's credential proves that it comes from"
                + " node-b"),
        verified.notes());
    assertEquals(ALERT.target().toBuilder().node("node-b").build(), verified.target());
    assertEquals(ALERT.raw(), verified.raw());
    assertEquals(verified, AlertJson.readAlert(AlertJson.write(verified)));
  }

  @Test
  void aVerifiedNodeThatTheEventNamesTooNeedsNoNote() {
    assertEquals(List.of(), ALERT.seenOnNode("node-a").notes());
  }

  @Test
  void anObjectIsAnotherOneWhenAnotherNodeNamesIt() {
    Alert own = ALERT.seenOnNode("node-a");

    assertEquals(TargetKey.of(ALERT.target()), TargetKey.of(ALERT));
    assertEquals(TargetKey.of(own), TargetKey.of(own.withCount(2)));
    assertNotEquals(TargetKey.of(own), TargetKey.of(ALERT.seenOnNode("node-b")));
  }

  @Test
  void anObjectIsAnotherOneWhenASensorOfAnotherPodNamesIt() {
    Alert own = ALERT.sentBy(new SensorSource.Pod("cattleguard", "0b3f", "sensor-x2x4k"));
    Alert other = ALERT.sentBy(new SensorSource.Pod("cattleguard", "7c8d", "sensor-x2x4k"));

    assertEquals("cattleguard/0b3f/sensor-x2x4k", own.target().sensor());
    assertEquals("node-a", own.target().node());
    assertFalse(own.nodeVerified());
    assertEquals(TargetKey.of(own), TargetKey.of(own.withCount(2)));
    assertNotEquals(TargetKey.of(own), TargetKey.of(ALERT));
    assertNotEquals(TargetKey.of(own), TargetKey.of(other));
    assertEquals(own, AlertJson.readAlert(AlertJson.write(own)));
  }

  @Test
  void onlyItsTimeIsAnother() {
    Instant later = TestAlerts.AT.plusSeconds(9);

    assertEquals(later, ALERT.observedAt(later).observedAt());
    assertEquals(ALERT, ALERT.observedAt(later).observedAt(TestAlerts.AT));
  }
}
