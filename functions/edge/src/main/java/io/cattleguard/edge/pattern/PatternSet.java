package io.cattleguard.edge.pattern;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import software.amazon.event.ruler.GenericMachine;

/** Matches many patterns in one pass, for little more than the cost of one. */
public final class PatternSet<T> {
  private final GenericMachine<Integer> machine = GenericMachine.<Integer>builder().build();
  private final List<T> all;

  /**
   * Takes the objects with patterns. {@link #matching} returns them in this order.
   *
   * @throws IllegalArgumentException if a pattern is invalid, with the engine's reason
   */
  public PatternSet(List<T> all, Function<T, EventPattern> pattern) {
    this.all = List.copyOf(all);
    for (int i = 0; i < this.all.size(); i++) {
      String text = pattern.apply(this.all.get(i)).toString();
      try {
        machine.addRule(i, text);
      } catch (IOException e) {
        throw new IllegalArgumentException(text + ": " + e.getMessage(), e);
      }
    }
  }

  /** Whether there are no patterns. */
  public boolean isEmpty() {
    return all.isEmpty();
  }

  /** The objects with a matching pattern, in the given order. */
  public List<T> matching(JsonNode event) {
    if (all.isEmpty()) {
      return List.of();
    }
    List<Integer> positions = machine.rulesForJSONEvent(event);
    if (positions.isEmpty()) {
      return List.of();
    }
    List<Integer> sorted = new ArrayList<>(positions);
    Collections.sort(sorted);
    List<T> matching = new ArrayList<>(sorted.size());
    for (int position : sorted) {
      matching.add(all.get(position));
    }
    return matching;
  }
}
