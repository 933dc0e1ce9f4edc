package io.cattleguard.deduplicate;

import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import java.util.Optional;

/**
 * What became of one arrival.
 *
 * @param column where the books count it
 * @param fingerprint which problem it belongs to
 * @param targetKey which object it was seen on
 * @param publish what goes on along the road, empty for what is known already
 * @param suppression the suppression that hid it; or, in every other column, the one that matches
 *     and has hidden all it may
 */
public record Verdict(
    Column column,
    Alert alert,
    String fingerprint,
    String targetKey,
    Optional<AcceptedAlert> publish,
    Optional<String> suppression) {

  /** The same, of an alert that a spent suppression matches. */
  Verdict inSpiteOf(Suppression spent) {
    return new Verdict(column, alert, fingerprint, targetKey, publish, Optional.of(spent.name()));
  }

  /** The books' columns; every arrival stands in exactly one. */
  public enum Column {
    /** The first sight of a problem. */
    OPENED,
    /** A known problem on a new object. */
    SPREAD,
    /** A known problem on a known object, or a copy of an alert that was counted before. */
    MERGED,
    /** Hidden by a suppression. */
    SUPPRESSED,
    /** Not recorded, and so not counted: to be delivered again. */
    FAILED
  }
}
