package io.cattleguard.deduplicate.silence;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Severity;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The silences of a deployment.
 *
 * @param all in the order in which they were set
 */
public record Silences(List<Silence> all) {
  /** No silences. */
  public static final Silences NONE = new Silences(List.of());

  /** Copies the list. */
  public Silences {
    all = List.copyOf(all);
  }

  /** Those that hide alerts at that time. */
  public Silences activeAt(Instant now) {
    return all.stream().allMatch(silence -> silence.isActive(now))
        ? this
        : new Silences(all.stream().filter(silence -> silence.isActive(now)).toList());
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return all.isEmpty();
  }

  /**
   * The silence that hides an alert, one that hides it from responders too before others.
   *
   * @param event what {@link HidingPattern#matchable} returns of the alert
   */
  public Optional<Silence> hiding(JsonNode event, Severity severity) {
    return strongest(event, false, severity);
  }

  /** A silence that matches an alert which is too grave for it. */
  public Optional<Silence> outranked(JsonNode event, Severity severity) {
    return strongest(event, true, severity);
  }

  private Optional<Silence> strongest(JsonNode event, boolean below, Severity severity) {
    Optional<Silence> found = Optional.empty();
    for (Silence silence : all) {
      if (silence.isBelow(severity) == below
          && (found.isEmpty() || silence.responders())
          && silence.when().matches(event)) {
        found = Optional.of(silence);
        if (silence.responders()) {
          break;
        }
      }
    }
    return found;
  }

  /** The severity of an alert; none counts as medium. */
  public static Severity severity(Alert alert) {
    Severity severity = alert.severity();
    return severity == null ? Severity.MEDIUM : severity;
  }
}
