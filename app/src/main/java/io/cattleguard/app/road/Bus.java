package io.cattleguard.app.road;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.BusEvent;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Delivery;
import java.util.List;
import java.util.function.Consumer;

/** The bus between the steps: it delivers each event to the steps whose pattern file matches it. */
public interface Bus {

  /**
   * Subscribes a step: the target receives the detail of every event that {@code <step>.json}
   * matches.
   */
  void deliver(String step, Consumer<JsonNode> target);

  /** Sets the messenger, which receives every delivery and returns its outcome. */
  void deliverToDestinations(Messenger messenger);

  /** Publishes an event. */
  void publish(BusEvent event);

  /** Sends deliveries to their destinations; a slow destination does not delay another. */
  void send(List<Delivery> deliveries);

  /** Sends deliveries to destinations. */
  @FunctionalInterface
  interface Messenger {
    /** Sends the deliveries; returns the outcome of each distinct one. */
    List<Attempt> tell(List<Delivery> deliveries);
  }
}
