package io.cattleguard.deduplicate.inhibition;

import io.cattleguard.events.Severity;
import java.time.Duration;
import java.time.Instant;

/**
 * An incident of a larger object that mutes symptoms. Its time is limited, because an intruder may
 * keep an incident going to hide what else happens.
 *
 * @param rule the inhibition's name
 * @param scope the values of the fields that its symptoms share
 * @param window how long symptoms are muted after an alert of which people are notified
 * @param since when the first alert arrived of which people were notified
 * @param at when the latest one arrived
 */
public record Inhibitor(
    String rule, String scope, Severity severity, Duration window, Instant since, Instant at) {
  /** Maximum number of windows for which an incident mutes without a pause. */
  static final int WINDOWS = 4;

  /** Whether it is about the same object as another one. */
  boolean isOf(Inhibitor other) {
    return rule.equals(other.rule) && scope.equals(other.scope);
  }

  /** When it has muted for so long that a pause begins, however often people are notified of it. */
  private Instant limit() {
    Duration most = window.multipliedBy(WINDOWS);
    return since.plus(most.compareTo(Inhibitions.LONGEST) < 0 ? most : Inhibitions.LONGEST);
  }

  /**
   * When it stops muting symptoms, if people are not notified of it again.
   *
   * @param atMost the window of the rule, which may be shorter now
   */
  Instant mutesUntil(Duration atMost) {
    Duration length = window.compareTo(atMost) < 0 ? window : atMost;
    Instant end = at.plus(length);
    return end.isBefore(limit()) ? end : limit();
  }

  /** Whether nothing was muted for a window, so that a further alert begins another time. */
  boolean isOver(Instant now) {
    Instant end = at.plus(window);
    return !now.isBefore((end.isBefore(limit()) ? end : limit()).plus(window));
  }

  /**
   * The same incident after people were notified of a further alert. In the pause nothing changes.
   */
  Inhibitor and(Inhibitor further) {
    if (isOver(further.at)) {
      return further;
    }
    if (!further.at.isBefore(limit())) {
      return this;
    }
    return new Inhibitor(
        rule,
        scope,
        further.severity.compareTo(severity) > 0 ? further.severity : severity,
        further.window,
        since,
        further.at.isAfter(at) ? further.at : at);
  }
}
