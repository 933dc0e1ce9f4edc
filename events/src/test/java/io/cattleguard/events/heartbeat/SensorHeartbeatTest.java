package io.cattleguard.events.heartbeat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.cattleguard.events.Severity;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SensorHeartbeatTest {
  private static SensorHeartbeat heartbeat(long lost) {
    return new SensorHeartbeat(
        "blue",
        "node-a",
        "0.1.0",
        Instant.parse("2026-03-02T11:00:00Z"),
        10,
        5,
        3,
        300,
        Map.of(Severity.LOW, 1L),
        lost,
        1.5,
        0.5,
        1 << 20,
        List.of(),
        new SensorHeartbeat.Condition(
            40, 256 << 20, lost, lost > 0 ? List.of("sending", "spool") : List.of(), lost));
  }

  @Test
  void itSaysHowManyAlertsDamageTookAndNothingIfThereAreNone() {
    assertEquals(7, heartbeat(7).write().path("lost").asLong());
    assertEquals(heartbeat(7).lost(), SensorHeartbeat.read(heartbeat(7).write()).lost());
    assertFalse(heartbeat(0).write().has("lost"));
    assertEquals(0, SensorHeartbeat.read(heartbeat(0).write()).lost());
  }

  @Test
  void itSaysWhatFails() {
    assertEquals(heartbeat(7), SensorHeartbeat.read(heartbeat(7).write()));
    assertFalse(heartbeat(0).write().has("failing"));
    assertEquals(7, heartbeat(7).write().path("learningDropped").asLong());
    assertFalse(heartbeat(0).write().has("learningDropped"));
    assertEquals(heartbeat(0), SensorHeartbeat.read(heartbeat(0).write()));
  }
}
