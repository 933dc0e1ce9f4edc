package io.cattleguard.deduplicate;

import io.cattleguard.edge.EventPattern;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Known noise that nobody is told of, for a while and up to a limit.
 *
 * @param owner who answers for it
 * @param reason why it is noise
 * @param expires when it stops hiding, by event time
 * @param cap how many alerts it may hide in a window; what is beyond flows on
 * @param window the length of such a window
 */
public record Suppression(
    String name,
    String owner,
    String reason,
    Instant expires,
    long cap,
    Duration window,
    EventPattern when) {

  /** Why it does not hide an alert of that time, or empty where it does if it matches. */
  public Optional<String> idle(Instant at) {
    return at.isBefore(expires) ? Optional.empty() : Optional.of("expired on " + expires);
  }

  /** What people are told of an alert that it would hide, had it not hidden all it may. */
  String spent() {
    return "suppression '"
        + name
        + "' matches, but has hidden all it may: "
        + cap
        + " in "
        + window.toMinutes()
        + " minutes";
  }
}
