package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.NotVisibleYet;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Containment.Turn;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Ledger.Settlement;
import io.cattleguard.respond.ledger.Unverified;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Ends containments: when their lease has expired, or when a person asked for it. A lease is
 * extended while alerts about the object still come, and while the kill switch is on.
 */
final class Releases {
  /** An alert that is younger than this at the end of a lease means that the attack continues. */
  private static final Duration GOES_ON = Duration.ofMinutes(30);

  private static final Duration WHILE_STOPPED = Duration.ofHours(1);

  /** Least time between two reminders of a containment that only a person ends. */
  private static final Duration REMINDER = Duration.ofDays(1);

  /** A lease may be zero; an extension is longer. */
  private static final Duration LEAST = Duration.ofMinutes(1);

  /** How long a change of an AWS resource may be accepted and not visible. */
  private static final Duration INVISIBLE = Duration.ofMinutes(1);

  /** How long a release may be accepted and not visible before it is reported as failed. */
  private static final Duration PATIENCE = INVISIBLE.multipliedBy(2);

  /** Longer than a sweep can last, which is two minutes in a function. */
  private static final Duration TURN = Duration.ofSeconds(150);

  private final Playbooks playbooks;
  private final Places places;
  private final Ledger ledger;
  private final InstantSource clock;

  Releases(Playbooks playbooks, Places places, Ledger ledger, InstantSource clock) {
    this.playbooks = playbooks;
    this.places = places;
    this.ledger = ledger;
    this.clock = clock;
  }

  /**
   * Releases each containment that is due, and reports each release before the ledger entry is
   * deleted. A process that is killed in between releases and reports it again. An error with one
   * containment does not keep the others from being released. A release that fails is retried with
   * backoff, and reported once. One that does not show yet is checked again, and reported only if
   * it stays so.
   */
  void ended(Instant now, Consumer<ResponseDecided> hear) {
    List<RuntimeException> errors = new ArrayList<>();
    for (Containment containment : ledger.endedBy(now)) {
      for (Action<?, ?> action : playbooks.actions().here()) {
        if (places.have(action) && action.undoes(containment)) {
          try {
            inTurn(action, containment, now, hear);
          } catch (RuntimeException e) {
            errors.add(e);
          }
        }
      }
    }
    List<String> unreadable = ledger.unreadableContainments();
    if (!unreadable.isEmpty()) {
      errors.add(
          new IllegalStateException(
              "containments that cannot be read and are not released: "
                  + String.join(", ", unreadable)));
    }
    Responder.throwFirst(errors);
  }

  /**
   * Reads the ledger again, because another sweep may have released the object, and another alert
   * may have contained it again. An attempt that has stored its containment and has not acted yet
   * would contain the object after the release, and nothing would undo that; neither would a
   * release undo what it cannot see yet.
   */
  private Optional<Containment> stillDue(
      Action<?, ?> action, Containment containment, Instant now) {
    Ledger.Key claim = new Ledger.Key(action.name(), containment.uid());
    return ledger
        .remembered(containment.key())
        .filter(stored -> stored.since().equals(containment.since()))
        .filter(stored -> !stored.due().isAfter(now))
        .filter(stored -> !ledger.isActing(claim, now))
        .filter(stored -> !isInvisible(action, claim, now));
  }

  /** The last check of an action that failed may have repeated its change. */
  private boolean isInvisible(Action<?, ?> action, Ledger.Key claim, Instant now) {
    Optional<Instant> changed =
        ledger
            .suspended(claim)
            .map(Unverified::lastChange)
            .or(
                () ->
                    ledger
                        .settled(claim)
                        .filter(one -> action.repeatsChanges())
                        .filter(one -> one.outcome() == ResponseOutcome.FAILED)
                        .map(Settlement::at));
    return changed.filter(at -> at.plus(INVISIBLE).isAfter(now)).isPresent();
  }

  /** A concurrent sweep skips it meanwhile. */
  private void inTurn(
      Action<?, ?> action, Containment listed, Instant now, Consumer<ResponseDecided> hear) {
    Instant begun = clock.instant();
    Turn mine = new Turn((begun.isAfter(now) ? begun : now).plus(TURN));
    AtomicBoolean isMine = new AtomicBoolean();
    // Only the answer about the state that is finally stored counts: the change is conditional.
    ledger.change(
        listed.key(),
        stored -> {
          isMine.set(!stored.isInTurn(now));
          return isMine.get() ? stored.inTurn(mine) : stored;
        });
    if (!isMine.get()) {
      return;
    }
    try {
      Optional<Containment> due = stillDue(action, listed, now);
      if (due.isPresent()) {
        end(action, due.get(), now, hear);
      }
    } catch (RuntimeException e) {
      try {
        ledger.change(listed.key(), stored -> stored.afterTurn(mine));
      } catch (RuntimeException more) {
        e.addSuppressed(more);
      }
      throw e;
    }
    ledger.change(listed.key(), stored -> stored.afterTurn(mine));
  }

  /**
   * A sweep that was killed after its release only left the report. To release again would undo
   * what others have made since, such as a rule that was restored and revoked again.
   */
  private void end(
      Action<?, ?> action, Containment due, Instant now, Consumer<ResponseDecided> hear) {
    if (due.released().isPresent()) {
      finish(action, due, reported(due, due.released().get()), now, hear);
    } else if (!extend(action, due, now, hear)) {
      release(action, due, now, hear);
    }
  }

  /** A person may have asked for the release after it. */
  private static Progress.Done reported(Containment due, Settlement released) {
    String said = released.explanation();
    String why = why(due);
    return new Progress.Done(
        released.outcome(),
        due.undo().isEmpty() || said.startsWith(why) ? said : why + ", after its release: " + said);
  }

  private static String why(Containment containment) {
    return containment
        .undo()
        .map(undo -> "undone by " + undo.by() + " (" + undo.reason() + ")")
        .orElse("lease expired");
  }

  private static Ledger.Key claim(Action<?, ?> action, Containment containment) {
    return new Ledger.Key(action.name(), containment.uid());
  }

  /** Whether the lease was extended. A person's undo and a retry of a release are not delayed. */
  private boolean extend(
      Action<?, ?> action, Containment containment, Instant now, Consumer<ResponseDecided> hear) {
    if (containment.undo().isPresent()) {
      return false;
    }
    Action<?, ?> configured = playbooks.configured(action.name(), containment.playbook());
    Duration lease = configured.lease().orElse(WHILE_STOPPED);
    boolean halted = ledger.halted();
    Optional<String> outlasts = halted ? Optional.empty() : outlasts(configured, containment);
    Duration more;
    String why;
    if (halted) {
      more = lease.compareTo(WHILE_STOPPED) < 0 ? lease : WHILE_STOPPED;
      why =
          "the kill switch is on, so nothing is released"
              + containment
                  .acceptedSince()
                  .map(
                      at ->
                          "; its release was accepted at "
                              + at.truncatedTo(ChronoUnit.SECONDS)
                              + " and did not show yet, so it may not be contained any more")
                  .orElse("");
    } else if (outlasts.isPresent()) {
      more = lease.compareTo(REMINDER) < 0 ? REMINDER : lease;
      why = outlasts.get();
    } else if (containment.failing().isEmpty() && goesOn(containment, lease, now)) {
      more = lease;
      why = "alerts about it continue, the latest at " + containment.alertAt();
    } else {
      return false;
    }
    Duration step = more.compareTo(LEAST) < 0 ? LEAST : more;
    Instant until = containment.until();
    while (!until.isAfter(now)) {
      until = until.plus(step);
    }
    Instant end = until;
    // One whose effect is gone is not reported as contained. A part of it may still be in effect.
    if (containment.effect() != Containment.Effect.GONE) {
      hear.accept(Reports.extended(action, containment, why, end, now));
    }
    // A person may have asked for the release since it was read.
    ledger.change(
        containment.key(),
        stored ->
            stored.since().equals(containment.since()) && stored.undo().isEmpty()
                ? stored.extendedTo(end)
                : stored);
    return true;
  }

  /** If this cannot be read, nothing is released: the next sweep reads it again. */
  private <P> Optional<String> outlasts(Action<P, ?> action, Containment containment) {
    return action.outlasts(places.of(action), containment.subject());
  }

  private static boolean goesOn(Containment containment, Duration lease, Instant now) {
    Duration half = lease.dividedBy(2);
    Duration recent = half.compareTo(GOES_ON) < 0 ? half : GOES_ON;
    return containment.alertAt().isAfter(containment.since())
        && containment.alertAt().plus(recent).isAfter(now);
  }

  private <P> void release(
      Action<P, ?> action, Containment containment, Instant now, Consumer<ResponseDecided> hear) {
    String why = why(containment);
    ledger.noteRelease(claim(action, containment), containment.since(), clock.instant());
    Progress.Done undone;
    try {
      Progress.Done done = releaseOne(action, containment);
      undone = new Progress.Done(done.outcome(), why + ": " + done.explanation());
    } catch (NotVisibleYet e) {
      if (mayShow(containment, now)) {
        ledger.change(
            containment.key(),
            stored -> stored.since().equals(containment.since()) ? stored.acceptedAt(now) : stored);
        return;
      }
      undone = new Progress.Done(ResponseOutcome.FAILED, why + ": " + e.getMessage());
    } catch (Denied e) {
      undone =
          new Progress.Done(
              ResponseOutcome.FAILED, why + ", but the release was denied: " + e.getMessage());
    } catch (Unavailable e) {
      undone =
          new Progress.Done(
              ResponseOutcome.FAILED,
              why + ", but the undo failed and is retried: " + e.getMessage());
    }
    if (undone.outcome() == ResponseOutcome.FAILED) {
      if (containment.failed().isEmpty()) {
        hear.accept(Reports.released(action, containment, undone, now));
      }
      ledger.change(
          containment.key(),
          stored -> stored.since().equals(containment.since()) ? stored.failedAt(now) : stored);
      return;
    }
    Settlement outcome =
        settlement(containment, undone.outcome(), undone.explanation(), clock.instant());
    ledger.change(
        containment.key(),
        stored -> stored.since().equals(containment.since()) ? stored.releasedAs(outcome) : stored);
    finish(action, containment, undone, now, hear);
  }

  /** What another containment needs is not changed: its release undoes both. */
  private <P> Progress.Done releaseOne(Action<P, ?> action, Containment containment) {
    Optional<String> effect = action.sharedEffect(containment.subject());
    Optional<Containment> other =
        effect.flatMap(shared -> withTheSameEffect(action, containment, shared));
    if (other.isPresent()) {
      Containment one = other.get();
      return new Progress.Done(
          ResponseOutcome.RELEASED,
          "nothing is changed yet: "
              + action.inWords(Reports.scored(one.scoredJson()).alert().target(), one.uid())
              + " is contained with the same effect until "
              + one.until().truncatedTo(ChronoUnit.SECONDS)
              + ", and its release undoes both");
    }
    effect.ifPresent(
        shared ->
            ledger.noteRelease(
                new Ledger.Key(action.name(), shared), containment.since(), clock.instant()));
    return action.release(places.of(action), containment.subject());
  }

  /**
   * Another containment that stays. One that is still verified may be forgotten without a release.
   * Of two that are released at once, each finds the other in its turn, and both are undone.
   */
  private Optional<Containment> withTheSameEffect(
      Action<?, ?> action, Containment containment, String effect) {
    Instant now = clock.instant();
    return ledger.live().stream()
        .filter(one -> one.action().equals(action.name()) && !one.uid().equals(containment.uid()))
        .filter(one -> one.released().isEmpty() && !one.isInTurn(now))
        .filter(one -> one.effect() != Containment.Effect.GONE)
        .filter(one -> hasEffect(action, one, effect))
        .filter(
            one -> ledger.settled(claim(action, one)).filter(Settlement::isInEffect).isPresent())
        .findFirst();
  }

  /** One that cannot be read keeps no other one from being released. */
  private static boolean hasEffect(Action<?, ?> action, Containment one, String effect) {
    try {
      return action.sharedEffect(one.subject()).filter(effect::equals).isPresent();
    } catch (Unavailable e) {
      return false;
    }
  }

  private static Settlement settlement(
      Containment containment, ResponseOutcome outcome, String explanation, Instant at) {
    return new Settlement(
        Reports.scored(containment.scoredJson()).alert().id(),
        outcome,
        explanation,
        at,
        Optional.empty());
  }

  private void finish(
      Action<?, ?> action,
      Containment containment,
      Progress.Done undone,
      Instant now,
      Consumer<ResponseDecided> hear) {
    hear.accept(Reports.released(action, containment, undone, now));
    if (containment.undo().isPresent()) {
      // The same object is not contained again against the person's will. A process that is killed
      // from here on finds the order again.
      ledger.settle(
          claim(action, containment),
          settlement(containment, ResponseOutcome.RELEASED, undone.explanation(), now));
    }
    ledger.forget(containment);
    if (containment.action().isEmpty()) {
      ledger.forget(containment.by(action.name()));
    }
  }

  /** The time for a release to show starts again after an extended lease, with a new release. */
  private static boolean mayShow(Containment containment, Instant now) {
    return containment.failed().isEmpty()
        && containment
            .failing()
            .map(Containment.Failing::since)
            .map(accepted -> accepted.isAfter(containment.until()) ? accepted : containment.until())
            .filter(from -> !from.plus(PATIENCE).isAfter(now))
            .isEmpty();
  }
}
