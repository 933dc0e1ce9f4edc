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
  /** Machines by the texts of their patterns. Each takes tens of milliseconds to build. */
  private static final Recent<List<String>, GenericMachine<Integer>> MACHINES = new Recent<>(32);

  private final GenericMachine<Integer> machine;
  private final List<T> all;

  /**
   * Takes the objects with patterns. {@link #matching} returns them in this order.
   *
   * @throws IllegalArgumentException if a pattern is invalid, with the engine's reason
   */
  public PatternSet(List<T> all, Function<T, EventPattern> pattern) {
    this.all = List.copyOf(all);
    List<String> texts = this.all.stream().map(one -> pattern.apply(one).toString()).toList();
    this.machine = MACHINES.get(texts, () -> machine(texts));
  }

  private static GenericMachine<Integer> machine(List<String> texts) {
    GenericMachine<Integer> machine = GenericMachine.<Integer>builder().build();
    for (int i = 0; i < texts.size(); i++) {
      try {
        machine.addRule(i, texts.get(i));
      } catch (IOException e) {
        throw new IllegalArgumentException(texts.get(i) + ": " + e.getMessage(), e);
      }
    }
    return machine;
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
