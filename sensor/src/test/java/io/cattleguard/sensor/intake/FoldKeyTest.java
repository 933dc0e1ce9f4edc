package io.cattleguard.sensor.intake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.fields.AlertFields;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FoldKeyTest {
  private static final Instant AT = Instant.parse("2026-03-02T11:00:00Z");
  private static final Set<String> WHEN_AND_HOW_OFTEN =
      Set.of("alert.id", "alert.observedAt", "alert.count");

  /** Another valid value for fields that do not accept every text. */
  private static final Map<String, String> OTHERWISE =
      Map.of(
          "alert.class", "audit",
          "alert.severity", "low",
          "alert.tactics", "TA0005",
          "alert.techniques", "T1611",
          "alert.network.direction", "inbound");

  private static final Alert ALERT =
      new Alert(
          "id",
          AlertClass.RUNTIME,
          "falco",
          "Terminal shell in container",
          Severity.HIGH,
          List.of("TA0002"),
          List.of("T1059"),
          List.of("privileged"),
          new Target(
              "blue",
              "node-a",
              "cattleguard/0b3f/sensor-x2x4k",
              "shop",
              "web-1",
              "uid",
              "Deployment/web",
              "3f1c2ab97d10",
              "nginx",
              "image",
              "111122223333",
              "eu-central-1",
              "i-0123456789abcdef0",
              "sg-1",
              "someone",
              "IAMUser",
              "AKIAIOSFODNN7EXAMPLE",
              "arn:aws:s3:::example",
              List.of("team=payments")),
          new ObservedProcess("/bin/sh", "sh", "sh -c id", "nginx", "root"),
          new ObservedConnection("203.0.113.7", 4444, 40_000, "tcp", "outbound", "c2.example.com"),
          "/etc/shadow",
          AT,
          1,
          List.of("proc.tty is no number"),
          "{}",
          "someone opened a shell",
          List.of("instance/i-0123456789abcdef0"));

  static Stream<String> fieldsThatAPolicySees() {
    return AlertFields.ALERT.stream().filter(field -> !WHEN_AND_HOW_OFTEN.contains(field)).sorted();
  }

  @ParameterizedTest
  @MethodSource("fieldsThatAPolicySees")
  void alertsThatDifferInAnythingAPolicySeesTravelApart(String field) {
    assertNotEquals(FoldKey.of(ALERT), FoldKey.of(changed(field)), field);
  }

  @ParameterizedTest
  @ValueSource(strings = {"alert.id", "alert.observedAt"})
  void theSameAgainIsFolded(String field) {
    assertEquals(FoldKey.of(ALERT), FoldKey.of(changed(field)));
  }

  @Test
  void thePortOfACallerIsNewEachTimeAndTellsNothing() {
    assertEquals(FoldKey.of(called(40_001)), FoldKey.of(called(40_002)));
  }

  @Test
  void noTextPassesForTheEndOfOneFieldAndTheNext() {
    assertNotEquals(FoldKey.of(process("a\n1:b", "c")), FoldKey.of(process("a", "b\n1:c")));
    assertNotEquals(FoldKey.of(process("a", null)), FoldKey.of(process("a", "\u0001")));
  }

  private static Alert process(String name, @Nullable String commandLine) {
    return with(new ObservedProcess(null, name, commandLine, null, null), ALERT.network());
  }

  private static Alert called(int port) {
    return with(ALERT.process(), new ObservedConnection("203.0.113.7", port, "tcp", "inbound"));
  }

  private static Alert with(ObservedProcess process, ObservedConnection network) {
    return new Alert(
        ALERT.id(),
        ALERT.alertClass(),
        ALERT.source(),
        ALERT.rule(),
        ALERT.severity(),
        ALERT.tactics(),
        ALERT.techniques(),
        ALERT.traits(),
        ALERT.target(),
        process,
        network,
        ALERT.file(),
        ALERT.observedAt(),
        ALERT.count(),
        ALERT.notes(),
        ALERT.raw(),
        null,
        List.of());
  }

  private static Alert changed(String field) {
    ObjectNode json = AlertJson.write(ALERT);
    String[] path = field.substring("alert.".length()).split("\\.", -1);
    ObjectNode parent = json;
    for (int i = 0; i < path.length - 1; i++) {
      parent = (ObjectNode) parent.get(path[i]);
    }
    String key = path[path.length - 1];
    JsonNode before = parent.path(key);
    String otherwise = OTHERWISE.getOrDefault(field, "something else");
    if (before instanceof ArrayNode array) {
      array.removeAll().add(otherwise);
    } else if (before.isNumber()) {
      parent.put(key, 4445);
    } else if (key.equals("observedAt")) {
      parent.put(key, AT.plusSeconds(1).toString());
    } else {
      parent.put(key, otherwise);
    }
    Alert changed = AlertJson.readAlert(json);
    assertNotEquals(ALERT, changed, field + " is not written or not read");
    return changed;
  }
}
