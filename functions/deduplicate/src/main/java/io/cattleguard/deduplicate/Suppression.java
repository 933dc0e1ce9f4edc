package io.cattleguard.deduplicate;

import io.cattleguard.edge.pattern.EventPattern;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Known noise to hide, until a date and up to a cap.
 *
 * @param owner the responsible team or person
 * @param reason why it is noise
 * @param expires when it stops hiding, compared with event time
 * @param cap maximum number of hidden alerts per window; further alerts pass
 * @param window the length of the window
 */
public record Suppression(
    String name,
    String owner,
    String reason,
    Instant expires,
    long cap,
    Duration window,
    EventPattern when) {

  /** Why it does not hide alerts of that time; empty if it does. */
  public Optional<String> idle(Instant at) {
    return at.isBefore(expires) ? Optional.empty() : Optional.of("expired on " + expires);
  }

  /** The note on an alert that passes because the cap is reached. */
  String spent() {
    return "suppression '"
        + name
        + "' matches, but its cap is reached: "
        + cap
        + " in "
        + window.toMinutes()
        + " minutes";
  }
}
