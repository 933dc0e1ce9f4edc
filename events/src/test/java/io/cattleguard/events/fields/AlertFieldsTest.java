package io.cattleguard.events.fields;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.Incident;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Silenced;
import io.cattleguard.events.Target;
import io.cattleguard.events.text.FieldValues;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class AlertFieldsTest {
  private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void everyFieldThatIsWrittenCanBeMatchedAndNoOther() {
    Target target =
        new Target(
            "a",
            "b",
            "c",
            "d",
            "e",
            "f",
            "g",
            "h",
            "i",
            "j",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "q",
            "r",
            List.of("team=payments"));
    Alert alert =
        new Alert(
            "id",
            AlertClass.RUNTIME,
            "falco",
            "rule",
            Severity.HIGH,
            List.of("TA0002"),
            List.of("T1059"),
            List.of("privileged"),
            target,
            new ObservedProcess("a", "b", "c", "d", "e"),
            new ObservedConnection("203.0.113.9", 1, 2, "tcp", "outbound", "c2.example.com"),
            "/etc/shadow",
            AT,
            1,
            List.of("note"),
            "{}",
            "title",
            List.of("instance/i-0123456789abcdef0"));
    ScoredAlert scored =
        new ScoredAlert(
            new AcceptedAlert(
                alert,
                "f",
                Acceptance.OPENED,
                1,
                AT,
                AT,
                1,
                1,
                new Silenced("s", "r", true, 80, AT)),
            5,
            List.of(new Points(5, "why")),
            new Incident(
                "i",
                AT,
                "workload d/g in a",
                List.of("why"),
                List.of(new Incident.Step(AT, "falco", "rule", Severity.HIGH, List.of("TA0002"))),
                List.of("j")));
    ResponseDecided decided =
        new ResponseDecided(
            scored, "p", "a", "t", ResponseOutcome.REFUSED, List.of("o"), "e", AT, AT);

    Set<String> written = new TreeSet<>();
    paths("", decided.write(), written);
    written.remove("alert.raw");

    assertEquals(new TreeSet<>(AlertFields.DECIDED), written);
    types("", decided.write());
  }

  /** Each field has the type that a pattern may expect. */
  private static void types(String path, JsonNode node) {
    if (node.isObject()) {
      node.properties()
          .forEach(
              field ->
                  types(
                      path.isEmpty() ? field.getKey() : path + "." + field.getKey(),
                      field.getValue()));
    } else if (node.isArray()) {
      node.forEach(member -> types(path, member));
    } else {
      assertEquals(FieldTypes.NUMBERS.containsKey(path), node.isNumber(), path);
      assertEquals(FieldTypes.FLAGS.contains(path), node.isBoolean(), path);
    }
  }

  private static void paths(String path, JsonNode node, Set<String> paths) {
    if (node.isObject()) {
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        paths(
            path.isEmpty() ? field.getKey() : path + "." + field.getKey(), field.getValue(), paths);
      }
    } else if (node.isArray()) {
      node.forEach(member -> paths(path, member, paths));
    } else {
      paths.add(path);
    }
  }

  @Test
  void theClosedListsAreOfFieldsThatExistAndNameEveryValue() {
    assertTrue(AlertFields.DECIDED.containsAll(AlertFields.VALUES.keySet()));
    assertTrue(AlertFields.DECIDED.containsAll(FieldTypes.FORMS.keySet()));
    assertTrue(AlertFields.DECIDED.containsAll(FieldTypes.NUMBERS.keySet()));
    assertTrue(isPossible("alert.severity", "critical"));
    assertFalse(isPossible("alert.severity", "Critical"));
    assertTrue(isPossible("response.outcome", "taken"));
    assertFalse(isPossible("alert.network.direction", "egress"));
  }

  @Test
  void everyAlertHasTheFieldsThatItsSchemaRequires() throws JsonProcessingException {
    JsonNode schema = new ObjectMapper().readTree(ContractFiles.text("schemas", "alert.json"));
    Set<String> required = new TreeSet<>();
    schema.path("required").forEach(field -> required.add("alert." + field.asText()));
    required.remove("alert.raw");

    assertEquals(new TreeSet<>(AlertFields.ALWAYS), required);
  }

  @Test
  void beginningsAndEndsOfIdsAreKnown() {
    FieldValues techniques = FieldValues.TECHNIQUE_IDS;
    for (String possible : List.of("", "4", ".004", "59", "059.004", "T1059")) {
      assertTrue(techniques.isPossibleEnd(possible), possible);
    }
    for (String never : List.of(".4", "t1059", "execution", "1059.0044")) {
      assertFalse(techniques.isPossibleEnd(never), never);
    }
    for (int id = 1; id <= 43; id++) {
      String tactic = "TA%04d".formatted(id);
      if (FieldValues.TACTIC_IDS.isPossible(tactic)) {
        for (int at = 0; at <= tactic.length(); at++) {
          assertTrue(FieldValues.TACTIC_IDS.isPossibleBeginning(tactic.substring(0, at)), tactic);
          assertTrue(FieldValues.TACTIC_IDS.isPossibleEnd(tactic.substring(at)), tactic);
        }
      }
    }
    assertFalse(FieldValues.TACTIC_IDS.isPossibleBeginning("T1"));
    FieldValues closed = FieldValues.of(Set.of("high", "low"));
    assertTrue(closed.isPossibleBeginning("hi") && closed.isPossibleEnd("ow"));
    assertFalse(closed.isPossibleBeginning("ow") || closed.isPossibleEnd("hi"));
  }

  private static FieldValues form(String field) {
    return Optional.ofNullable(FieldTypes.FORMS.get(field)).orElseThrow();
  }

  @Test
  void addressesAndTimesHaveBeginningsAndEnds() {
    FieldValues peer = form("alert.network.peer");
    for (String address :
        List.of("203.0.113.7", "255.255.255.255", "2001:db8::7", "::1", "fe80::1%eth0")) {
      for (int at = 0; at <= address.length(); at++) {
        assertTrue(peer.isPossibleBeginning(address.substring(0, at)), address);
        assertTrue(peer.isPossibleEnd(address.substring(at)), address.substring(at));
      }
    }
    assertFalse(peer.isPossible("256.0.0.1"));
    FieldValues time = form("observedAt");
    String text = "2026-03-02T09:15:00.123Z";
    for (int at = 0; at <= text.length(); at++) {
      assertTrue(time.isPossibleBeginning(text.substring(0, at)), text);
      assertTrue(time.isPossibleEnd(text.substring(at)), text.substring(at));
    }
  }

  @Test
  void tacticsAndTechniquesAreIds() {
    assertTrue(isPossible("alert.tactics", "TA0108"), "of another matrix");
    for (String none : List.of("impact", "TA9999", "TA0000", "TA0012", "TA0044", "TA0120")) {
      assertFalse(isPossible("alert.tactics", none), none);
    }
    assertFalse(isPossible("alert.tactics", "T1059"));
    assertTrue(isPossible("alert.techniques", "T1059.004"));
    assertFalse(isPossible("alert.techniques", "T1059.4"));
    for (String name : List.of("impact", "Impact", "mitre_impact")) {
      assertEquals(Optional.of("TA0040"), FieldValues.TACTIC_IDS.idOf(name));
    }
    assertEquals(Optional.of("TA0011"), FieldValues.TACTIC_IDS.idOf("Command and Control"));
    assertEquals(Optional.empty(), FieldValues.TACTIC_IDS.idOf("TA0040"));
  }

  private static boolean isPossible(String field, String value) {
    return Optional.ofNullable(AlertFields.VALUES.get(field)).orElseThrow().isPossible(value);
  }
}
