package io.cattleguard.edge.pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
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
    Map<String, EventPattern> patterns =
        Map.of(
            "runtime", EventPattern.compile(json("{\"alert\":{\"class\":[\"runtime\"]}}")),
            "serious", EventPattern.compile(json("{\"score\":[{\"numeric\":[\">=\",80]}]}")),
            "audit", EventPattern.compile(json("{\"alert\":{\"class\":[\"audit\"]}}")));

    assertEquals(
        new TreeSet<>(List.of("runtime", "serious")),
        new TreeSet<>(new PatternSet(patterns).matching(json(EVENT))));
    assertTrue(new PatternSet(Map.of()).matching(json(EVENT)).isEmpty());
  }
}
