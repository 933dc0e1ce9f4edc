package io.cattleguard.edge.pattern;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import software.amazon.event.ruler.Machine;

/** Many named patterns matched in one pass; costs little more than one of them. */
public final class PatternSet {
  private final Machine machine = Machine.builder().build();
  private final boolean empty;

  /**
   * Of the patterns, by name.
   *
   * @throws IllegalArgumentException where one is none, with the engine's reason
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

  /** Whether there is nothing to match. */
  public boolean isEmpty() {
    return empty;
  }

  /** The names of those that match the event, in no particular order. */
  public List<String> matching(JsonNode event) {
    if (empty) {
      return List.of();
    }
    return machine.rulesForJSONEvent(event);
  }
}
