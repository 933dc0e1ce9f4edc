package io.cattleguard.deduplicate.silence;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertFields;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.Fingerprint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The pattern of what hides alerts, and what it is matched with. */
public final class HidingPattern {
  /** The fields that a pattern may use. Counts, objects and scores are not known yet. */
  public static final Set<String> FIELDS =
      Stream.concat(
              AlertFields.notChosenByThePod(AlertFields.ALERT).stream()
                  .filter(field -> !field.equals("alert.notes")),
              Stream.of("fingerprint"))
          .collect(Collectors.toUnmodifiableSet());

  /** A wildcard with fewer fixed characters may match any text. */
  private static final int FIXED_CHARACTERS = 3;

  /** Fields that say how bad an alert is or where its sensor lives, not what it is about. */
  private static final Set<String> BROAD =
      Set.of(
          "alert.class",
          "alert.source",
          "alert.severity",
          "alert.tactics",
          "alert.traits",
          "alert.count",
          "alert.observedAt",
          "alert.target.cluster",
          "alert.target.region");

  private HidingPattern() {}

  /** What patterns are matched with: the alert without its raw text, and its fingerprint. */
  public static ObjectNode matchable(Alert alert) {
    return AlertJson.matchable(alert).put("fingerprint", Fingerprint.of(alert));
  }

  /**
   * Compiles a pattern in JSON.
   *
   * @throws IllegalArgumentException if it is none, or uses a field or value that no alert has
   */
  static EventPattern compile(String json) {
    try {
      return PolicyNode.read("pattern", json)
          .orElseThrow(() -> new IllegalArgumentException("the pattern is empty"))
          .pattern(FIELDS, AlertFields.VALUES);
    } catch (PolicyException e) {
      throw new IllegalArgumentException(
          e.errors().stream().map(error -> error.message()).collect(Collectors.joining("; ")), e);
    }
  }

  /** The pattern of one problem. */
  public static ObjectNode ofProblem(String fingerprint) {
    ObjectNode pattern = com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode();
    pattern.putArray("fingerprint").add(fingerprint);
    return pattern;
  }

  /** The pattern of several problems. */
  public static ObjectNode ofProblems(Collection<String> fingerprints) {
    ObjectNode pattern = com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode();
    fingerprints.forEach(pattern.putArray("fingerprint")::add);
    return pattern;
  }

  /** The problems that a pattern names one by one; empty if it may match others too. */
  static List<String> problems(JsonNode pattern) {
    JsonNode named = pattern.path("fingerprint");
    List<String> problems = new ArrayList<>();
    for (JsonNode one : named) {
      if (!one.isTextual()) {
        return List.of();
      }
      problems.add(one.textValue());
    }
    return problems;
  }

  /**
   * Whether a pattern names what it is about: a problem, a rule, an object, a process, a peer, a
   * file. Severity, class, source and cluster alone would hide whatever comes.
   */
  static boolean isNarrow(JsonNode pattern) {
    return isNarrow(pattern, "");
  }

  private static boolean isNarrow(JsonNode pattern, String path) {
    for (Map.Entry<String, JsonNode> field : pattern.properties()) {
      JsonNode value = field.getValue();
      if (field.getKey().equals("$or")) {
        if (!value.isEmpty() && all(value, branch -> isNarrow(branch, path))) {
          return true;
        }
      } else if (value.isObject()) {
        if (isNarrow(value, path + field.getKey() + ".")) {
          return true;
        }
      } else if (!BROAD.contains(path + field.getKey())
          && !value.isEmpty()
          && all(value, HidingPattern::isFixed)) {
        return true;
      }
    }
    return false;
  }

  private static boolean all(JsonNode list, java.util.function.Predicate<JsonNode> test) {
    for (JsonNode one : list) {
      if (!test.test(one)) {
        return false;
      }
    }
    return true;
  }

  /** Whether an alternative of a field matches few values. */
  private static boolean isFixed(JsonNode alternative) {
    if (!alternative.isObject()) {
      return !alternative.isNull() && !alternative.asText().isEmpty();
    }
    Optional<Map.Entry<String, JsonNode>> matcher = alternative.properties().stream().findFirst();
    return matcher
        .filter(
            entry ->
                switch (entry.getKey()) {
                  case "prefix", "suffix" -> isLong(entry.getValue());
                  case "wildcard" -> isLong(entry.getValue());
                  case "equals-ignore-case" -> !entry.getValue().asText().isEmpty();
                  case "cidr" -> !entry.getValue().asText().endsWith("/0");
                  default -> false; // exists, anything-but and numeric match most alerts
                })
        .isPresent();
  }

  private static boolean isLong(JsonNode text) {
    String fixed = text.isObject() ? text.path("equals-ignore-case").asText() : text.asText();
    return fixed.replace("*", "").length() >= FIXED_CHARACTERS;
  }
}
