package io.cattleguard.edge.pattern;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import software.amazon.event.ruler.Machine;

/** Matches many named patterns in one pass, for little more than the cost of one. */
public final class PatternSet {
  private final Machine machine = Machine.builder().build();
  private final boolean empty;

  /**
   * Takes the patterns, by name.
   *
   * @throws IllegalArgumentException if a pattern is invalid, with the engine's reason
   */
  public PatternSet(Map<String, EventPattern> patterns) {
    empty = patterns.isEmpty();
    patterns.forEach(
        (name, pattern) -> {
          try {
            machine.addRule(name, pattern.toString());
          } catch (IOException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
          }
        });
  }

  /** Whether there are no patterns. */
  public boolean isEmpty() {
    return empty;
  }

  /** The names of the matching patterns, in no particular order. */
  public List<String> matching(JsonNode event) {
    if (empty) {
      return List.of();
    }
    return machine.rulesForJSONEvent(event);
  }
}
