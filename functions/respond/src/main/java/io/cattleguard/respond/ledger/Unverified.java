package io.cattleguard.respond.ledger;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An action that was taken and whose effect was not visible yet, as the ledger stores it between
 * two checks.
 *
 * @param alertId of the claim
 * @param since when the action was decided, and its lease started
 * @param taken how it was taken
 * @param changed when a check last changed something
 * @param checkedUntil until when a check that has begun keeps others from beginning
 * @param outcome what a check has seen at the end, before it is reported; a check that was killed
 *     after that may have reported it
 * @param state input of the next {@link io.cattleguard.respond.action.Action#verify}
 * @param scoredJson the scored alert, so that the outcome can be reported
 */
public record Unverified(
    String alertId,
    String playbook,
    Instant since,
    Instant until,
    Taken taken,
    Optional<Instant> changed,
    Optional<Instant> checkedUntil,
    Optional<Ledger.Settlement> outcome,
    ObjectNode state,
    String scoredJson) {
  /**
   * How an action was taken.
   *
   * @param at when
   * @param saying the start of its outcome, such as why it was taken again
   * @param limits the concurrency limits in which it holds a slot until it ends
   * @param staying those in which its slot stays taken after it has ended, if it is in effect then
   * @param node of the object
   */
  public record Taken(
      Instant at, String saying, List<String> limits, List<String> staying, Optional<String> node) {
    /** Copies the lists. */
    public Taken {
      limits = List.copyOf(limits);
      staying = List.copyOf(staying);
    }

    /** Of an object that runs on no node. */
    public Taken(Instant at, String saying, List<String> limits, List<String> staying) {
      this(at, saying, limits, staying, Optional.empty());
    }
  }

  /** An action that has just been taken. */
  public Unverified(
      String alertId,
      String playbook,
      Instant since,
      Instant until,
      Taken taken,
      ObjectNode state,
      String scoredJson) {
    this(
        alertId,
        playbook,
        since,
        until,
        taken,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        state,
        scoredJson);
  }

  /** A copy after another check. */
  public Unverified at(ObjectNode next) {
    return with(changed, Optional.empty(), outcome, next);
  }

  /** A copy for a check that changes something at that time. */
  public Unverified changedAt(Instant now) {
    return with(Optional.of(now), checkedUntil, outcome, state);
  }

  /** A copy for a check that has begun. */
  public Unverified checkedUntil(Instant end) {
    return with(changed, Optional.of(end), outcome, state);
  }

  private Unverified with(
      Optional<Instant> newChanged,
      Optional<Instant> newCheckedUntil,
      Optional<Ledger.Settlement> newOutcome,
      ObjectNode newState) {
    return new Unverified(
        alertId,
        playbook,
        since,
        until,
        taken,
        newChanged,
        newCheckedUntil,
        newOutcome,
        newState,
        scoredJson);
  }

  /** A copy with the outcome that is reported next. */
  public Unverified endedAs(Ledger.Settlement settlement) {
    return with(changed, checkedUntil, Optional.of(settlement), state);
  }

  /** Whether another check may be running. */
  public boolean isBeingChecked(Instant now) {
    return checkedUntil.filter(end -> end.isAfter(now)).isPresent();
  }

  /** Whether it is the same action on the same object, perhaps after another check. */
  public boolean isSameAction(Unverified other) {
    return alertId.equals(other.alertId) && since.equals(other.since);
  }

  /** When something was last changed, so that it may not show yet. */
  public Instant lastChange() {
    return changed.orElse(taken.at());
  }
}
