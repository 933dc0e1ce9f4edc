package io.cattleguard.edge.port;

import io.cattleguard.events.BusEvent;
import java.util.List;
import java.util.Set;

/** Puts events on the bus. */
public interface EventPublisher {

  /**
   * Publishes all events.
   *
   * @return the positions in {@code events} of those that the bus rejected after all retries; empty
   *     if all were accepted
   */
  Set<Integer> publish(List<BusEvent> events);
}
