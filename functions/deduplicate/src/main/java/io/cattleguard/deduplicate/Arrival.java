package io.cattleguard.deduplicate;

import io.cattleguard.events.Alert;
import java.time.Duration;
import java.time.Instant;

/** An alert and the time at which it was received. */
public record Arrival(Alert alert, Instant receivedAt) {
  /** Maximum accepted lead of a node's clock. */
  private static final Duration SKEW = Duration.ofMinutes(5);

  /**
   * The event time, which all windows use. It is the receive time if the event has no time or one
   * in the future; otherwise one fast clock could keep a problem from ever becoming quiet.
   */
  Instant at() {
    Instant observedAt = alert.observedAt();
    return observedAt == null || observedAt.isAfter(receivedAt.plus(SKEW))
        ? receivedAt
        : observedAt;
  }
}
