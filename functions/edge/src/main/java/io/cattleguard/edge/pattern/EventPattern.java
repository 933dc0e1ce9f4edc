package io.cattleguard.edge.pattern;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.HostileText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;
import software.amazon.event.ruler.Patterns;

/**
 * A pattern in EventBridge's pattern language, matched by AWS's own engine.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html">Event
 *     patterns</a>
 */
public final class EventPattern {
  private static final String RULE = "rule";
  private static final String ANYTHING_BUT = "anything-but";

  /** Maximum fields of a rule. Only a machine checks it. */
  private static final int MOST_FIELDS = 256;

  private static final Recent<String, EventPattern> COMPILED = new Recent<>(512);

  private final JsonNode source;
  private volatile @Nullable Machine machine;
  private List<Condition> conditions = List.of();

  /** The pattern of one field. */
  private record Condition(List<String> path, String expected, EventPattern pattern) {}

  private EventPattern(JsonNode source) {
    this.source = source;
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException if the pattern is invalid, with the engine's reason
   */
  public static EventPattern compile(JsonNode pattern) {
    String text = pattern.toString();
    return COMPILED.get(text, () -> compile(text, pattern.deepCopy()));
  }

  private static EventPattern compile(String text, JsonNode pattern) {
    try {
      List<Map<String, List<Patterns>>> rules = JsonRuleCompiler.compile(text);
      checkForMachine(pattern, rules);
      return new EventPattern(pattern);
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** Refuses what the compiler accepts and a machine does not, at its first event. */
  private static void checkForMachine(JsonNode pattern, List<Map<String, List<Patterns>>> rules) {
    if (rules.stream().anyMatch(rule -> rule.size() > MOST_FIELDS)) {
      throw new IllegalArgumentException("it has more than " + MOST_FIELDS + " fields");
    }
    for (JsonNode excluded : pattern.findValues(ANYTHING_BUT)) {
      for (Map.Entry<String, JsonNode> matcher : excluded.properties()) {
        if (matcher.getValue().isArray() && matcher.getValue().isEmpty()) {
          throw new IllegalArgumentException(
              ANYTHING_BUT + " " + matcher.getKey() + " has an empty list");
        }
      }
    }
  }

  /** Whether the event matches. */
  public boolean matches(JsonNode event) {
    return !machine().rulesForJSONEvent(event).isEmpty();
  }

  /**
   * Built at the first call, because most patterns are only matched in a {@link PatternSet}, and a
   * machine with a numeric range takes milliseconds.
   */
  private Machine machine() {
    Machine built = machine;
    if (built == null) {
      built = Machine.builder().build();
      try {
        built.addRule(RULE, source.toString());
      } catch (IOException e) {
        throw new IllegalStateException(source + ": " + e.getMessage(), e);
      }
      // Two threads may build it at once: both machines match the same events.
      machine = built;
    }
    return built;
  }

  /** The part of the pattern below these keys; empty if there is none. */
  public Optional<EventPattern> part(String... keys) {
    JsonNode below = source;
    for (String key : keys) {
      below = below.path(key);
    }
    return below.isObject() ? Optional.of(compile(nest(List.of(keys), below))) : Optional.empty();
  }

  /**
   * The conditions that an event fails, each with the event's value; empty if it matches. Each
   * field is tested alone, as a person reads a pattern.
   */
  public List<String> unmet(JsonNode event) {
    if (matches(event)) {
      return List.of();
    }
    List<String> unmet = new ArrayList<>();
    for (Condition condition : conditions()) {
      if (!condition.pattern.matches(event)) {
        unmet.add(
            String.join(".", condition.path) + found(event, condition.path) + condition.expected);
      }
    }
    return unmet.isEmpty() ? List.of("each condition matches alone, but not all together") : unmet;
  }

  /** Compiled at the first call, because most patterns are never explained. */
  private synchronized List<Condition> conditions() {
    if (conditions.isEmpty()) {
      List<Condition> collected = new ArrayList<>();
      collect(source, List.of(), collected);
      conditions = List.copyOf(collected);
    }
    return conditions;
  }

  private static void collect(JsonNode pattern, List<String> path, List<Condition> conditions) {
    for (Map.Entry<String, JsonNode> field : pattern.properties()) {
      List<String> here = new ArrayList<>(path);
      here.add(field.getKey());
      if (field.getValue().isObject()) {
        collect(field.getValue(), here, conditions);
      } else {
        conditions.add(new Condition(here, inWords(field), compile(nest(here, field.getValue()))));
      }
    }
  }

  /**
   * A field's alternatives: {@code >= 60}, {@code prefix "T1496"}, {@code "runtime" or "audit"}.
   */
  private static String inWords(Map.Entry<String, JsonNode> field) {
    if (field.getKey().equals("$or")) {
      return field.getValue().toString();
    }
    List<String> alternatives = new ArrayList<>();
    field.getValue().forEach(alternative -> alternatives.add(inWords(alternative)));
    return String.join(" or ", alternatives);
  }

  private static String inWords(JsonNode alternative) {
    JsonNode numeric = alternative.path("numeric");
    if (numeric.isArray()) {
      List<String> bounds = new ArrayList<>();
      for (int i = 0; i + 1 < numeric.size(); i += 2) {
        bounds.add(numeric.get(i).asText() + " " + numeric.get(i + 1).asText());
      }
      return String.join(" and ", bounds);
    }
    if (alternative.path("exists").isBoolean()) {
      return alternative.path("exists").booleanValue() ? "any value" : "no value";
    }
    if (alternative.isObject() && alternative.size() == 1) {
      Map.Entry<String, JsonNode> matcher = alternative.properties().iterator().next();
      return matcher.getKey() + " " + matcher.getValue();
    }
    return alternative.toString();
  }

  /** The event's value, so that a person need not look it up. */
  private static String found(JsonNode event, List<String> path) {
    if (path.getLast().equals("$or")) {
      return ": no match of ";
    }
    JsonNode value = event;
    for (String key : path) {
      value = value.path(key);
    }
    return value.isMissingNode()
        ? " is absent, needs "
        : " is " + HostileText.visible(value.toString(), 80) + ", needs ";
  }

  private static JsonNode nest(List<String> path, JsonNode leaf) {
    JsonNode nested = leaf;
    for (int i = path.size() - 1; i >= 0; i--) {
      ObjectNode outer = JsonNodeFactory.instance.objectNode();
      outer.set(path.get(i), nested);
      nested = outer;
    }
    return nested;
  }

  /** The pattern's source. */
  @Override
  public String toString() {
    return source.toString();
  }
}
