package io.cattleguard.app.sensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Severity;
import io.cattleguard.events.heartbeat.SensorHeartbeat;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class LatestHeartbeatsTest {
  private static final Instant NOW = Instant.parse("2026-03-02T09:15:00Z");

  private final LatestHeartbeats latest = new LatestHeartbeats();

  static SensorHeartbeat heartbeat(String node, long waiting, String... failing) {
    return new SensorHeartbeat(
        "blue",
        node,
        "1.0",
        NOW,
        10,
        9,
        waiting,
        0,
        Map.of(Severity.LOW, 0L),
        0,
        1,
        1,
        1,
        List.of(),
        new SensorHeartbeat.Condition(0, 100, 0, List.of(failing), 0));
  }

  private List<Long> waiting() {
    return latest.all(NOW).stream().map(one -> one.heartbeat().waiting()).toList();
  }

  @Test
  void theLatestOfASensorCounts() {
    latest.add(heartbeat("a", 1), NOW, Optional.empty());
    latest.add(heartbeat("a", 2), NOW.plusSeconds(60), Optional.empty());
    latest.add(heartbeat("a", 3), NOW.plusSeconds(30), Optional.empty());
    assertEquals(List.of(2L), waiting());
  }

  @Test
  void aClientWithoutProofDoesNotSpeakForASensorThatHasIt() {
    latest.add(heartbeat("a", 1), NOW, Optional.of(true));
    latest.add(heartbeat("a", 2), NOW.plusSeconds(60), Optional.of(false));
    assertEquals(List.of(1L), waiting());
    latest.add(heartbeat("a", 3), NOW.plusSeconds(86_399), Optional.of(false));
    assertEquals(List.of(1L), waiting(), "a silent sensor shows");
    latest.add(heartbeat("a", 3), NOW.plusSeconds(86_400), Optional.of(false));
    assertEquals(List.of(3L), waiting(), "the node's own has been silent for a day");
  }

  @Test
  void manyNamesOfAClientWithoutProofPushOutNoSensorThatHasIt() {
    latest.add(heartbeat("real", 1), NOW.minusSeconds(60), Optional.of(true));
    for (int one = 0; one < LatestHeartbeats.MOST + 10; one++) {
      latest.add(heartbeat("fake-" + one, 0), NOW, Optional.of(false));
    }
    List<SensorState> all = latest.all(NOW);
    assertEquals(LatestHeartbeats.MOST, all.size());
    assertTrue(all.stream().anyMatch(one -> one.heartbeat().node().equals("real")));
  }

  @Test
  void aSensorThatReportsRarelyIsNotSilentBetweenItsHeartbeats() {
    SensorHeartbeat.Condition every20Minutes =
        new SensorHeartbeat.Condition(0, 100, 0, List.of(), 0, 1_200);
    SensorHeartbeat.Condition everySecond =
        new SensorHeartbeat.Condition(0, 100, 0, List.of(), 0, 1);
    SensorState rare = new SensorState(with(every20Minutes), NOW, Optional.empty());
    SensorState often = new SensorState(with(everySecond), NOW, Optional.empty());
    assertFalse(rare.isSilent(NOW.plusSeconds(3_600)));
    assertTrue(rare.isSilent(NOW.plusSeconds(3_601)));
    assertFalse(often.isSilent(NOW.plusSeconds(180)), "a rollout is no silence");
    assertTrue(often.isSilent(NOW.plusSeconds(181)));
    assertEquals(rare.heartbeat(), SensorState.read(rare.json(NOW)).heartbeat());
  }

  private static SensorHeartbeat with(SensorHeartbeat.Condition condition) {
    SensorHeartbeat one = heartbeat("a", 0);
    return new SensorHeartbeat(
        one.cluster(),
        one.node(),
        one.version(),
        one.observedAt(),
        one.received(),
        one.sent(),
        one.waiting(),
        one.waitingBytes(),
        one.shed(),
        one.lost(),
        one.cpuSeconds(),
        one.cpuPercent(),
        one.residentBytes(),
        one.exceeded(),
        condition);
  }

  @Test
  void aHeartbeatIsOfTheClusterThatItsSourceProves() {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("source", "cattleguard.sensor.blue").set("detail", heartbeat("a", 7).write());
    latest.addEvent(event, NOW);
    event.put("source", "cattleguard.sensor.green");
    latest.addEvent(event, NOW.plusSeconds(60));
    event.put("source", "someone.else");
    latest.addEvent(event, NOW.plusSeconds(60));
    assertEquals(List.of(7L), waiting());
    assertEquals(NOW, latest.all(NOW).getFirst().receivedAt(), "green does not speak for blue");
    assertTrue(
        latest.impostors().orElseThrow().startsWith("1 heartbeat names a cluster for which"));
  }

  @Test
  void whatIsWrongIsSaidAndReadBackAsItWas() {
    SensorState sick =
        new SensorState(heartbeat("a", 1, "sending", "disk"), NOW, Optional.of(true));
    assertEquals(
        List.of("cannot send alerts", "disk fails"), sick.troubles(NOW), "also of a newer sensor");
    assertEquals(sick, SensorState.read(sick.json(NOW)));
    assertFalse(sick.isSilent(NOW.plusSeconds(300)));
    assertTrue(sick.isSilent(NOW.plusSeconds(301)));
    assertTrue(sick.line(NOW.plusSeconds(301)).startsWith("SILENT  blue/a  version 1.0"));
  }
}
