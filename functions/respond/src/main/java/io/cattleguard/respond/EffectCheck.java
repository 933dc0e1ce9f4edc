package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.delay.DelayedMessage;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Looks at the effect of an action, which may show only after some time. */
final class EffectCheck {
  static final Duration LONGEST_CHECK = Duration.ofSeconds(15);

  private final Ledger ledger;
  private final ResponderSettings settings;
  private final InstantSource clock;
  private final DelayQueue later;

  EffectCheck(Ledger ledger, ResponderSettings settings, InstantSource clock, DelayQueue later) {
    this.ledger = ledger;
    this.settings = settings;
    this.clock = clock;
    this.later = later;
  }

  /**
   * The outcome of an action whose API call was refused, was not answered, or got an unexpected
   * answer.
   */
  static Progress.Done failed(RuntimeException e) {
    return new Progress.Done(
        ResponseOutcome.FAILED,
        switch (e) {
          case Denied denied -> "denied: " + denied.getMessage();
          case Unavailable gone -> "the result could not be verified: " + gone.getMessage();
          default -> "an unexpected error: " + e.getClass().getSimpleName();
        });
  }

  /** Most effects are visible at once. */
  <P> Progress verifiedAtOnce(
      Attempt<P, ?> attempt, Instant taken, Progress progress, UndoRecord undo) {
    return progress instanceof Progress.Pending pending
        ? verify(attempt.action(), attempt.place(), taken, pending, undo, () -> false)
        : progress;
  }

  /**
   * Checks the effect once. An API that does not answer is asked again until the time is up.
   *
   * @param isRepeated whether this check has repeated a change after a long pause, such as while
   *     the kill switch was on: then the effect may show at the next check
   */
  <P> Progress verify(
      Action<P, ?> action,
      P place,
      Instant taken,
      Progress.Pending pending,
      UndoRecord undo,
      BooleanSupplier isRepeated) {
    Duration since = Duration.between(taken, clock.instant());
    Progress progress;
    try {
      progress = action.verify(place, pending.state(), undo, since);
      if (progress instanceof Progress.Done done && isOfAnother(action, done, undo)) {
        return new Progress.Pending(pending.state(), done);
      }
      if (progress instanceof Progress.Done done && mayBeOlder(action, done, taken, since, undo)) {
        progress = new Progress.Pending(pending.state(), done);
      }
    } catch (Unavailable e) {
      progress =
          new Progress.Pending(pending.state(), failed(e).leasedAs(pending.otherwise().leased()));
    } catch (RuntimeException e) {
      return failed(e).leasedAs(pending.otherwise().leased());
    }
    if (progress instanceof Progress.Done done
        && done.leased()
        && done.outcome() == ResponseOutcome.FAILED
        && action.failsInPlace()) {
      undo.seen();
    }
    if (progress instanceof Progress.Pending still
        && since.compareTo(settings.verifyWithin()) >= 0
        && !isRepeated.getAsBoolean()) {
      if (!still.otherwise().leased()) {
        undo.forget();
      }
      return still.otherwise();
    }
    return progress;
  }

  /**
   * Whether an effect that is seen may be that of an earlier containment, which was released just
   * before the action was taken: the place may show its older state.
   */
  private static boolean mayBeOlder(
      Action<?, ?> action, Progress.Done done, Instant taken, Duration since, UndoRecord undo) {
    return since.compareTo(action.settled()) < 0
        && done.outcome() != ResponseOutcome.FAILED
        && undo.isReleasedAfter(taken.minus(action.settling()));
  }

  /**
   * Whether an effect that is seen may be older than the release of another containment with the
   * same effect. The release ended this effect too.
   */
  private boolean isOfAnother(Action<?, ?> action, Progress.Done done, UndoRecord undo) {
    Instant settled = clock.instant().minus(action.settled());
    // Most actions show at once what they changed, and need no read of the ledger here.
    return done.outcome() != ResponseOutcome.FAILED
        && !action.settled().isZero()
        && undo.remembered()
            .flatMap(action::sharedEffect)
            .filter(effect -> undo.isReleasedAfter(effect, settled))
            .isPresent();
  }

  static Duration firstCheck(Action<?, ?> action) {
    return action.longestPause().dividedBy(10);
  }

  Duration nextCheck(Action<?, ?> action, Instant taken) {
    Duration half = Duration.between(taken, clock.instant()).dividedBy(2);
    Duration first = firstCheck(action);
    if (half.compareTo(first) < 0) {
      return first;
    }
    return half.compareTo(LONGEST_CHECK) < 0 ? half : LONGEST_CHECK;
  }

  /** For a host without messages: checks until the effect is visible or the time is up. */
  <P> Progress.Done waited(
      Attempt<P, ?> attempt, Instant taken, Progress progress, UndoRecord undo) {
    Duration wait = firstCheck(attempt.action());
    Progress now = progress;
    while (now instanceof Progress.Pending pending) {
      if (isStopped(attempt.action())) {
        return pending.otherwise();
      }
      later.send(
          new DelayedMessage.Verify(Optional.empty(), attempt.key(""), attempt.alertId()), wait);
      wait = wait.multipliedBy(2);
      Duration longest = attempt.action().longestPause();
      wait = wait.compareTo(longest) < 0 ? wait : longest;
      now = verify(attempt.action(), attempt.place(), taken, pending, undo, () -> false);
    }
    return (Progress.Done) now;
  }

  boolean isStopped(Action<?, ?> action) {
    return action.repeatsChanges() && ledger.halted();
  }
}
