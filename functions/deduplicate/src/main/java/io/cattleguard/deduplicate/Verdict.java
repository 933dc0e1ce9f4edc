package io.cattleguard.deduplicate;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import java.util.Optional;

/**
 * The result for one arrival.
 *
 * @param column the counter that includes it
 * @param fingerprint the problem
 * @param targetKey the object
 * @param publish the event to publish, empty for a merged or hidden alert
 * @param suppression the suppression that hid it or, in every other column, the one that matches
 *     and has reached its cap
 * @param isCopy whether the alert was counted before
 */
public record Verdict(
    Column column,
    Alert alert,
    String fingerprint,
    String targetKey,
    Optional<AcceptedAlert> publish,
    Optional<String> suppression,
    boolean isCopy) {

  /** A verdict on an alert that is no copy of a counted one. */
  Verdict(
      Column column,
      Alert alert,
      String fingerprint,
      String targetKey,
      Optional<AcceptedAlert> publish,
      Optional<String> suppression) {
    this(column, alert, fingerprint, targetKey, publish, suppression, false);
  }

  /** The same verdict, for an alert that matches a suppression at its cap. */
  Verdict inSpiteOf(Suppression spent) {
    return new Verdict(
        column, alert, fingerprint, targetKey, publish, Optional.of(spent.name()), isCopy);
  }

  /** The same verdict, with another event to publish. */
  Verdict publishing(AcceptedAlert accepted) {
    return new Verdict(
        column,
        accepted.alert(),
        fingerprint,
        targetKey,
        Optional.of(accepted),
        suppression,
        isCopy);
  }

  /** The same verdict, on a copy of a counted alert. */
  Verdict asCopy() {
    return new Verdict(column, alert, fingerprint, targetKey, publish, suppression, true);
  }

  /**
   * Whether people are notified of the alert now; false for a copy of which they were notified
   * before.
   */
  boolean isTold() {
    return !isCopy
        && publish
            .filter(
                accepted ->
                    accepted.silenced() == null && accepted.acceptance() != Acceptance.CONTINUING)
            .isPresent();
  }

  /** Whether its event is hidden from people. */
  public boolean isSilenced() {
    return publish.filter(accepted -> accepted.silenced() != null).isPresent();
  }

  /** The counters. Every arrival is in exactly one of them. */
  public enum Column {
    /** The first alert of a problem. */
    OPENED,
    /** A known problem on a new object. */
    SPREAD,
    /** A known problem on a known object, or a copy of an alert that was counted before. */
    MERGED,
    /** Hidden by a suppression. */
    SUPPRESSED,
    /** Not recorded and not counted. It must be redelivered. */
    FAILED
  }
}
