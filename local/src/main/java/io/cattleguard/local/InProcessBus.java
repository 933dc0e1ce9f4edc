package io.cattleguard.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.EventPattern;
import io.cattleguard.events.BusEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * EventBridge in one process: the same pattern files, matched by the same engine, in front of the
 * same functions.
 */
final class InProcessBus {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private record Rule(EventPattern pattern, Consumer<JsonNode> target) {}

  private final Path patterns;
  private final List<Rule> rules = new ArrayList<>();
  private final Queue<BusEvent> queue = new ArrayDeque<>();
  private boolean delivering;

  /** Without rules, over the folder of pattern files. */
  InProcessBus(Path patterns) {
    this.patterns = patterns;
  }

  /** From here on, what matches {@code <step>.json} is given to the target, as its detail. */
  void deliver(String step, Consumer<JsonNode> target) {
    Path file = patterns.resolve(step + ".json");
    try {
      rules.add(new Rule(EventPattern.compile(JSON.readTree(Files.readString(file))), target));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new UsageError(file + ": not a valid event pattern: " + e.getMessage());
    } catch (IOException e) {
      throw new UsageError(file + ": cannot be read: " + e.getMessage());
    }
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
        JsonNode envelope = next.toJson();
        for (Rule rule : rules) {
          if (rule.pattern.matches(envelope)) {
            rule.target.accept(next.detail());
          }
        }
      }
    } finally {
      queue.clear();
      delivering = false;
    }
  }
}
