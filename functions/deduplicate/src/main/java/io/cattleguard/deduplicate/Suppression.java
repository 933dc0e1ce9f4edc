package io.cattleguard.deduplicate;

import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.Silenced;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Known noise to hide, until a date and up to a cap.
 *
 * @param owner the responsible team or person
 * @param reason why it is noise
 * @param since when it begins to hide, compared with event time
 * @param expires when it stops hiding, compared with event time
 * @param cap maximum number of hidden alerts per window; further alerts pass
 * @param window the length of the window
 * @param hides from whom it hides
 */
public record Suppression(
    String name,
    String owner,
    String reason,
    Instant since,
    Instant expires,
    long cap,
    Duration window,
    From hides,
    EventPattern when) {

  /** From whom alerts are hidden. */
  public enum From {
    /** From people; responders and machines such as a SIEM receive them. */
    PEOPLE,
    /** From everyone: they are counted and not published. */
    EVERYONE
  }

  /** Why it hides no alert of that time, or empty if it does. */
  public Optional<String> idle(Instant at) {
    if (at.isBefore(since)) {
      return Optional.of("begins on " + since);
    }
    return at.isBefore(expires) ? Optional.empty() : Optional.of("expired on " + expires);
  }

  /** The mark on alerts that it hides from people only. */
  Silenced mark() {
    return new Silenced(named(name), reason, false);
  }

  /** How alerts name it. */
  static String named(String name) {
    return "suppression " + name;
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
