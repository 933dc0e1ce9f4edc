package io.cattleguard.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.EventPattern;
import io.cattleguard.edge.PatternSet;
import io.cattleguard.events.BusEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * EventBridge in one process: the same pattern files, matched by the same engine, in front of the
 * same functions.
 */
final class InProcessBus {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final PatternSet rules;
  private final Map<String, Consumer<JsonNode>> targets = new HashMap<>();
  private final Queue<BusEvent> queue = new ArrayDeque<>();
  private boolean delivering;

  /** With the pattern file {@code <step>.json} of each step. */
  InProcessBus(Path patterns, List<String> steps) {
    Map<String, EventPattern> compiled = new LinkedHashMap<>();
    for (String step : steps) {
      Path file = patterns.resolve(step + ".json");
      try {
        compiled.put(step, EventPattern.compile(JSON.readTree(file.toFile())));
      } catch (IOException e) {
        throw new UncheckedIOException("pattern " + file, e);
      }
    }
    rules = new PatternSet(compiled);
  }

  /** From here on, what matches the step's pattern is given to it, as the event's detail. */
  void deliver(String step, Consumer<JsonNode> target) {
    targets.put(step, target);
  }

  /** Publishes an event; returns when it and all that came of it has been delivered. */
  void publish(BusEvent event) {
    queue.add(event);
    if (delivering) {
      return;
    }
    delivering = true;
    try {
      for (BusEvent next = queue.poll(); next != null; next = queue.poll()) {
        for (String step : rules.matching(next.toJson())) {
          Consumer<JsonNode> target = targets.get(step);
          if (target != null) {
            target.accept(next.detail());
          }
        }
      }
    } finally {
      delivering = false;
    }
  }
}
