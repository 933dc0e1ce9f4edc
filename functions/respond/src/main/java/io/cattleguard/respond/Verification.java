package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Allowance;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.delay.DelayedMessage;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Ledger.Settlement;
import io.cattleguard.respond.ledger.Unverified;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;

/** Verifies the effect of an action by later messages, and records its outcome. */
final class Verification {
  /** How long a check that was killed keeps others from beginning. */
  private static final Duration CHECKING = Duration.ofSeconds(30);

  private final Playbooks playbooks;
  private final Places places;
  private final Ledger ledger;
  private final ResponderSettings settings;
  private final InstantSource clock;
  private final DelayQueue later;
  private final EffectCheck effects;

  Verification(
      Playbooks playbooks,
      Places places,
      Ledger ledger,
      ResponderSettings settings,
      InstantSource clock,
      DelayQueue later,
      EffectCheck effects) {
    this.playbooks = playbooks;
    this.places = places;
    this.ledger = ledger;
    this.settings = settings;
    this.clock = clock;
    this.later = later;
    this.effects = effects;
  }

  void suspend(
      Attempt<?, ?> attempt,
      Ledger.Key key,
      Progress.Pending pending,
      Unverified.Taken taken,
      UndoRecord undo) {
    Situation<?> situation = attempt.situation();
    Unverified unverified =
        new Unverified(
            attempt.alertId(),
            situation.playbook().name(),
            situation.now(),
            undo.until(),
            taken,
            pending.state(),
            undo.scoredJson());
    ledger.suspend(key, unverified, clock.instant().plus(settings.holdBetweenChecks()));
    sendVerify(key, situation.scored(), unverified, EffectCheck.firstCheck(attempt.action()));
  }

  void sendVerify(Ledger.Key key, ScoredAlert scored, Unverified unverified, Duration delay) {
    later.send(
        new DelayedMessage.Verify(
            Optional.ofNullable(scored.alert().target().cluster()), key, unverified.alertId()),
        delay);
  }

  /**
   * Checks the effect of an action that was taken. Reports the outcome before it is recorded,
   * because a recorded one is not checked again.
   */
  void again(DelayedMessage.Verify message, Instant now, Consumer<ResponseDecided> hear) {
    Ledger.Key key = message.key();
    Optional<Unverified> found =
        ledger.suspended(key).filter(one -> one.alertId().equals(message.alertId()));
    if (found.isPresent()) {
      Action<?, ?> action = playbooks.configured(key.action(), found.get().playbook());
      if (effects.isStopped(action)) {
        suspendAgain(key, found.get(), EffectCheck.LONGEST_CHECK);
      } else if (isEnding(action, key, found.get(), now)) {
        end(key, found.get(), now);
      } else {
        begin(action, key, found.get(), now, hear);
      }
    }
  }

  /**
   * Two deliveries of a message would report different outcomes, if the API answers only one of
   * them. The other one comes again: the check that has begun may be killed.
   */
  private void begin(
      Action<?, ?> action,
      Ledger.Key key,
      Unverified unverified,
      Instant now,
      Consumer<ResponseDecided> hear) {
    Instant begun = clock.instant();
    Instant end = begun.plus(CHECKING);
    if (unverified.isBeingChecked(begun)
        || !ledger.beginCheck(key, unverified, end, begun.plus(settings.holdBetweenChecks()))) {
      sendVerify(
          key, Reports.scored(unverified.scoredJson()), unverified, EffectCheck.LONGEST_CHECK);
      return;
    }
    try {
      again(action, key, unverified.checkedUntil(end), now, hear);
    } catch (RuntimeException e) {
      try {
        // Its message is delivered again. The time of a change stays, so that a release waits for
        // it.
        ledger
            .suspended(key)
            .filter(unverified::isSameAction)
            .ifPresent(
                one ->
                    ledger.suspend(
                        key, one.at(one.state()), begun.plus(settings.holdBetweenChecks())));
      } catch (RuntimeException more) {
        e.addSuppressed(more);
      }
      throw e;
    }
  }

  /**
   * Whether the containment is being released, or was: its effect may still show. If a change may
   * be repeated, the containment ends before that, because a change that comes after the release
   * would not be undone.
   */
  private boolean isEnding(Action<?, ?> action, Ledger.Key key, Unverified one, Instant now) {
    if (action.lease().isEmpty()) {
      return false;
    }
    Optional<Containment> stored = ledger.remembered(key);
    return isReleased(key, one)
        || stored.filter(it -> isBeingReleased(it, now)).isPresent()
        || (action.repeatsChanges()
            && stored
                .map(it -> it.undo().isPresent() || !it.until().isAfter(now))
                .orElse(!one.until().isAfter(now)));
  }

  /** Whether its effect may be ending at that time, or may have ended without showing it. */
  private static boolean isBeingReleased(Containment stored, Instant now) {
    return stored.isInTurn(now)
        || stored.acceptedSince().isPresent()
        || stored.released().isPresent();
  }

  /**
   * The stored outcome of a release does not know of a change that is repeated after it. The clock
   * of the sweep may be ahead, so the end of the lease does not say that it has released.
   */
  private boolean isReleased(Ledger.Key key, Unverified one) {
    Optional<Containment> stored = ledger.remembered(key);
    return stored.isPresent()
        ? stored.get().released().isPresent()
        : ledger
            .lastRelease(key)
            .filter(release -> release.since().equals(one.since()))
            .isPresent();
  }

  /**
   * Called right before a check changes something. The change is noted before the containment is
   * read: a sweep whose turn begins after that sees the note, and waits until the change shows.
   *
   * @return the action with the note
   */
  private Unverified changingNow(Action<?, ?> action, Ledger.Key key, Unverified before) {
    Instant now = clock.instant();
    Unverified noted = before.changedAt(now);
    ledger.suspend(key, noted, now.plus(settings.holdBetweenChecks()));
    if (!isStillSuspended(key, noted)) {
      throw new Unavailable("the action was ended by another attempt, or by a person");
    }
    if (effects.isStopped(action)) {
      throw new Unavailable("the kill switch is on");
    }
    if (isEnding(action, key, noted, now)) {
      throw new Unavailable("the containment is being released");
    }
    return noted;
  }

  /** Waits for the release. After it, people were notified of the end, and the claim is free. */
  private void end(Ledger.Key key, Unverified unverified, Instant now) {
    if (ledger.remembered(key).isPresent() && !isReleased(key, unverified)) {
      suspendAgain(key, unverified, EffectCheck.LONGEST_CHECK);
    } else {
      ledger.expire(key, unverified.alertId(), now);
      unverified.taken().limits().forEach(limit -> ledger.giveBack(limit, key));
    }
  }

  private void suspendAgain(Ledger.Key key, Unverified unverified, Duration check) {
    ledger.suspend(key, unverified, clock.instant().plus(settings.holdBetweenChecks()));
    sendVerify(key, Reports.scored(unverified.scoredJson()), unverified, check);
  }

  private <P> void again(
      Action<P, ?> action,
      Ledger.Key key,
      Unverified unverified,
      Instant now,
      Consumer<ResponseDecided> hear) {
    CheckedChanges changes = new CheckedChanges(unverified, one -> changingNow(action, key, one));
    UndoRecord undo = UndoRecord.of(ledger, key, unverified, changes::before);
    Optional<Settlement> seen = unverified.outcome();
    if (seen.isPresent()) {
      report(action, key, unverified, seen.get(), isInEffect(seen.get(), undo), now, hear);
      return;
    }
    Progress.Pending pending =
        new Progress.Pending(
            unverified.state(),
            new Progress.Done(
                ResponseOutcome.FAILED, "not verified", undo.remembered().isPresent()));
    Instant stale = clock.instant().minus(settings.verifyWithin());
    Progress progress =
        effects.verify(
            action,
            places.of(action),
            unverified.taken().at(),
            pending,
            undo,
            () -> changes.isMade() && !unverified.lastChange().isAfter(stale));
    if (changes.isRefused()) {
      suspendAgain(key, changes.unverified().at(unverified.state()), EffectCheck.LONGEST_CHECK);
      return;
    }
    switch (progress) {
      case Progress.Pending still -> {
        if (ledger.suspended(key).filter(one -> isOurs(one, unverified)).isPresent()) {
          suspendAgain(
              key,
              changes.unverified().at(still.state()),
              effects.nextCheck(action, unverified.taken().at()));
        }
      }
      case Progress.Done done -> {
        Progress.Done told =
            done.outcome() == ResponseOutcome.REFUSED
                ? done
                : done.saying(unverified.taken().saying());
        Settlement settlement =
            settlement(unverified.alertId(), told, notBefore(now), undo.until());
        boolean inEffect = isInEffect(done, undo);
        report(action, key, changes.unverified(), settlement, inEffect, now, hear);
      }
    }
  }

  /**
   * Reports an outcome and records it. It is stored before: the object may have changed when a
   * check that was killed in between is made again, and people would be told the opposite.
   */
  private void report(
      Action<?, ?> action,
      Ledger.Key key,
      Unverified unverified,
      Settlement settlement,
      boolean inEffect,
      Instant now,
      Consumer<ResponseDecided> hear) {
    Optional<Unverified> stored = ledger.suspended(key).filter(unverified::isSameAction);
    if (stored.isPresent() && !isOurs(stored.get(), unverified)) {
      return;
    }
    if (stored.isPresent()) {
      if (settlement.leaseUntil().isPresent() && isReleasedMeanwhile(key)) {
        end(key, unverified, now);
        return;
      }
      if (unverified.outcome().isEmpty()) {
        ledger.suspend(
            key,
            unverified.endedAs(settlement),
            clock.instant().plus(settings.holdBetweenChecks()));
      }
      hear.accept(Reports.verified(action, key.uid(), unverified, settlement));
      record(key, unverified.taken().node(), settlement);
    }
    unverified.taken().limits().forEach(limit -> ledger.giveBack(limit, key));
    if (!inEffect) {
      unverified.taken().staying().forEach(limit -> ledger.giveBack(limit, key));
    }
  }

  /** Whether the release has begun since the check did. People are notified of its end. */
  private boolean isReleasedMeanwhile(Ledger.Key key) {
    Instant now = clock.instant();
    return ledger.remembered(key).map(stored -> isBeingReleased(stored, now)).orElse(true);
  }

  /** Otherwise another check has begun, because this one took too long. */
  private static boolean isOurs(Unverified stored, Unverified checked) {
    return stored.isSameAction(checked) && stored.checkedUntil().equals(checked.checkedUntil());
  }

  /**
   * Otherwise another check has reported the outcome, or a person has undone the action meanwhile.
   */
  private boolean isStillSuspended(Ledger.Key key, Unverified unverified) {
    return ledger.suspended(key).filter(unverified::isSameAction).isPresent();
  }

  ResponseDecided settle(Attempt<?, ?> attempt, String uid, Progress.Done done, UndoRecord undo) {
    Settlement settlement =
        settlement(attempt.alertId(), done, notBefore(attempt.situation().now()), undo.until());
    record(attempt.key(uid), attempt.situation().observed().onNode(), settlement);
    return Reports.settled(attempt.action(), attempt.situation(), uid, settlement);
  }

  /** An outcome is of the time at which it was seen, not of that at which the alert came. */
  private Instant notBefore(Instant came) {
    Instant now = clock.instant();
    return now.isBefore(came) ? came : now;
  }

  /** Whether an action that has ended has an effect, which others may not see yet. */
  static boolean isInEffect(Progress.Done done, UndoRecord undo) {
    return done.leased()
        || done.outcome() == ResponseOutcome.TAKEN
        || done.outcome() == ResponseOutcome.REQUESTED
        || undo.remembered().isPresent();
  }

  private static boolean isInEffect(Settlement seen, UndoRecord undo) {
    return isInEffect(
        new Progress.Done(seen.outcome(), seen.explanation(), seen.leaseUntil().isPresent()), undo);
  }

  private static Settlement settlement(
      String alertId, Progress.Done done, Instant at, Instant until) {
    return new Settlement(
        alertId,
        done.outcome(),
        done.explanation(),
        at,
        done.leased() ? Optional.of(until) : Optional.empty());
  }

  /**
   * A failed action that left its object without any containment counts for the circuit breaker.
   * The failures on one node cannot open it alone, because an intruder with root there can cause
   * them.
   */
  private void record(Ledger.Key key, Optional<String> node, Settlement settlement) {
    ledger.settle(key, settlement);
    Effect effect =
        playbooks.actions().named(key.action()).map(Action::effect).orElse(Effect.CONTAINS);
    if (effect != Effect.NONE
        && settlement.outcome() == ResponseOutcome.FAILED
        && settlement.leaseUntil().isEmpty()
        && !isContained(key)) {
      Budget breaker = playbooks.limits().circuitBreaker();
      ledger.spend(
          Allowance.breaker(effect),
          spender(key, node, breaker.max() - 1),
          settlement.at(),
          breaker.window(),
          breaker.max());
    }
  }

  /** Whether another action contains the object. */
  private boolean isContained(Ledger.Key key) {
    return playbooks.actions().here().stream()
        .filter(other -> other.effect() == Effect.CONTAINS && !other.name().equals(key.action()))
        .map(other -> new Ledger.Key(other.name(), key.uid()))
        .anyMatch(
            other ->
                ledger.suspended(other).isPresent()
                    || ledger.settled(other).filter(Settlement::isInEffect).isPresent());
  }

  /** The failures of one node count as those of so many objects at most. */
  private static String spender(Ledger.Key key, Optional<String> node, int most) {
    return node.isEmpty() || most < 1
        ? key.action() + "/" + key.uid()
        : "node/" + node.get() + "/" + Math.floorMod(key.uid().hashCode(), most);
  }
}
