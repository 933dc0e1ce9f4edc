package io.cattleguard.deduplicate;

import io.cattleguard.events.Alert;
import java.time.Duration;
import java.time.Instant;

/** An alert that was handed in, and when. */
public record Arrival(Alert alert, Instant receivedAt) {
  /** How far a node's clock may be ahead of ours. */
  private static final Duration SKEW = Duration.ofMinutes(5);

  /**
   * Event time, by which windows are measured; the time of receipt where the event has none, or one
   * that is still to come: a single clock that runs far ahead would otherwise keep a problem from
   * ever being quiet.
   */
  Instant at() {
    Instant observedAt = alert.observedAt();
    return observedAt == null || observedAt.isAfter(receivedAt.plus(SKEW))
        ? receivedAt
        : observedAt;
  }
}
