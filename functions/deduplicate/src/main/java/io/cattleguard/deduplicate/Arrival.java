package io.cattleguard.deduplicate;

import io.cattleguard.events.Alert;
import java.time.Instant;

/** An alert that was handed in, and when. */
public record Arrival(Alert alert, Instant receivedAt) {

  /** Event time, by which windows are measured; the time of receipt where the event has none. */
  Instant at() {
    Instant observedAt = alert.observedAt();
    return observedAt == null ? receivedAt : observedAt;
  }
}
