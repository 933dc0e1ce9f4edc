package io.cattleguard.events.heartbeat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.ContractViolation;
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
            40, 256 << 20, lost, lost > 0 ? List.of("sending", "spool") : List.of(), lost, 60));
  }

  @Test
  void itsIntervalIsBounded() {
    ObjectNode written = heartbeat(0).write();
    assertEquals(60, written.path("intervalSeconds").asLong());
    for (long said : List.of(Long.MAX_VALUE, Long.MIN_VALUE)) {
      long read =
          SensorHeartbeat.read(written.put("intervalSeconds", said)).condition().intervalSeconds();
      assertEquals(said > 0 ? 3_600 : 0, read, "or a silent sensor would not show");
    }
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

  /** A client with a shared token may send any heartbeat, and a server keeps thousands of them. */
  @Test
  void whatNoSensorSaysIsRejected() {
    for (String field : List.of("node", "cluster", "version")) {
      ObjectNode tooLong = heartbeat(1).write().put(field, "x".repeat(254));
      assertThrows(ContractViolation.class, () -> SensorHeartbeat.read(tooLong), field);
      assertEquals(
          heartbeat(1).lost(), SensorHeartbeat.read(tooLong.put(field, "x".repeat(253))).lost());
    }
    for (String list : List.of("failing", "exceeded")) {
      ObjectNode many = heartbeat(1).write();
      ArrayNode names = many.putArray(list);
      for (int i = 0; i < 16; i++) {
        names.add("sending");
      }
      assertEquals(1, SensorHeartbeat.read(many).lost());
      names.add("sending");
      assertThrows(ContractViolation.class, () -> SensorHeartbeat.read(many), list);
      ObjectNode wide = heartbeat(1).write();
      wide.putArray(list).add("x".repeat(65));
      assertThrows(ContractViolation.class, () -> SensorHeartbeat.read(wide), list);
    }
  }
}
