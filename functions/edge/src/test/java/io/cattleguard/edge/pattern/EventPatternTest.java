package io.cattleguard.edge.pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EventPatternTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String EVENT =
      """
      {"alert": {"class": "runtime", "techniques": ["T1059", "T1611"],
                 "target": {"namespace": "shop", "image": "registry.example.com/web:1.4"},
                 "network": {"peer": "198.51.100.7", "port": 4444}},
       "score": 85}
      """;

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'alert': {'class': ['runtime', 'audit']}} | -",
        "{'alert': {'techniques': ['T1611']}} | -",
        "{'score': [{'numeric': ['>=', 80]}]} | -",
        "{'score': [{'numeric': ['>=', 90]}]} | score is 85, needs >= 90",
        "{'score': [{'numeric': ['>', 10, '<', 20]}]} | score is 85, needs > 10 and < 20",
        "{'alert': {'target': {'pod': [{'exists': true}]}}} | alert.target.pod is absent, needs any"
            + " value",
        "{'alert': {'class': [{'exists': false}]}} | alert.class is 'runtime', needs no value",
        "{'alert': {'class': [{'prefix': 'a'}, 'health']}} | alert.class is 'runtime', needs prefix"
            + " 'a' or 'health'",
        "{'alert': {'class': [{'anything-but': ['runtime']}]}} | alert.class is 'runtime', needs"
            + " anything-but ['runtime']",
        "{'score': ['85']} | score is 85, needs '85'",
        "{'alert': {'target': {'image': [{'prefix': 'registry.example.com/'}]}}} | -",
        "{'alert': {'target': {'pod': [{'exists': false}]}}} | -",
        "{'alert': {'target': {'pod': ['web-0']}}} | alert.target.pod is absent, needs 'web-0'",
        "{'alert': {'network': {'peer': [{'cidr': '198.51.100.0/24'}]}}} | -",
        "{'alert': {'network': {'peer': [{'cidr': '192.0.2.0/24'}]}}} | alert.network.peer is"
            + " '198.51.100.7', needs cidr '192.0.2.0/24'",
        "{'$or': [{'score': [1]}, {'alert': {'class': ['runtime']}}]} | -",
        "{'$or': [{'score': [1]}, {'score': [2]}]} | $or: no match of"
            + " [{'score':[1]},{'score':[2]}]",
        "{'alert': {'$or': [{'class': ['audit']}, {'rule': ['x']}]}} | alert.$or: no match of"
            + " [{'class':['audit']},{'rule':['x']}]",
      })
  void aPatternMatchesOrSaysWhatItMisses(String pattern, String unmet) {
    EventPattern compiled = EventPattern.compile(json(pattern.replace('\'', '"')));

    assertEquals(
        unmet.equals("-") ? List.of() : List.of(unmet.replace('\'', '"')),
        compiled.unmet(json(EVENT)));
    assertEquals(unmet.equals("-"), compiled.matches(json(EVENT)));
  }

  /** Otherwise the pattern would fail for each alert, and not when the policy is read. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'score': [{'anything-but': {'wildcard': []}}]}",
        "{'score': [{'anything-but': {'equals-ignore-case': []}}]}",
        "{'$or': [{'score': [1]}, {'alert': {'class': [{'anything-but': {'prefix': []}}]}}]}",
      })
  void anEmptyListThatNoMachineTakesIsNotCompiled(String pattern) {
    JsonNode empty = json(pattern.replace('\'', '"'));

    assertThrows(IllegalArgumentException.class, () -> EventPattern.compile(empty));
  }

  @Test
  void moreFieldsThanAMachineTakesAreNotCompiled() {
    ObjectNode fields = JSON.createObjectNode();
    for (int i = 0; i < 256; i++) {
      fields.putArray("field" + i).add("value");
    }
    assertFalse(EventPattern.compile(fields).matches(json(EVENT)), "as many as a machine takes");
    fields.putArray("one more").add("value");

    assertThrows(IllegalArgumentException.class, () -> EventPattern.compile(fields));
  }

  @Test
  void eachConditionThatFailsIsNamedAndNoOther() {
    EventPattern pattern =
        EventPattern.compile(
            json("{\"score\":[1],\"alert\":{\"class\":[\"runtime\"],\"rule\":[\"x\"]}}"));

    assertEquals(
        List.of("score is 85, needs 1", "alert.rule is absent, needs \"x\""),
        pattern.unmet(json(EVENT)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"a\": \"text\"}",
        "{\"a\": []}",
        "{\"a\": [{\"prefix\": 1}]}",
        "{\"a\": [{\"numeric\": [\">>\", 1]}]}",
        "{\"a\": [{\"no-such-matcher\": 1}]}",
        "{\"a\": [{\"cidr\": \"not-an-address\"}]}"
      })
  void whatIsNoPatternIsRefused(String pattern) {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> EventPattern.compile(json(pattern)));
    assertFalse(String.valueOf(refusal.getMessage()).isEmpty());
  }

  @Test
  void manyPatternsMatchAsEachWouldByItself() {
    List<EventPattern> patterns =
        Stream.of(
                "{\"score\":[{\"numeric\":[\">=\",80]}]}",
                "{\"alert\":{\"class\":[\"audit\"]}}",
                "{\"alert\":{\"class\":[\"runtime\"]}}",
                "{\"alert\":{\"class\":[\"runtime\",\"audit\"]},"
                    + " \"score\":[{\"numeric\":[\">=\",60]}]}",
                "{\"alert\":{\"class\":[{\"anything-but\":[\"audit\"]}]}}",
                "{\"alert\":{\"target\":{\"pod\":[{\"exists\":false}]}}}",
                "{\"alert\":{\"techniques\":[{\"prefix\":\"T1059\"}, {\"prefix\":\"T1496\"}]}}",
                "{\"$or\":[{\"score\":[{\"numeric\":[\"<\",10]}]},"
                    + " {\"alert\":{\"techniques\":[{\"prefix\":\"T1611\"}]}}]}",
                "{\"reasons\":{\"points\":[10],\"why\":[{\"prefix\":\"second\"}]}}")
            .map(text -> EventPattern.compile(json(text)))
            .toList();
    PatternSet<EventPattern> set = new PatternSet<>(patterns, one -> one);
    List<String> classes = List.of("", "\"class\":\"runtime\",", "\"class\":\"audit\",");
    List<String> techniques = List.of("", "\"T1059.004\"", "\"T1496\",\"T1611\"");
    int matches = 0;
    for (int score : new int[] {0, 60, 85}) {
      for (String alertClass : classes) {
        for (String technique : techniques) {
          for (String pod : List.of("", "\"pod\":\"web-1\"")) {
            for (String why : List.of("first", "second")) {
              JsonNode event =
                  json(
                      "{\"score\":%d,\"alert\":{%s\"techniques\":[%s],\"target\":{%s}},"
                              .formatted(score, alertClass, technique, pod)
                          + "\"reasons\":[{\"points\":10,\"why\":\"%s\"},".formatted(why)
                          + "{\"points\":5,\"why\":\"second of two\"}]}");
              List<EventPattern> alone =
                  patterns.stream().filter(pattern -> pattern.matches(event)).toList();

              assertEquals(alone, set.matching(event), event::toString);
              matches += alone.size();
            }
          }
        }
      }
    }
    assertTrue(matches > 100, "only " + matches + " matches");
    assertTrue(new PatternSet<EventPattern>(List.of(), one -> one).matching(json(EVENT)).isEmpty());
  }

  @Test
  void setsWithTheSamePatternsShareAMachineAndNotTheirObjects() {
    List<EventPattern> patterns =
        List.of(
            EventPattern.compile(json("{\"score\":[{\"numeric\":[\">=\",70]}]}")),
            EventPattern.compile(json("{\"score\":[{\"numeric\":[\">=\",60]}]}")));
    PatternSet<Integer> ones = new PatternSet<>(List.of(0, 1), patterns::get);
    PatternSet<Integer> others = new PatternSet<>(List.of(1, 0), one -> patterns.get(1 - one));
    JsonNode event = json("{\"score\":65}");

    assertEquals(List.of(1), ones.matching(event));
    assertEquals(List.of(0), others.matching(event));
    PatternSet<Integer> reversed = new PatternSet<>(List.of(1, 0), patterns::get);
    assertEquals(List.of(1), reversed.matching(event));
    assertEquals(List.of(1, 0), reversed.matching(json("{\"score\":70}")));
  }

  @Test
  void aPatternThatIsReadAgainIsNotCompiledAgainWhateverBecameOfItsSource() {
    ObjectNode source = (ObjectNode) json("{\"a\":[\"kept\"]}");
    EventPattern pattern = EventPattern.compile(source);
    source.putArray("a").add("changed");

    assertSame(pattern, EventPattern.compile(json("{\"a\":[\"kept\"]}")));
    assertTrue(pattern.matches(json("{\"a\":\"kept\"}")));
    assertFalse(pattern.matches(json("{\"a\":\"changed\"}")));
    assertNotSame(pattern, EventPattern.compile(source));
  }

  @Test
  void onlyTheMostRecentlyUsedResultsAreKept() {
    Recent<Integer, Object> recent = new Recent<>(2);
    Object one = recent.get(1, Object::new);
    Object two = recent.get(2, Object::new);
    assertSame(one, recent.get(1, Object::new));
    recent.get(3, Object::new);

    assertSame(one, recent.get(1, Object::new));
    assertNotSame(two, recent.get(2, Object::new));
  }
}
