package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Allowance;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Memo;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.Room;
import io.cattleguard.respond.action.Sight;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.action.Subject;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Ledger.Claim;
import io.cattleguard.respond.ledger.Ledger.Containment;
import io.cattleguard.respond.ledger.Ledger.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Runs playbooks on alerts, in one order for every action: look, decide, claim, act, verify,
 * record, report. Only this class lets an action act, on one exact object at a time.
 */
public final class Responder {
  private static final int FIRST_PAUSE = 10;

  private final Playbooks playbooks;
  private final Places places;
  private final Ledger ledger;
  private final ResponderSettings settings;
  private final InstantSource clock;
  private final Pause pause;

  /**
   * Takes the places in which it acts and a ledger. It runs only the steps whose places it has.
   *
   * @param clock only measures how long an effect takes
   * @param pause waits between two checks of the effect
   */
  public Responder(
      Playbooks playbooks,
      Places places,
      Ledger ledger,
      ResponderSettings settings,
      InstantSource clock,
      Pause pause) {
    this.playbooks = playbooks;
    this.places = places;
    this.ledger = ledger;
    this.settings = settings;
    this.clock = clock;
    this.pause = pause;
  }

  /** Waits. */
  @FunctionalInterface
  public interface Pause {
    /** Waits that many milliseconds. */
    void millis(long millis);
  }

  /** One action in one situation. */
  private record Attempt<P, S extends Sight>(Action<P, S> action, P place, Situation<S> situation) {
    private String alertId() {
      return situation.scored().alert().id();
    }

    private Ledger.Key key(String uid) {
      return new Ledger.Key(action.name(), uid);
    }
  }

  /**
   * Runs every playbook that matches a scored alert, step by step.
   *
   * @return one outcome per step
   * @throws Unavailable if a retry may succeed: another attempt holds the claim, or the ledger does
   *     not answer; nothing is left half recorded
   */
  public List<ResponseDecided> respond(ScoredAlert scored, Instant now, boolean replayed) {
    List<ResponseDecided> decided = new ArrayList<>();
    respond(scored, now, replayed, decided::add);
    return decided;
  }

  /**
   * Like {@link #respond(ScoredAlert, Instant, boolean)}, but reports each step's outcome before
   * the next step.
   */
  public void respond(
      ScoredAlert scored, Instant now, boolean replayed, Consumer<ResponseDecided> hear) {
    for (Playbook playbook : playbooks.answering(scored)) {
      for (Action<?, ?> action : playbook.steps()) {
        if (places.have(action)) {
          hear.accept(decide(look(action, playbook, scored, now, replayed)));
        }
      }
    }
  }

  private <P, S extends Sight> Attempt<P, S> look(
      Action<P, S> action, Playbook playbook, ScoredAlert scored, Instant now, boolean replayed) {
    P place = places.of(action);
    S sight = action.look(place, scored);
    List<Allowance> allowances =
        Allowance.of(
            playbook,
            playbooks.limits(),
            sight.subject(),
            (key, uid, budget) -> ledger.spentByOthers(key, uid, now.minus(budget.window())));
    return new Attempt<>(
        action,
        place,
        new Situation<>(
            scored,
            playbook,
            sight,
            allowances,
            Fact.ask(ledger::halted),
            now,
            replayed,
            settings.rehearsal()));
  }

  private <P, S extends Sight> ResponseDecided decide(Attempt<P, S> attempt) {
    Action<P, S> action = attempt.action();
    Situation<S> situation = attempt.situation();
    Decision decision = Decision.decide(action, situation);
    if (situation.playbook().mode() == Mode.ENFORCE && !(decision instanceof Decision.Act)) {
      Optional<ResponseDecided> before = answeredBefore(attempt);
      if (before.isPresent()) {
        return before.get();
      }
    }
    return switch (decision) {
      case Decision.Observe observe -> Told.observed(action, situation, observe.objections());
      case Decision.Refuse refuse -> Told.refused(action, situation, refuse.objections());
      case Decision.AwaitApproval approval -> Told.awaitingApproval(action, situation);
      case Decision.Act act -> claim(attempt, act.subject());
    };
  }

  /**
   * Finds the outcome of an earlier delivery of the same alert. A redelivered alert may be too old
   * or its object may be gone, so the guards object although the action was taken. Also covers an
   * attempt that was killed before it recorded its outcome.
   */
  private Optional<ResponseDecided> answeredBefore(Attempt<?, ?> attempt) {
    String action = attempt.action().name();
    try {
      Optional<Ledger.Answer> answer = ledger.answered(attempt.alertId(), action);
      if (answer.isPresent()) {
        return answer.map(
            one ->
                Told.settled(attempt.action(), attempt.situation(), one.uid(), one.settlement()));
      }
      return ledger.begun(attempt.alertId(), action).flatMap(uid -> interrupted(attempt, uid));
    } catch (Unavailable e) {
      return Optional.empty();
    }
  }

  private <P, S extends Sight> Optional<ResponseDecided> interrupted(
      Attempt<P, S> attempt, String uid) {
    Memo memo =
        ledger
            .remembered(attempt.key(uid))
            .map(containment -> Memo.resumed(ledger, containment))
            .orElseGet(() -> memo(attempt, uid));
    return attempt
        .action()
        .interrupted(attempt.place(), attempt.situation().sight(), uid, memo)
        .map(done -> settle(attempt, uid, done, memo));
  }

  private <P, S extends Sight> ResponseDecided claim(Attempt<P, S> attempt, Subject subject) {
    Ledger.Key key = attempt.key(subject.uid());
    Instant now = attempt.situation().now();
    return switch (ledger.claim(key, attempt.alertId(), now, settings.hold())) {
      case Claim.Held held ->
          throw new Unavailable(
              key.action()
                  + " on "
                  + key.uid()
                  + " is held by another attempt until "
                  + held.until());
      case Claim.Settled settled -> settledBefore(attempt, subject, settled.settlement());
      case Claim.Granted granted -> act(attempt, subject);
    };
  }

  /**
   * Takes the places and acts. The claim is held, so no other attempt takes or returns the places
   * of this object.
   */
  private <P, S extends Sight> ResponseDecided act(Attempt<P, S> attempt, Subject subject) {
    List<Room> entered = new ArrayList<>();
    try {
      for (Room room : attempt.action().rooms(attempt.situation().sight())) {
        if (!enter(room, attempt, subject)) {
          ledger.withdraw(attempt.key(subject.uid()), attempt.alertId());
          throw new Unavailable(
              "too many actions run at once for "
                  + room.name()
                  + ", of which "
                  + room.places()
                  + " may");
        }
        entered.add(room);
      }
      Memo memo = memo(attempt, subject.uid());
      return settle(attempt, subject.uid(), take(attempt, subject, memo), memo);
    } finally {
      entered.forEach(room -> ledger.giveBack(room.name(), subject.uid()));
    }
  }

  private boolean enter(Room room, Attempt<?, ?> attempt, Subject subject) {
    return ledger.spend(
        room.name(), subject.uid(), attempt.situation().now(), settings.hold(), room.places());
  }

  /** A redelivery of the same alert gets the same outcome; another alert is refused. */
  private static ResponseDecided settledBefore(
      Attempt<?, ?> attempt, Subject subject, Settlement settlement) {
    if (settlement.alertId().equals(attempt.alertId())) {
      return Told.settled(attempt.action(), attempt.situation(), subject.uid(), settlement);
    }
    return Told.refused(
        attempt.action(),
        attempt.situation(),
        List.of(
            attempt.action().name()
                + " on "
                + subject.inWords()
                + " already ran: "
                + settlement.outcome().jsonName()
                + " at "
                + settlement.at()
                + " for alert "
                + settlement.alertId()));
  }

  private <P, S extends Sight> Progress.Done take(
      Attempt<P, S> attempt, Subject subject, Memo memo) {
    Optional<String> stop = lastLook(attempt, subject);
    if (stop.isPresent()) {
      return new Progress.Done(ResponseOutcome.REFUSED, stop.get());
    }
    try {
      return verified(
          attempt, attempt.action().take(attempt.place(), attempt.situation().sight(), memo), memo);
    } catch (Denied e) {
      return new Progress.Done(ResponseOutcome.FAILED, "denied: " + e.getMessage());
    } catch (Unavailable e) {
      return new Progress.Done(
          ResponseOutcome.FAILED, "the result could not be verified: " + e.getMessage());
    }
  }

  /** Checks the kill switch again and takes from the budget, right before the action. */
  private Optional<String> lastLook(Attempt<?, ?> attempt, Subject subject) {
    if (ledger.halted()) {
      return Optional.of("the kill switch is on: no action is taken");
    }
    for (Allowance allowance : attempt.situation().allowances()) {
      Budget budget = allowance.budget();
      if (!ledger.spend(
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

  /** Checks until the effect is visible or the time is up. */
  private <P> Progress.Done verified(Attempt<P, ?> attempt, Progress taken, Memo memo) {
    Instant started = clock.instant();
    long longest = attempt.action().longestPause().toMillis();
    long wait = longest / FIRST_PAUSE;
    Progress progress = taken;
    while (progress instanceof Progress.Pending pending) {
      Duration since = Duration.between(started, clock.instant());
      progress = attempt.action().verify(attempt.place(), pending.state(), memo, since);
      if (progress instanceof Progress.Pending still) {
        if (since.compareTo(settings.verifyWithin()) >= 0) {
          if (!still.otherwise().leased()) {
            memo.forget();
          }
          return still.otherwise();
        }
        pause.millis(wait);
        wait = Math.min(wait * 2, longest);
      }
    }
    return switch (progress) {
      case Progress.Done done -> done;
      case Progress.Pending pending -> pending.otherwise();
    };
  }

  private ResponseDecided settle(Attempt<?, ?> attempt, String uid, Progress.Done done, Memo memo) {
    Settlement settlement =
        new Settlement(
            attempt.alertId(),
            done.outcome(),
            done.explanation(),
            attempt.situation().now(),
            done.leased() ? Optional.of(memo.until()) : Optional.empty());
    ledger.settle(attempt.key(uid), settlement);
    return Told.settled(attempt.action(), attempt.situation(), uid, settlement);
  }

  private Memo memo(Attempt<?, ?> attempt, String uid) {
    Situation<?> situation = attempt.situation();
    return Memo.of(
        ledger,
        attempt.key(uid),
        situation.playbook().name(),
        situation.now(),
        situation.now().plus(attempt.action().lease().orElse(Duration.ZERO)),
        situation.scored());
  }

  /**
   * Undoes the containments whose lease has expired.
   *
   * @return one outcome per containment whose lease has expired
   */
  public List<ResponseDecided> releaseEnded(Instant now) {
    List<ResponseDecided> decided = new ArrayList<>();
    releaseEnded(now, decided::add);
    return decided;
  }

  /**
   * Like {@link #releaseEnded(Instant)}, but reports each release before the ledger entry is
   * deleted. A process that is killed in between releases and reports it again. An error with one
   * containment does not keep the others from being released. A release that fails is retried with
   * every call, and reported once.
   */
  public void releaseEnded(Instant now, Consumer<ResponseDecided> hear) {
    List<RuntimeException> errors = new ArrayList<>();
    for (Containment containment : ledger.endedBy(now)) {
      for (Action<?, ?> action : playbooks.actions().here()) {
        if (places.have(action) && action.undoes(containment)) {
          try {
            release(action, containment, now, hear);
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
    if (!errors.isEmpty()) {
      RuntimeException first = errors.getFirst();
      errors.stream().skip(1).forEach(first::addSuppressed);
      throw first;
    }
  }

  private <P> void release(
      Action<P, ?> action, Containment containment, Instant now, Consumer<ResponseDecided> hear) {
    if (!isStillDue(containment, now)) {
      return;
    }
    Progress.Done undone;
    try {
      Progress.Done done = action.release(places.of(action), containment.subject());
      undone = new Progress.Done(done.outcome(), "lease expired: " + done.explanation());
    } catch (Denied e) {
      undone =
          new Progress.Done(
              ResponseOutcome.FAILED,
              "lease expired, but the release was denied: " + e.getMessage());
    } catch (Unavailable e) {
      undone =
          new Progress.Done(
              ResponseOutcome.FAILED,
              "lease expired, but the undo failed and is retried: " + e.getMessage());
    }
    if (undone.outcome() == ResponseOutcome.FAILED) {
      if (containment.failingSince().isEmpty()) {
        hear.accept(Told.released(action, containment, undone, now));
        if (isStillDue(containment, now)) {
          ledger.remember(containment.failing(now));
        }
      }
      return;
    }
    hear.accept(Told.released(action, containment, undone, now));
    ledger.forget(containment);
    if (containment.action().isEmpty()) {
      ledger.forget(containment.by(action.name()));
    }
  }

  /**
   * Reads the ledger again, because another sweep may have released the object, and another alert
   * may have contained it again.
   */
  private boolean isStillDue(Containment containment, Instant now) {
    return ledger
        .remembered(containment.key())
        .filter(stored -> stored.since().equals(containment.since()))
        .filter(stored -> !stored.until().isAfter(now))
        .isPresent();
  }
}
