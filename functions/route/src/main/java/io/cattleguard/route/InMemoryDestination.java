package io.cattleguard.route;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A destination that keeps its deliveries in memory, for tests and dry runs. */
public final class InMemoryDestination implements Destination {
  private final List<Delivery> delivered = new ArrayList<>();
  private Outcome answer = new Outcome.Delivered();

  /** Accepts everything. */
  public InMemoryDestination() {}

  @Override
  public synchronized List<Outcome> deliver(List<Delivery> deliveries, Instant now) {
    List<Outcome> outcomes = new ArrayList<>(deliveries.size());
    for (Delivery delivery : deliveries) {
      if (answer instanceof Outcome.Delivered) {
        delivered.add(delivery);
      }
      outcomes.add(answer);
    }
    return outcomes;
  }

  /** Sets the outcome of the next deliveries. Only {@link Outcome.Delivered} ones are kept. */
  public synchronized void answerWith(Outcome outcome) {
    this.answer = outcome;
  }

  /** The deliveries, oldest first. */
  public synchronized List<Delivery> delivered() {
    return List.copyOf(delivered);
  }
}
