package io.cattleguard.edge.port;

import io.cattleguard.events.BusEvent;
import java.util.List;
import java.util.Set;

/** Puts events on the bus. */
public interface EventPublisher {

  /**
   * Publishes all of them, as far as the bus takes them.
   *
   * @return the positions in {@code events} of those that the bus did not take, after the retries
   *     that are worth making; empty when all were taken
   */
  Set<Integer> publish(List<BusEvent> events);
}
