package io.cattleguard.app.road;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.BusEvent;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Delivery;
import java.util.List;
import java.util.function.Consumer;

/**
 * The arrows of the road: what is published is given to the steps whose pattern file asks for it.
 */
public interface Bus {

  /** From here on, what matches {@code <step>.json} is given to the target, as its detail. */
  void deliver(String step, Consumer<JsonNode> target);

  /** From here on, what is sent is given to the messenger, which says what became of each. */
  void deliverToDestinations(Messenger messenger);

  /** Publishes an event. */
  void publish(BusEvent event);

  /** Sends each delivery to its destination, none of which waits for another. */
  void send(List<Delivery> deliveries);

  /** Makes deliveries. */
  @FunctionalInterface
  interface Messenger {
    /** Makes them; returns what became of each that differs from the others. */
    List<Attempt> tell(List<Delivery> deliveries);
  }
}
