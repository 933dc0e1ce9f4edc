package io.cattleguard.sources;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.DetailType;
import io.cattleguard.sources.recording.RecordedEvent;
import io.cattleguard.sources.recording.RecordedEvents;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;

/** Matches every sample with every EventBridge pattern, with AWS's own engine. */
final class PatternsTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int EVENTBRIDGE_LIMIT = 2_048;
  private static final Map<String, Machine> PATTERNS = new LinkedHashMap<>();
  private static final JsonNode CASES = ContractFiles.json("samples", "cases.json");

  @BeforeAll
  static void compile() throws Exception {
    for (String file : ContractFiles.names("patterns")) {
      Machine machine = Machine.builder().build();
      machine.addRule("rule", ContractFiles.text("patterns", file));
      PATTERNS.put(file.replace(".json", ""), machine);
    }
  }

  static Stream<String> patterns() {
    return ContractFiles.names("patterns").stream();
  }

  static Stream<String> samples() {
    return ContractFiles.names("samples").stream().filter(name -> !name.equals("cases.json"));
  }

  @ParameterizedTest
  @MethodSource("patterns")
  void everyPatternIsOneThatEventBridgeTakes(String file) throws Exception {
    String pattern = ContractFiles.text("patterns", file);
    assertNull(JsonRuleCompiler.check(pattern));
    assertTrue(pattern.length() <= EVENTBRIDGE_LIMIT, pattern.length() + " characters");
  }

  @ParameterizedTest
  @MethodSource("samples")
  void everySampleMatchesTheseAndNoOtherPatterns(String sample) throws Exception {
    assertTrue(CASES.has(sample), "cases.json has no line for it; [] says that none must match");
    List<String> expected = new ArrayList<>();
    CASES.get(sample).forEach(name -> expected.add(name.asText()));
    assertTrue(PATTERNS.keySet().containsAll(expected), "cases.json names a pattern there is not");
    for (RecordedEvent event : RecordedEvents.split(ContractFiles.text("samples", sample))) {
      if (isJson(event.text())) {
        assertEquals(new TreeSet<>(expected), matching(event.text()), sample + ":" + event.line());
      }
    }
  }

  @Test
  void casesNameOnlySamplesThatThereAre() {
    Set<String> named = new TreeSet<>();
    CASES.fieldNames().forEachRemaining(named::add);
    assertEquals(new TreeSet<>(samples().toList()), named);
  }

  @Test
  void everyPatternHasASampleThatMatchesIt() {
    Set<String> matched = new TreeSet<>();
    CASES.forEach(names -> names.forEach(name -> matched.add(name.asText())));
    assertEquals(new TreeSet<>(PATTERNS.keySet()), matched);
  }

  @Test
  void promise8ReplayedEventsNeverReachRespond() throws Exception {
    ObjectNode scored = (ObjectNode) ContractFiles.json("samples", "v1/alert-scored.json");
    assertTrue(matching(scored.toString()).contains("respond-kubernetes"));
    scored.put("replay-name", "rehearsal");
    assertFalse(matching(scored.toString()).contains("respond-kubernetes"));
  }

  /** Which responder receives an alert, by the object that the alert names. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a sensor's alert about a pod                 | cluster pod              |"
            + " respond-kubernetes",
        "a sensor's alert about a node                | cluster node             |"
            + " respond-kubernetes",
        "a finding about an instance                  | account instance         | respond-aws",
        "a finding about a pod and its instance       | account pod instance     | both",
        "a finding that a sensor sends on             | cluster account instance | both",
        "an alert that names nothing                  | node                     |"
            + " respond-kubernetes",
        "the canary, on which ended leases wait       | cluster=canary pod       | both",
      })
  void anAlertReachesEachResponderThatCouldActOnIt(String sentence, String names, String responders)
      throws Exception {
    ObjectNode scored = ContractFiles.json("samples", "v1/alert-scored.json").deepCopy();
    ObjectNode target = ((ObjectNode) scored.path("detail").path("alert")).putObject("target");
    for (String name : names.split(" ", -1)) {
      String[] field = name.split("=", -1);
      target.put(field[0], field.length == 1 ? "x" : field[1]);
    }

    Set<String> matching = matching(scored.toString());
    matching.removeIf(step -> !step.startsWith("respond-"));

    assertEquals(
        responders.equals("both")
            ? Set.of("respond-kubernetes", "respond-aws")
            : Set.of(responders),
        matching,
        sentence);
  }

  @Test
  void noEventGoesRoundForEver() throws Exception {
    for (String sample : samples().filter(name -> name.startsWith("v1/")).toList()) {
      ObjectNode event = (ObjectNode) ContractFiles.json("samples", sample);
      ((ObjectNode) event.get("detail")).put("hops", 8);
      assertEquals(Set.of(), matching(event.toString()), sample);
    }
  }

  @Test
  void whatAStepPublishesDoesNotComeBackToIt() throws Exception {
    for (DetailType type : DetailType.values()) {
      String name = type.wireName().toLowerCase(Locale.ROOT).replace(' ', '-');
      ObjectNode event = (ObjectNode) ContractFiles.json("samples", "v1/" + name + ".json");
      String step = event.path("source").asText().replace("cattleguard.", "");
      assertTrue(
          matching(event.toString()).stream().noneMatch(reader -> reader.startsWith(step)),
          type.wireName());
    }
  }

  /** An event on a bus is always JSON. */
  private static boolean isJson(String text) {
    try {
      return JSON.readTree(text).isObject();
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  private static Set<String> matching(String event) throws Exception {
    Set<String> names = new TreeSet<>();
    for (Map.Entry<String, Machine> pattern : PATTERNS.entrySet()) {
      if (!pattern.getValue().rulesForJSONEvent(event).isEmpty()) {
        names.add(pattern.getKey());
      }
    }
    return names;
  }
}
