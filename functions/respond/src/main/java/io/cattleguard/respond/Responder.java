package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.InWords;
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
 * Answers alerts by playbooks, in one order for every action: look, decide, claim, act, verify,
 * record, tell. The only class that lets an action act, and on one exact object at a time.
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
   * Over the places where it acts and a ledger. It takes the steps whose places it has.
   *
   * @param clock only for waiting until an action shows its effect
   * @param pause waits between two looks
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

  /** Waits a moment. */
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
   * Answers a scored alert by every playbook that matches it, step by step.
   *
   * @return what was done, or why not, for each step
   * @throws Unavailable where another attempt may do better: another one holds the action, or the
   *     ledger does not answer; nothing was left half recorded
   */
  public List<ResponseDecided> respond(ScoredAlert scored, Instant now, boolean replayed) {
    List<ResponseDecided> decided = new ArrayList<>();
    respond(scored, now, replayed, decided::add);
    return decided;
  }

  /**
   * Answers as {@link #respond(ScoredAlert, Instant, boolean)} does, and tells what became of each
   * step before it takes the next.
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
    Fact<Integer> spent =
        Fact.ask(
            () ->
                ledger.spent(
                    playbook.budgetOf(sight.subject()), now.minus(playbook.budget().window())));
    return new Attempt<>(
        action,
        place,
        new Situation<>(
            scored,
            playbook,
            sight,
            spent,
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
      case Decision.Act act -> act(attempt, act.subject());
    };
  }

  /**
   * An alert that did its work and is delivered again finds its object gone, or itself old. It is
   * told what its action came to, also where an attempt was killed before it could record that.
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

  private <P, S extends Sight> ResponseDecided act(Attempt<P, S> attempt, Subject subject) {
    Optional<Room> room = attempt.action().room(attempt.situation().sight());
    if (room.isEmpty()) {
      return claim(attempt, subject);
    }
    String name = room.get().name();
    Instant now = attempt.situation().now();
    if (!ledger.spend(name, subject.uid(), now, settings.hold(), room.get().places())) {
      throw new Unavailable(
          "so many of " + subject.workload() + " are being acted on that none would be left");
    }
    try {
      return claim(attempt, subject);
    } finally {
      ledger.giveBack(name, subject.uid());
    }
  }

  private <P, S extends Sight> ResponseDecided claim(Attempt<P, S> attempt, Subject subject) {
    Ledger.Key key = attempt.key(subject.uid());
    Instant now = attempt.situation().now();
    return switch (ledger.claim(key, attempt.alertId(), now, settings.hold())) {
      case Claim.Held held ->
          throw new Unavailable(
              key.action() + " on " + key.uid() + " is in other hands until " + held.until());
      case Claim.Settled settled -> settledBefore(attempt, subject, settled.settlement());
      case Claim.Granted granted -> {
        Memo memo = memo(attempt, subject.uid());
        yield settle(attempt, subject.uid(), take(attempt, subject, memo), memo);
      }
    };
  }

  /** The same alert, delivered again, is told the same; another learns that it was done. */
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
                + " was "
                + settlement.outcome().jsonName()
                + " on "
                + subject.inWords()
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
      return new Progress.Done(ResponseOutcome.FAILED, "not confirmed: " + e.getMessage());
    }
  }

  /** Right before acting: the kill switch once more, and the budget taken for good. */
  private Optional<String> lastLook(Attempt<?, ?> attempt, Subject subject) {
    if (ledger.halted()) {
      return Optional.of("the kill switch is on: nothing acts");
    }
    Playbook playbook = attempt.situation().playbook();
    Budget budget = playbook.budget();
    boolean spent =
        ledger.spend(
            playbook.budgetOf(Optional.of(subject)),
            attempt.action().name() + "/" + subject.uid(),
            attempt.situation().now(),
            budget.window(),
            budget.max());
    return spent
        ? Optional.empty()
        : Optional.of(
            "the playbook's budget of "
                + budget.max()
                + " actions within "
                + InWords.of(budget.window())
                + " was spent a moment ago");
  }

  /** Looks again and again until the effect shows, or time is up. */
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
   * Undoes what was contained for long enough.
   *
   * @return a {@code released} or {@code failed} event for each containment whose lease has ended
   */
  public List<ResponseDecided> releaseEnded(Instant now) {
    List<ResponseDecided> decided = new ArrayList<>();
    releaseEnded(now, decided::add);
    return decided;
  }

  /**
   * Releases as {@link #releaseEnded(Instant)} does, and tells of each before it is forgotten: a
   * process that is killed in between releases it again, and tells the same. An error with one
   * containment does not keep the others from being released.
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
    if (!errors.isEmpty()) {
      RuntimeException first = errors.getFirst();
      errors.stream().skip(1).forEach(first::addSuppressed);
      throw first;
    }
  }

  private <P> void release(
      Action<P, ?> action, Containment containment, Instant now, Consumer<ResponseDecided> hear) {
    Progress.Done undone;
    try {
      Progress.Done done = action.release(places.of(action), containment.subject());
      undone = new Progress.Done(done.outcome(), "the lease has ended: " + done.explanation());
    } catch (Denied e) {
      undone =
          new Progress.Done(
              ResponseOutcome.FAILED,
              "the lease has ended, and the release was denied: " + e.getMessage());
    } catch (Unavailable e) {
      undone =
          new Progress.Done(
              ResponseOutcome.FAILED,
              "the lease has ended, and it could not be released: " + e.getMessage());
    }
    hear.accept(Told.released(action, containment, undone, now));
    if (undone.outcome() != ResponseOutcome.FAILED) {
      ledger.forget(containment);
      if (containment.action().isEmpty()) {
        ledger.forget(containment.by(action.name()));
      }
    }
  }
}
