package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.Subject;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Ledger.Settlement;
import io.cattleguard.respond.ledger.Unverified;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** Finds the outcome of an earlier attempt, of the same alert or of another one. */
final class EarlierAttempts {
  /** Maximum clock skew of a node by which an alert may be dated after an action on its object. */
  private static final Duration SKEW = Duration.ofSeconds(10);

  private static final Progress.Done ENDING =
      new Progress.Done(
          ResponseOutcome.FAILED,
          "the attempt was interrupted, and whether it had an effect was not checked; what it"
              + " changed is to be undone",
          true);

  /** The changes of an attempt may not be visible yet. They are checked later, never guessed. */
  static final class Unsettled extends Unavailable {
    private static final long serialVersionUID = 1L;

    Unsettled(String message) {
      super(message);
    }
  }

  private final Ledger ledger;
  private final ResponderSettings settings;
  private final Verification verification;

  EarlierAttempts(Ledger ledger, ResponderSettings settings, Verification verification) {
    this.ledger = ledger;
    this.settings = settings;
    this.verification = verification;
  }

  /**
   * Whether the action that another alert caused answers this alert as well: it was taken on the
   * object of that name, and this alert saw the object before.
   */
  boolean isForAnother(Attempt<?, ?> attempt) {
    Set<String> uids = new LinkedHashSet<>();
    attempt.situation().observed().subject().map(Subject::uid).ifPresent(uids::add);
    ledger.claimedByName(attempt.action().name(), attempt.name()).ifPresent(uids::add);
    Instant seenAt = attempt.situation().scored().alert().observedAt();
    for (String uid : uids) {
      Ledger.Key key = attempt.key(uid);
      Instant now = attempt.situation().now();
      sendOverdue(key, now);
      if (ledger.isBeingVerified(key, now)) {
        return true;
      }
      if (ledger
          .settled(key)
          .filter(Settlement::isInEffect)
          .filter(done -> seenAt != null && !seenAt.isAfter(done.at().plus(SKEW)))
          .isPresent()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Finds the outcome of an earlier delivery of the same alert. A redelivered alert may be too old
   * or its object may be gone, so the guards object although the action was taken. Also covers an
   * attempt that was killed before it recorded its outcome.
   *
   * @throws Unavailable while another delivery may still act
   */
  Optional<StepResult> find(Attempt<?, ?> attempt) {
    String action = attempt.action().name();
    // The order matters, because a running attempt may be settled between the two reads.
    Optional<String> begun = ledger.begun(attempt.alertId(), action);
    Optional<StepResult> answer = settled(attempt);
    if (answer.isPresent() || begun.isEmpty()) {
      return answer;
    }
    Optional<StepResult> waiting = waiting(attempt, begun.get());
    return waiting.isPresent() ? waiting : interrupted(attempt, begun.get());
  }

  Optional<StepResult> settled(Attempt<?, ?> attempt) {
    return ledger
        .answered(attempt.alertId(), attempt.action().name())
        .map(one -> toldAgain(attempt, one.uid(), one.settlement()));
  }

  /**
   * A containment that has ended since is not reported as in force. One that another alert's action
   * has replaced since was reported for that alert. A failure is reported all the same: the attempt
   * may have been killed before it could report it.
   */
  StepResult toldAgain(Attempt<?, ?> attempt, String uid, Settlement settlement) {
    Ledger.Key key = attempt.key(uid);
    boolean isReplaced =
        settlement.outcome() != ResponseOutcome.FAILED
            && ledger
                .settled(key)
                .filter(latest -> !latest.alertId().equals(settlement.alertId()))
                .isPresent();
    boolean isReleased = settlement.leaseUntil().isPresent() && ledger.remembered(key).isEmpty();
    return isReplaced || isReleased
        ? StepResult.SILENT
        : StepResult.of(Reports.settled(attempt.action(), attempt.situation(), uid, settlement));
  }

  /**
   * The message of an action that this alert's claim waits for may be lost, so it is sent again.
   */
  Optional<StepResult> waiting(Attempt<?, ?> attempt, String uid) {
    Ledger.Key key = attempt.key(uid);
    return ledger
        .suspended(key)
        .filter(unverified -> unverified.alertId().equals(attempt.alertId()))
        .map(
            unverified -> {
              verification.sendVerify(
                  key, attempt.situation().scored(), unverified, Duration.ofSeconds(1));
              return StepResult.SILENT;
            });
  }

  /** Whether another alert's action on the object was taken, and its outcome is not known yet. */
  boolean isBeingVerified(Ledger.Key key, Instant now) {
    sendOverdue(key, now);
    return ledger.isBeingVerified(key, now);
  }

  /**
   * Whether a sweep may be releasing the object, or has released it since the containment was read.
   * The object may be open in a moment, although it is contained now.
   */
  boolean isBeingReleased(Optional<Containment> read, Ledger.Key key, Instant now) {
    return read.isPresent() && ledger.remembered(key).filter(one -> !one.isInTurn(now)).isEmpty();
  }

  /** Whether the object was released, and people will be notified of it. */
  boolean isReleased(Ledger.Key key) {
    return ledger.remembered(key).flatMap(Containment::released).isPresent();
  }

  /**
   * Sends the message again that verifies another alert's action, if it should have come long ago:
   * it may be lost, or its queue has fallen behind. Not while a check would only send itself again,
   * until the kill switch is off or the release is done: such messages would multiply.
   */
  void sendOverdue(Ledger.Key key, Instant now) {
    Duration patience = settings.verifyWithin().multipliedBy(2);
    Optional<Unverified> overdue =
        ledger
            .suspended(key)
            .filter(unverified -> unverified.taken().at().plus(patience).isBefore(now));
    if (overdue.isPresent()
        && !ledger.halted()
        && ledger.remembered(key).filter(one -> one.isEnding(now)).isEmpty()) {
      verification.sendVerify(
          key, Reports.scored(overdue.get().scoredJson()), overdue.get(), Duration.ofSeconds(1));
    }
  }

  /**
   * Claims the action again before it reads what the killed attempt has changed. Otherwise an
   * attempt that still acts, or another alert's, would act after its outcome was recorded.
   */
  private Optional<StepResult> interrupted(Attempt<?, ?> attempt, String uid) {
    Ledger.Key key = attempt.key(uid);
    String alert = attempt.alertId();
    Instant now = attempt.situation().now();
    checkVisible(attempt, key, now);
    return switch (ledger.claim(key, alert, now, settings.hold())) {
      case Ledger.Claim.Granted granted -> {
        Optional<ResponseDecided> outcome = outcomeOfInterrupted(attempt, uid);
        if (outcome.isEmpty()) {
          ledger.expire(key, alert, now);
        }
        yield outcome.map(StepResult::of);
      }
      case Ledger.Claim.Held held -> {
        if (held.alertId().equals(alert)) {
          throw new Unavailable(
              "an attempt for this alert holds "
                  + attempt.action().name()
                  + " on "
                  + uid
                  + " until "
                  + held.until());
        }
        yield Optional.empty();
      }
      case Ledger.Claim.Settled settled -> settled(attempt);
    };
  }

  /**
   * An older state could show an effect that has ended, or hide one that must be undone, and what a
   * sweep changes now is not seen yet.
   */
  private void checkVisible(Attempt<?, ?> attempt, Ledger.Key key, Instant now) {
    Optional<Containment> begun = ledger.remembered(key);
    Optional<Instant> visible =
        begun.map(containment -> containment.since().plus(attempt.action().settling()));
    if (visible.filter(now::isBefore).isPresent()
        || begun.filter(containment -> containment.isInTurn(now)).isPresent()) {
      throw new Unsettled(
          "what an interrupted attempt of "
              + key.action()
              + " on "
              + key.uid()
              + " changed may not be visible yet");
    }
  }

  private <P, S extends ObservedState> Optional<ResponseDecided> outcomeOfInterrupted(
      Attempt<P, S> attempt, String uid) {
    Optional<Containment> begun = ledger.remembered(attempt.key(uid));
    UndoRecord undo =
        begun
            .map(containment -> UndoRecord.resumed(ledger, containment))
            .orElseGet(() -> attempt.undo(ledger, uid));
    if (begun.filter(one -> one.isEnding(attempt.situation().now())).isPresent()) {
      return Optional.of(verification.settle(attempt, uid, ENDING.saying(attempt.saying()), undo));
    }
    return attempt
        .action()
        .interrupted(attempt.place(), attempt.situation().observed(), uid, undo)
        .map(done -> verification.settle(attempt, uid, done.saying(attempt.saying()), undo));
  }
}
