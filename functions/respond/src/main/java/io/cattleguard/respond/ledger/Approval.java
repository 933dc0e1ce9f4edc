package io.cattleguard.respond.ledger;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A question to people: may this action be taken on this object?
 *
 * @param id as people name it, {@code blue/isolate-pod/<hash>}; asked at another time, it has
 *     another one
 * @param target the exact object, as text
 * @param alertId of the alert that asks
 * @param until when it expires
 * @param actsByDefault whether the action is taken when it expires
 * @param guards the guards that were asked; none objected
 * @param ended whether people were notified of the result, so that nothing is left to do
 * @param scoredJson the scored alert, so that the action can be taken and reported
 */
public record Approval(
    String id,
    Ledger.Key key,
    String target,
    String playbook,
    String alertId,
    Instant askedAt,
    Instant until,
    boolean actsByDefault,
    List<String> guards,
    State state,
    Optional<Decision> decision,
    boolean ended,
    String scoredJson) {

  /** Copies the list. */
  public Approval {
    guards = List.copyOf(guards);
  }

  /** Its result. */
  public enum State {
    /** No person has decided. */
    WAITING,
    /** The action will be taken, if no guard objects. */
    APPROVED,
    /** The action is not taken. */
    REJECTED,
    /** No person decided in time, and the action is not taken. */
    EXPIRED
  }

  /**
   * A person's decision, or the playbook's default.
   *
   * @param commandId of the command, which may be delivered again
   * @param by who decided, for people
   */
  public record Decision(String commandId, String by, String why, Instant at) {}

  /** Whether something is left to do. */
  public boolean isOpen() {
    return !ended;
  }

  /** Whether the same alert asks the same question, so that it was redelivered. */
  boolean isAskedLike(Approval other) {
    return key.equals(other.key)
        && alertId.equals(other.alertId)
        && playbook.equals(other.playbook);
  }

  /** Whether no person has decided. */
  public boolean isWaiting() {
    return !ended && state == State.WAITING;
  }

  /** A copy that was decided, unless it was decided before. */
  public Approval decided(State next, Decision how) {
    return isWaiting()
        ? new Approval(
            id,
            key,
            target,
            playbook,
            alertId,
            askedAt,
            until,
            actsByDefault,
            guards,
            next,
            Optional.of(how),
            false,
            scoredJson)
        : this;
  }

  /** A copy whose result was reported to people. */
  public Approval over() {
    return new Approval(
        id,
        key,
        target,
        playbook,
        alertId,
        askedAt,
        until,
        actsByDefault,
        guards,
        state,
        decision,
        true,
        scoredJson);
  }
}
