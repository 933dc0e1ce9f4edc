package io.cattleguard.route;

import io.cattleguard.events.notified.PeopleNotified;
import io.cattleguard.events.trait.Trait;
import java.time.Instant;
import java.util.Optional;

/** A delivery and its outcome. */
public record Attempt(Delivery delivery, Outcome outcome) {

  /** Whether the delivery is still open: it must be retried, or it was rejected or blocked. */
  public boolean isOpen() {
    return switch (outcome) {
      case Outcome.Delivered ignored -> false;
      case Outcome.Skipped ignored -> false;
      case Outcome.NotConfigured ignored -> false;
      case Outcome.Blocked ignored -> true;
      case Outcome.TryAgain ignored -> true;
      case Outcome.Rejected ignored -> true;
    };
  }

  /** The event that says so, if it has notified people of a real incident. */
  public Optional<PeopleNotified> notified(Instant at) {
    return outcome instanceof Outcome.Delivered delivered
            && delivered.notifies()
            && delivery.notice() instanceof Notice.About about
            && !about.scored().alert().has(Trait.REPLAYED)
        ? Optional.of(
            PeopleNotified.of(
                delivery.id(),
                about.scored().incidentId(),
                about.scored().accepted().lastAt(),
                delivery.destination(),
                at))
        : Optional.empty();
  }
}
