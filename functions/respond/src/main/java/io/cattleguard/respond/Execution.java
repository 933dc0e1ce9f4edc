package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.action.Allowance;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.ConcurrencyLimit;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.action.Subject;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.ledger.Approval;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Ledger.Claim;
import io.cattleguard.respond.ledger.Ledger.Settlement;
import io.cattleguard.respond.ledger.Unverified;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Claims an object and takes an action on it, once. Only this class lets an action act, on one
 * exact object at a time.
 */
final class Execution {
  private final Ledger ledger;
  private final ResponderSettings settings;
  private final InstantSource clock;
  private final DelayQueue later;
  private final Retries retries;
  private final EffectCheck effects;
  private final Verification verification;
  private final EarlierAttempts earlier;
  private final Retakes retakes;

  Execution(
      Ledger ledger,
      ResponderSettings settings,
      InstantSource clock,
      DelayQueue later,
      Retries retries,
      EffectCheck effects,
      Verification verification,
      EarlierAttempts earlier) {
    this.ledger = ledger;
    this.settings = settings;
    this.clock = clock;
    this.later = later;
    this.retries = retries;
    this.effects = effects;
    this.verification = verification;
    this.earlier = earlier;
    this.retakes = new Retakes(ledger, retries);
  }

  <P, S extends ObservedState> StepResult claim(Attempt<P, S> attempt, Subject subject) {
    Ledger.Key key = attempt.key(subject.uid());
    Instant now = attempt.situation().now();
    return switch (ledger.claim(key, attempt.alertId(), now, settings.hold())) {
      case Claim.Held held -> held(attempt, subject, held);
      case Claim.Settled settled -> settledBefore(attempt, subject, settled.settlement());
      case Claim.Granted granted -> granted(attempt, subject, granted);
    };
  }

  private <P, S extends ObservedState> StepResult granted(
      Attempt<P, S> attempt, Subject subject, Claim.Granted granted) {
    boolean may;
    try {
      may = granted.again() || retakes.mayTake(attempt, subject);
    } catch (Unavailable e) {
      ledger.withdraw(attempt.key(subject.uid()), attempt.alertId());
      return retries.postpone(
          attempt, List.of("cannot verify the earlier action: " + e.getMessage()));
    }
    if (!may) {
      ledger.withdraw(attempt.key(subject.uid()), attempt.alertId());
      return retakes.refused(attempt, subject);
    }
    return act(attempt, subject, "");
  }

  /** Another alert's action is in progress, or an earlier attempt of this alert was killed. */
  private StepResult held(Attempt<?, ?> attempt, Subject subject, Claim.Held held) {
    if (held.alertId().equals(attempt.alertId())) {
      Optional<StepResult> waiting =
          earlier.waiting(attempt, subject.uid()).or(() -> earlier.settled(attempt));
      if (waiting.isPresent()) {
        return waiting.get();
      }
    } else {
      earlier.sendOverdue(attempt.key(subject.uid()), attempt.situation().now());
    }
    if (retries.canRetry(attempt)) {
      return StepResult.AGAIN;
    }
    throw new Unavailable(
        attempt.action().name()
            + " on "
            + subject.uid()
            + " is held by another attempt until "
            + held.until());
  }

  /**
   * Takes the slots and acts. The claim is held, so no other attempt takes or returns the slots of
   * this action on this object. Other actions on the object share the slots.
   */
  private <P, S extends ObservedState> StepResult act(
      Attempt<P, S> attempt, Subject subject, String before) {
    Ledger.Key key = attempt.key(subject.uid());
    // A sweep looks for a claim after its turn has begun, so one of the two sees the other.
    if (retries.canRetry(attempt)
        && ledger
            .remembered(key)
            .filter(one -> one.isInTurn(attempt.situation().now()))
            .isPresent()) {
      ledger.withdraw(key, attempt.alertId());
      return StepResult.AGAIN;
    }
    List<String> entered = new ArrayList<>();
    List<String> staying = new ArrayList<>();
    List<String> waived = new ArrayList<>();
    boolean keep = false;
    boolean stay = false;
    try {
      for (ConcurrencyLimit limit :
          attempt.action().concurrencyLimits(attempt.situation().observed())) {
        if (!enter(limit, attempt, subject, limit.slots())) {
          if (!limit.yields() || !retries.mayBeLast(attempt)) {
            ledger.withdraw(key, attempt.alertId());
            return full(attempt, limit);
          }
          boolean unused = enter(limit, attempt, subject, Integer.MAX_VALUE);
          waived.add(limit.full());
        }
        (limit.stays().isZero() ? entered : staying).add(limit.name());
      }
      Optional<String> spent = later.comes() ? spend(attempt, subject) : Optional.empty();
      if (spent.isPresent()) {
        ledger.withdraw(key, attempt.alertId());
        return retries.postpone(attempt, List.of(spent.get()));
      }
      UndoRecord undo = attempt.undo(ledger, subject.uid());
      Instant taken = clock.instant();
      Optional<String> stop = lastLook(attempt, subject);
      Progress acted;
      // Whatever happens to this attempt from here on, it may have had an effect.
      stay = true;
      try {
        acted =
            stop.<Progress>map(reason -> new Progress.Done(ResponseOutcome.REFUSED, reason))
                .orElseGet(() -> take(attempt, undo));
      } catch (Unavailable e) {
        if (undo.isUnstored()) {
          stay = false;
          ledger.withdraw(key, attempt.alertId());
          return notStored(attempt, e);
        }
        Optional<StepResult> retried = retries.unanswered(attempt, String.valueOf(e.getMessage()));
        if (retried.isPresent()) {
          // The action may have been taken, so its slots stay taken until the hold has expired.
          keep = true;
          ledger.nameClaim(key, attempt.name(), attempt.situation().now());
          ledger.expire(key, attempt.alertId(), attempt.situation().now());
          return retried.get();
        }
        acted = EffectCheck.failed(e);
      }
      ledger.nameClaim(key, attempt.name(), attempt.situation().now());
      Progress progress = effects.verifiedAtOnce(attempt, taken, acted, undo);
      if (progress instanceof Progress.Pending pending && later.comes()) {
        keep = true;
        verification.suspend(
            attempt,
            key,
            pending,
            new Unverified.Taken(
                taken,
                said(waived, attempt) + before,
                entered,
                staying,
                attempt.situation().observed().onNode()),
            undo);
        return StepResult.SILENT;
      }
      Progress.Done done = effects.waited(attempt, taken, progress, undo);
      boolean refused = done.outcome() == ResponseOutcome.REFUSED;
      stay = !staying.isEmpty() && Verification.isInEffect(done, undo);
      String saying = said(waived, attempt) + before;
      return StepResult.of(
          verification.settle(attempt, subject.uid(), refused ? done : done.saying(saying), undo));
    } finally {
      if (!keep) {
        entered.forEach(limit -> ledger.giveBack(limit, attempt.key(subject.uid())));
      }
      if (!stay) {
        staying.forEach(limit -> ledger.giveBack(limit, attempt.key(subject.uid())));
      }
    }
  }

  /**
   * The person who approved it, and why it did not wait for a slot, for the start of its outcome.
   */
  private static String said(List<String> waived, Attempt<?, ?> attempt) {
    return waived.isEmpty()
        ? attempt.saying()
        : attempt.saying()
            + "no longer waiting for a slot, because the alert "
            + attempt
                .freshUntil()
                .map(end -> "is fresh only until " + end.truncatedTo(ChronoUnit.SECONDS))
                .orElse("has no time")
            + " ("
            + String.join("; ", waived)
            + "): ";
  }

  /** Nothing was changed, so nothing is undone: the action is decided again. */
  private StepResult notStored(Attempt<?, ?> attempt, Unavailable e) {
    if (!later.comes()) {
      throw e;
    }
    return retries.postpone(
        attempt, List.of("what an undo needs cannot be stored: " + e.getMessage()));
  }

  private boolean enter(ConcurrencyLimit limit, Attempt<?, ?> attempt, Subject subject, int slots) {
    return ledger.takeSlot(
        limit.name(),
        attempt.key(subject.uid()),
        attempt.situation().now(),
        limit.stays().isZero() ? settings.hold() : limit.stays(),
        slots);
  }

  private StepResult full(Attempt<?, ?> attempt, ConcurrencyLimit limit) {
    if (!later.comes()) {
      throw new Unavailable(limit.full());
    }
    return retries.postpone(attempt, List.of(limit.full()));
  }

  /**
   * A redelivery of the same alert gets the same outcome. Another alert is answered by the action
   * that was taken, if its effect is still there; otherwise the action is taken again.
   */
  private <P, S extends ObservedState> StepResult settledBefore(
      Attempt<P, S> attempt, Subject subject, Settlement settlement) {
    Ledger.Key key = attempt.key(subject.uid());
    Situation<S> situation = attempt.situation();
    if (settlement.alertId().equals(attempt.alertId())) {
      return earlier.toldAgain(attempt, subject.uid(), settlement);
    }
    if (!settlement.isInEffect()) {
      List<String> objections =
          List.of(
              attempt.action().name()
                  + " on "
                  + subject.inWords()
                  + " is not taken again: "
                  + settlement.explanation());
      return retries.isFirstToSayNotAgain(attempt)
          ? StepResult.of(Reports.refused(attempt, objections))
          : StepResult.SILENT;
    }
    Optional<Containment> earlierOne = ledger.remembered(key);
    boolean holds;
    try {
      holds =
          attempt
              .action()
              .holds(
                  attempt.place(), earlierOne.map(one -> one.subject()).orElseGet(subject::toJson));
    } catch (Unavailable e) {
      return retries.postpone(
          attempt, List.of("cannot verify the earlier action: " + e.getMessage()));
    }
    Optional<Containment> released =
        ledger.remembered(key).filter(one -> one.acceptedSince().isPresent());
    boolean isReleased = released.isPresent();
    if (released.filter(one -> mayStillEnd(one, attempt)).isPresent()
        && retries.canRetry(attempt)) {
      return StepResult.AGAIN;
    }
    if (holds) {
      // A sweep whose turn begins after this reads the time of the alert.
      ledger.change(
          key,
          containment -> containment.alertedAt(situation.now()).seen(Containment.Effect.UNKNOWN));
    }
    if (earlier.isBeingReleased(earlierOne, key, situation.now()) && retries.canRetry(attempt)) {
      return StepResult.AGAIN;
    }
    if (holds) {
      return StepResult.SILENT;
    }
    // An effect that is not visible yet may be there; repeating the action then changes nothing.
    boolean maybeThere = settlement.at().plus(attempt.action().settling()).isAfter(situation.now());
    if (maybeThere && retries.canRetry(attempt)) {
      return StepResult.AGAIN;
    }
    boolean isUnreported = earlier.isReleased(key);
    if (!isReleased && !isUnreported && !retakes.mayTake(attempt, subject, settlement)) {
      return retakes.refused(attempt, subject);
    }
    ledger.reopen(key, settlement);
    return switch (ledger.claim(key, attempt.alertId(), situation.now(), settings.hold())) {
      case Claim.Granted granted ->
          act(
              attempt,
              subject,
              "taken again, because the effect of "
                  + settlement.at()
                  + (isUnreported ? " was released: " : gone(isReleased, maybeThere)));
      case Claim.Held held -> held(attempt, subject, held);
      case Claim.Settled settled -> StepResult.AGAIN;
    };
  }

  private static String gone(boolean isReleased, boolean maybeThere) {
    if (isReleased) {
      return " was released, and the alert cannot wait: ";
    }
    return maybeThere
        ? " does not show, and the alert cannot wait: "
        : " was gone, undone outside Cattleguard: ";
  }

  /**
   * Whether a release that was accepted ends soon, or may not show yet. If the lease was extended
   * meanwhile, no sweep ends the release before that lease, and an alert cannot wait so long.
   */
  private static boolean mayStillEnd(Containment released, Attempt<?, ?> attempt) {
    Instant now = attempt.situation().now();
    return !released.until().isAfter(now)
        || released
            .failing()
            .map(Containment.Failing::retryAt)
            .filter(checked -> checked.plus(attempt.action().settling()).isAfter(now))
            .isPresent();
  }

  private <P, S extends ObservedState> Progress take(Attempt<P, S> attempt, UndoRecord undo) {
    try {
      return attempt.action().take(attempt.place(), attempt.situation().observed(), undo);
    } catch (Unavailable e) {
      throw e;
    } catch (RuntimeException e) {
      return EffectCheck.failed(e);
    }
  }

  /**
   * Takes from the budget, and checks the kill switch and the orders of people again right before
   * the action.
   */
  private Optional<String> lastLook(Attempt<?, ?> attempt, Subject subject) {
    Optional<String> spent = later.comes() ? Optional.empty() : spend(attempt, subject);
    return ledger.halted()
        ? Optional.of("the kill switch is on: no action is taken")
        : spent.or(() -> undone(attempt, subject)).or(() -> ended(attempt));
  }

  /** Two handlers may act on one approval, and the other one may have reported that it refused. */
  private Optional<String> ended(Attempt<?, ?> attempt) {
    return attempt
        .approval()
        .filter(one -> ledger.approvals().named(one.id()).filter(Approval::isOpen).isEmpty())
        .map(one -> "no action is taken: the result of its approval was reported already");
  }

  /** The containment is read first: its order is settled before it is deleted. */
  private Optional<String> undone(Attempt<?, ?> attempt, Subject subject) {
    if (attempt.action().lease().isEmpty()) {
      return Optional.empty();
    }
    Ledger.Key key = attempt.key(subject.uid());
    return ledger
        .remembered(key)
        .flatMap(Containment::undo)
        .map(order -> "undone by " + order.by() + " (" + order.reason() + ")")
        .or(() -> ledger.settled(key).filter(Settlement::isOfAPerson).map(Settlement::explanation))
        .map(why -> "no action is taken again: " + why);
  }

  /**
   * Counts the object against every limit; one object counts once.
   *
   * @return which limit other objects used up since the guards were asked
   */
  private Optional<String> spend(Attempt<?, ?> attempt, Subject subject) {
    for (Allowance allowance : attempt.situation().allowances()) {
      Budget budget = allowance.budget();
      if (allowance.kind() != Objection.Kind.OBSERVES
          && !ledger.spend(
              allowance.key(),
              subject.uid(),
              attempt.situation().now(),
              budget.window(),
              budget.max())) {
        return Optional.of(allowance.used(budget.max()));
      }
    }
    return Optional.empty();
  }
}
