package io.cattleguard.app.road;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.BusEvent;
import io.cattleguard.route.Delivery;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * A bus in memory that matches the same pattern files as EventBridge, with the same engine.
 * Publishing returns after all deliveries, and nothing is stored.
 */
final class InProcessBus implements Bus {
  private record Rule(EventPattern pattern, Consumer<JsonNode> target) {}

  private final Path patterns;
  private final List<Rule> rules = new ArrayList<>();
  private final Queue<BusEvent> queue = new ArrayDeque<>();
  private Messenger messenger = deliveries -> List.of();
  private boolean delivering;

  /** A bus without subscribers, with the folder of pattern files. */
  InProcessBus(Path patterns) {
    this.patterns = patterns;
  }

  @Override
  public void deliver(String step, Consumer<JsonNode> target) {
    rules.add(new Rule(StepPattern.read(patterns, step), target));
  }

  @Override
  public void deliverToDestinations(Messenger messenger) {
    this.messenger = messenger;
  }

  /** Publishes an event; returns when it and all events that follow from it are delivered. */
  @Override
  public void publish(BusEvent event) {
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

  @Override
  public void send(List<Delivery> deliveries) {
    messenger.tell(deliveries);
  }
}
