package io.cattleguard.route;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A destination that keeps what it is told, for one process and for rehearsals. */
public final class InMemoryDestination implements Destination {
  private final List<Delivery> delivered = new ArrayList<>();
  private Outcome answer = new Outcome.Delivered();

  /** Empty, and taking everything. */
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

  /** From here on it answers this; what is not {@link Outcome.Delivered} is not kept. */
  public synchronized void answerWith(Outcome outcome) {
    this.answer = outcome;
  }

  /** What it took, oldest first. */
  public synchronized List<Delivery> delivered() {
    return List.copyOf(delivered);
  }
}
