package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Acceptance;
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
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.Room;
import io.cattleguard.respond.action.Sight;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.action.Subject;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Ledger.Claim;
import io.cattleguard.respond.ledger.Ledger.Settlement;
import io.cattleguard.respond.ledger.Unverified;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Runs playbooks on alerts, in one order for every action: look, decide, claim, act, verify,
 * record, report. Only this class lets an action act, on one exact object at a time.
 *
 * <p>It does not wait: what has to be verified or decided later comes back as a message of {@link
 * Later}.
 */
public final class Responder {
  private static final Duration FIRST_RETRY = Duration.ofSeconds(2);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);
  private static final Duration LONGEST_CHECK = Duration.ofSeconds(15);

  /** How long people are not told again that actions on one object are postponed. */
  private static final Duration QUIET = Duration.ofMinutes(10);

  /** Maximum clock skew of a node by which an alert may be dated after an action on its object. */
  private static final Duration SKEW = Duration.ofSeconds(10);

  private final Playbooks playbooks;
  private final Places places;
  private final Ledger ledger;
  private final ResponderSettings settings;
  private final InstantSource clock;
  private final Later later;
  private final Releases releases;

  /**
   * Takes the places in which it acts and a ledger. It runs only the steps whose places it has.
   *
   * @param clock only measures how long an effect takes
   * @param later brings back what has to be verified or decided later
   */
  public Responder(
      Playbooks playbooks,
      Places places,
      Ledger ledger,
      ResponderSettings settings,
      InstantSource clock,
      Later later) {
    this.playbooks = playbooks;
    this.places = places;
    this.ledger = ledger;
    this.settings = settings;
    this.clock = clock;
    this.later = later;
    this.releases = new Releases(playbooks, places, ledger);
  }

  /** For a host that waits itself until an effect is visible. */
  public Responder(
      Playbooks playbooks,
      Places places,
      Ledger ledger,
      ResponderSettings settings,
      InstantSource clock,
      Later.Pause pause) {
    this(playbooks, places, ledger, settings, clock, Later.waiting(pause));
  }

  /** One action in one situation. */
  private record Attempt<P, S extends Sight>(
      Action<P, S> action, P place, Situation<S> situation, int round) {
    private String alertId() {
      return situation.scored().alert().id();
    }

    private Ledger.Key key(String uid) {
      return new Ledger.Key(action.name(), uid);
    }

    /** The object that the alert names, whether it exists or not. */
    private String name() {
      return action.named(situation.scored().alert().target());
    }
  }

  /**
   * What becomes of a step.
   *
   * @param told the outcome for people, if there is one now
   * @param again whether the step is to be decided again
   */
  private record Answer(Optional<ResponseDecided> told, boolean again) {
    private static final Answer SILENT = new Answer(Optional.empty(), false);
    private static final Answer AGAIN = new Answer(Optional.empty(), true);

    private static Answer of(ResponseDecided decided) {
      return new Answer(Optional.of(decided), false);
    }
  }

  /**
   * Runs every playbook that matches a scored alert, step by step.
   *
   * @return the outcomes that are known now, at most one per step; another follows as soon as its
   *     effect is verified, and a step that another alert's action answers has none
   * @throws Unavailable if a redelivery may succeed; nothing is left half recorded
   */
  public List<ResponseDecided> respond(ScoredAlert scored, Instant now, boolean replayed) {
    List<ResponseDecided> decided = new ArrayList<>();
    boolean unused = respond(scored, now, replayed, decided::add);
    return decided;
  }

  /**
   * Like {@link #respond(ScoredAlert, Instant, boolean)}, but reports each step's outcome before
   * the next step. A step that fails unexpectedly does not keep the next ones from being taken.
   *
   * @return whether a step of a playbook applies, also if its outcome is not known yet
   */
  public boolean respond(
      ScoredAlert scored, Instant now, boolean replayed, Consumer<ResponseDecided> hear) {
    return run(scored, now, replayed, Optional.empty(), 0, hear);
  }

  /** Takes a message that this responder sent to itself. */
  public void again(Again message, Instant now, Consumer<ResponseDecided> hear) {
    switch (message) {
      case Again.Verify verify -> verifyAgain(verify, now, hear);
      case Again.Decide decide -> {
        boolean unused =
            run(
                decide.scored(),
                now,
                false,
                Optional.of(Set.copyOf(decide.steps())),
                decide.round(),
                hear);
      }
    }
  }

  private boolean run(
      ScoredAlert scored,
      Instant now,
      boolean replayed,
      Optional<Set<String>> only,
      int round,
      Consumer<ResponseDecided> hear) {
    boolean applies = false;
    List<String> open = new ArrayList<>();
    List<RuntimeException> errors = new ArrayList<>();
    for (Playbook playbook : playbooks.answering(scored)) {
      for (Action<?, ?> action : playbook.steps()) {
        String step = playbook.name() + "/" + action.name();
        if (!places.have(action) || only.filter(steps -> !steps.contains(step)).isPresent()) {
          continue;
        }
        applies = true;
        try {
          Answer answer = decide(look(action, playbook, scored, now, replayed, round));
          answer.told().ifPresent(hear);
          if (answer.again()) {
            open.add(step);
          }
        } catch (RuntimeException e) {
          errors.add(e);
        }
      }
    }
    if (!open.isEmpty()) {
      later.send(new Again.Decide(scored, open, round + 1), retryAfter(round));
    }
    throwFirst(errors);
    return applies;
  }

  /** Throws the first error with the others suppressed, if there is one. */
  static void throwFirst(List<RuntimeException> errors) {
    if (!errors.isEmpty()) {
      RuntimeException first = errors.getFirst();
      errors.stream().skip(1).forEach(first::addSuppressed);
      throw first;
    }
  }

  private static Duration retryAfter(int round) {
    Duration wait = FIRST_RETRY.multipliedBy(1L << Math.min(round, 10));
    return wait.compareTo(LONGEST_RETRY) < 0 ? wait : LONGEST_RETRY;
  }

  private <P, S extends Sight> Attempt<P, S> look(
      Action<P, S> action,
      Playbook playbook,
      ScoredAlert scored,
      Instant now,
      boolean replayed,
      int round) {
    P place = places.of(action);
    S sight = action.look(place, scored);
    List<Allowance> allowances =
        Allowance.of(
            playbook,
            action,
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
            settings.rehearsal()),
        round);
  }

  private <P, S extends Sight> Answer decide(Attempt<P, S> attempt) {
    Action<P, S> action = attempt.action();
    Situation<S> situation = attempt.situation();
    Decision decision = Decision.decide(action, situation);
    if (situation.playbook().mode() == Mode.ENFORCE && !(decision instanceof Decision.Act)) {
      Optional<Answer> before = answeredBefore(attempt);
      if (before.isPresent()) {
        return before.get();
      }
    }
    return switch (decision) {
      // People were told what is retried, and until when.
      case Decision.Observe observe when attempt.round() > 0 -> Answer.SILENT;
      case Decision.Observe observe when isContinuing(attempt) -> Answer.SILENT;
      case Decision.Observe observe ->
          Answer.of(Told.observed(action, situation, observe.objections()));
      case Decision.Refuse refuse when isContinuing(attempt) && !isFirstInADay(attempt) ->
          Answer.SILENT;
      case Decision.Refuse refuse ->
          Answer.of(Told.refused(action, situation, refuse.objections()));
      case Decision.NothingLeft nothing -> nothingLeft(attempt, nothing.objections());
      case Decision.Escalate escalate -> escalate(attempt, escalate.objections());
      case Decision.Postpone postpone -> postpone(attempt, postpone.objections());
      case Decision.AwaitApproval approval -> Answer.of(Told.awaitingApproval(action, situation));
      case Decision.Act act -> claim(attempt, act.subject());
    };
  }

  /**
   * An earlier attempt of this alert may have caused the object to go, and was killed before it
   * could tell. So nothing is told until the object is gone.
   */
  private Answer nothingLeft(Attempt<?, ?> attempt, List<String> objections) {
    if (isAnsweredForAnother(attempt)) {
      return Answer.SILENT;
    }
    boolean begun = ledger.begun(attempt.alertId(), attempt.action().name()).isPresent();
    return begun && canRetry(attempt)
        ? Answer.AGAIN
        : Answer.of(Told.refused(attempt.action(), attempt.situation(), objections));
  }

  /** Takes the stronger action, unless the playbook names it already or nothing is stronger. */
  private Answer escalate(Attempt<?, ?> attempt, List<String> objections) {
    Situation<?> situation = attempt.situation();
    Playbook playbook = situation.playbook();
    return attempt
        .action()
        .escalation()
        .filter(name -> playbook.steps().stream().noneMatch(step -> step.name().equals(name)))
        .flatMap(playbooks.actions()::named)
        .filter(places::have)
        .map(
            stronger ->
                decide(
                    look(
                        stronger,
                        playbook,
                        situation.scored(),
                        situation.now(),
                        situation.replayed(),
                        attempt.round())))
        .orElseGet(
            () -> Answer.of(Told.refused(attempt.action(), attempt.situation(), objections)));
  }

  /** Decides again while the alert is fresh. People hear of it once per object. */
  private Answer postpone(Attempt<?, ?> attempt, List<String> objections) {
    Optional<Instant> until = freshUntil(attempt).filter(end -> canRetryBefore(attempt, end));
    if (until.isEmpty()) {
      return attempt.round() == 0
          ? Answer.of(Told.refused(attempt.action(), attempt.situation(), objections))
          : Answer.SILENT;
    }
    boolean first = attempt.round() == 0 && isFirstToSaySo(attempt);
    return new Answer(
        first
            ? Optional.of(
                Told.postponed(attempt.action(), attempt.situation(), objections, until.get()))
            : Optional.empty(),
        true);
  }

  private static Optional<Instant> freshUntil(Attempt<?, ?> attempt) {
    return Optional.ofNullable(attempt.situation().scored().alert().observedAt())
        .map(at -> at.plus(attempt.situation().playbook().freshness()));
  }

  private boolean canRetry(Attempt<?, ?> attempt) {
    return freshUntil(attempt).filter(end -> canRetryBefore(attempt, end)).isPresent();
  }

  private boolean canRetryBefore(Attempt<?, ?> attempt, Instant end) {
    return later.comes()
        && !attempt.situation().now().plus(retryAfter(attempt.round())).isAfter(end);
  }

  private boolean isFirstToSaySo(Attempt<?, ?> attempt) {
    return isFirst(attempt, "postponed", QUIET);
  }

  private boolean isFirstInADay(Attempt<?, ?> attempt) {
    return isFirst(attempt, "refused", Duration.ofDays(1));
  }

  private boolean isFirst(Attempt<?, ?> attempt, String what, Duration quiet) {
    try {
      return ledger.spend(
          what + "/" + attempt.action().name() + "/" + attempt.name(),
          attempt.alertId(),
          attempt.situation().now(),
          quiet,
          1);
    } catch (Unavailable e) {
      return true;
    }
  }

  /**
   * An alert that goes on was told when it began; people need not hear every quarter of an hour.
   */
  private static boolean isContinuing(Attempt<?, ?> attempt) {
    return attempt.situation().scored().accepted().acceptance() == Acceptance.CONTINUING;
  }

  /**
   * Whether the action that another alert caused answers this alert as well: it was taken on the
   * object of that name, and this alert saw the object before.
   */
  private boolean isAnsweredForAnother(Attempt<?, ?> attempt) {
    Set<String> uids = new LinkedHashSet<>();
    attempt.situation().sight().subject().map(Subject::uid).ifPresent(uids::add);
    ledger.claimedByName(attempt.action().name(), attempt.name()).ifPresent(uids::add);
    Instant seenAt = attempt.situation().scored().alert().observedAt();
    for (String uid : uids) {
      Ledger.Key key = attempt.key(uid);
      if (ledger.suspended(key).isPresent()
          || ledger
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
   */
  private Optional<Answer> answeredBefore(Attempt<?, ?> attempt) {
    String action = attempt.action().name();
    try {
      Optional<Answer> answer = settledAnswer(attempt);
      if (answer.isPresent()) {
        return answer;
      }
      Optional<String> begun = ledger.begun(attempt.alertId(), action);
      if (begun.isEmpty()) {
        return Optional.empty();
      }
      Optional<Answer> waiting = waitingFor(attempt, begun.get());
      return waiting.isPresent() ? waiting : interrupted(attempt, begun.get()).map(Answer::of);
    } catch (Unavailable e) {
      return Optional.empty();
    }
  }

  private Optional<Answer> settledAnswer(Attempt<?, ?> attempt) {
    return ledger
        .answered(attempt.alertId(), attempt.action().name())
        .map(one -> toldAgain(attempt, one.uid(), one.settlement()));
  }

  /**
   * What was contained and released since is not told as contained any more, and what another
   * alert's action has replaced since was told for that alert.
   */
  private Answer toldAgain(Attempt<?, ?> attempt, String uid, Settlement settlement) {
    Ledger.Key key = attempt.key(uid);
    boolean isReplaced =
        ledger
            .settled(key)
            .filter(latest -> !latest.alertId().equals(settlement.alertId()))
            .isPresent();
    boolean isReleased = settlement.leaseUntil().isPresent() && ledger.remembered(key).isEmpty();
    return isReplaced || isReleased
        ? Answer.SILENT
        : Answer.of(Told.settled(attempt.action(), attempt.situation(), uid, settlement));
  }

  /**
   * The message of an action that this alert's claim waits for may be lost, so it is sent again.
   */
  private Optional<Answer> waitingFor(Attempt<?, ?> attempt, String uid) {
    Ledger.Key key = attempt.key(uid);
    return ledger
        .suspended(key)
        .filter(unverified -> unverified.alertId().equals(attempt.alertId()))
        .map(
            unverified -> {
              sendVerify(key, attempt.situation().scored(), unverified, Duration.ofSeconds(1));
              return Answer.SILENT;
            });
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

  private <P, S extends Sight> Answer claim(Attempt<P, S> attempt, Subject subject) {
    Ledger.Key key = attempt.key(subject.uid());
    Instant now = attempt.situation().now();
    return switch (ledger.claim(key, attempt.alertId(), now, settings.hold())) {
      case Claim.Held held -> held(attempt, subject, held);
      case Claim.Settled settled -> settledBefore(attempt, subject, settled.settlement());
      case Claim.Granted granted -> act(attempt, subject, "");
    };
  }

  /** Another alert's action is under way, or an earlier attempt of this alert was killed. */
  private Answer held(Attempt<?, ?> attempt, Subject subject, Claim.Held held) {
    if (held.alertId().equals(attempt.alertId())) {
      Optional<Answer> waiting =
          waitingFor(attempt, subject.uid()).or(() -> settledAnswer(attempt));
      if (waiting.isPresent()) {
        return waiting.get();
      }
    }
    if (canRetry(attempt)) {
      return Answer.AGAIN;
    }
    throw new Unavailable(
        attempt.action().name()
            + " on "
            + subject.uid()
            + " is held by another attempt until "
            + held.until());
  }

  /**
   * Takes the places and acts. The claim is held, so no other attempt takes or returns the places
   * of this object.
   */
  private <P, S extends Sight> Answer act(Attempt<P, S> attempt, Subject subject, String before) {
    Ledger.Key key = attempt.key(subject.uid());
    List<String> entered = new ArrayList<>();
    boolean keep = false;
    try {
      for (Room room : attempt.action().rooms(attempt.situation().sight())) {
        if (!enter(room, attempt, subject)) {
          ledger.withdraw(key, attempt.alertId());
          return full(attempt, room);
        }
        entered.add(room.name());
      }
      Optional<String> spent = later.comes() ? spend(attempt, subject) : Optional.empty();
      if (spent.isPresent()) {
        ledger.withdraw(key, attempt.alertId());
        return postpone(attempt, List.of(spent.get()));
      }
      Memo memo = memo(attempt, subject.uid());
      Instant taken = clock.instant();
      Progress acted = take(attempt, subject, memo);
      ledger.nameClaim(key, attempt.name(), attempt.situation().now());
      Progress progress = verifiedAtOnce(attempt, taken, acted, memo);
      if (progress instanceof Progress.Pending pending && later.comes()) {
        keep = true;
        suspend(attempt, key, pending, taken, entered, memo);
        return Answer.SILENT;
      }
      Progress.Done done = waited(attempt, taken, progress, memo);
      boolean refused = done.outcome() == ResponseOutcome.REFUSED;
      return Answer.of(settle(attempt, subject.uid(), refused ? done : done.saying(before), memo));
    } finally {
      if (!keep) {
        entered.forEach(room -> ledger.giveBack(room, subject.uid()));
      }
    }
  }

  private boolean enter(Room room, Attempt<?, ?> attempt, Subject subject) {
    return ledger.spend(
        room.name(), subject.uid(), attempt.situation().now(), settings.hold(), room.places());
  }

  private Answer full(Attempt<?, ?> attempt, Room room) {
    String reason =
        "too many actions run at once for " + room.name() + ", of which " + room.places() + " may";
    if (!later.comes()) {
      throw new Unavailable(reason);
    }
    return postpone(attempt, List.of(reason));
  }

  /**
   * A redelivery of the same alert gets the same outcome. Another alert is answered by the action
   * that was taken, if its effect is still there; otherwise the action is taken again.
   */
  private <P, S extends Sight> Answer settledBefore(
      Attempt<P, S> attempt, Subject subject, Settlement settlement) {
    Ledger.Key key = attempt.key(subject.uid());
    Situation<S> situation = attempt.situation();
    if (settlement.alertId().equals(attempt.alertId())) {
      return toldAgain(attempt, subject.uid(), settlement);
    }
    if (!settlement.isInEffect()) {
      List<String> objections =
          List.of(
              attempt.action().name()
                  + " on "
                  + subject.inWords()
                  + " is not taken again: "
                  + settlement.explanation());
      return isFirstToSaySo(attempt)
          ? Answer.of(Told.refused(attempt.action(), situation, objections))
          : Answer.SILENT;
    }
    boolean holds;
    try {
      holds =
          attempt
              .action()
              .holds(
                  attempt.place(),
                  ledger.remembered(key).map(one -> one.subject()).orElseGet(subject::toJson));
    } catch (Unavailable e) {
      return postpone(attempt, List.of("cannot verify the earlier action: " + e.getMessage()));
    }
    if (holds) {
      ledger.change(key, containment -> containment.alertedAt(situation.now()));
      return Answer.SILENT;
    }
    ledger.reopen(key, settlement);
    return switch (ledger.claim(key, attempt.alertId(), situation.now(), settings.hold())) {
      case Claim.Granted granted ->
          act(
              attempt,
              subject,
              "taken again, because the effect of "
                  + settlement.at()
                  + " was gone, undone by something else: ");
      case Claim.Held held -> held(attempt, subject, held);
      case Claim.Settled settled -> Answer.AGAIN;
    };
  }

  private <P, S extends Sight> Progress take(Attempt<P, S> attempt, Subject subject, Memo memo) {
    Optional<String> stop = lastLook(attempt, subject);
    if (stop.isPresent()) {
      return new Progress.Done(ResponseOutcome.REFUSED, stop.get());
    }
    try {
      return attempt.action().take(attempt.place(), attempt.situation().sight(), memo);
    } catch (RuntimeException e) {
      return failed(e);
    }
  }

  /** The outcome of an action whose API refused, did not answer, or answered unexpectedly. */
  private static Progress.Done failed(RuntimeException e) {
    return new Progress.Done(
        ResponseOutcome.FAILED,
        switch (e) {
          case Denied denied -> "denied: " + denied.getMessage();
          case Unavailable gone -> "the result could not be verified: " + gone.getMessage();
          default -> "an unexpected error: " + e.getClass().getSimpleName();
        });
  }

  /** Takes from the budget, and checks the kill switch again right before the action. */
  private Optional<String> lastLook(Attempt<?, ?> attempt, Subject subject) {
    Optional<String> spent = later.comes() ? Optional.empty() : spend(attempt, subject);
    return ledger.halted() ? Optional.of("the kill switch is on: no action is taken") : spent;
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

  /** Most effects are visible at once. */
  private <P> Progress verifiedAtOnce(
      Attempt<P, ?> attempt, Instant taken, Progress progress, Memo memo) {
    return progress instanceof Progress.Pending pending
        ? verify(attempt.action(), attempt.place(), taken, pending, memo)
        : progress;
  }

  /** Checks the effect once. An API that does not answer is asked again until the time is up. */
  private <P> Progress verify(
      Action<P, ?> action, P place, Instant taken, Progress.Pending pending, Memo memo) {
    Duration since = Duration.between(taken, clock.instant());
    Progress progress;
    try {
      progress = action.verify(place, pending.state(), memo, since);
    } catch (Unavailable e) {
      progress =
          new Progress.Pending(pending.state(), failed(e).leasedAs(pending.otherwise().leased()));
    } catch (RuntimeException e) {
      return failed(e).leasedAs(pending.otherwise().leased());
    }
    if (progress instanceof Progress.Pending still
        && since.compareTo(settings.verifyWithin()) >= 0) {
      if (!still.otherwise().leased()) {
        memo.forget();
      }
      return still.otherwise();
    }
    return progress;
  }

  private void suspend(
      Attempt<?, ?> attempt,
      Ledger.Key key,
      Progress.Pending pending,
      Instant taken,
      List<String> rooms,
      Memo memo) {
    Situation<?> situation = attempt.situation();
    Unverified unverified =
        new Unverified(
            attempt.alertId(),
            situation.playbook().name(),
            situation.now(),
            memo.until(),
            taken,
            pending.state(),
            rooms,
            memo.scoredJson());
    ledger.suspend(key, unverified, clock.instant().plus(settings.holdBetweenChecks()));
    sendVerify(key, situation.scored(), unverified, firstCheck(attempt.action()));
  }

  private static Duration firstCheck(Action<?, ?> action) {
    return action.longestPause().dividedBy(10);
  }

  private void sendVerify(
      Ledger.Key key, ScoredAlert scored, Unverified unverified, Duration delay) {
    later.send(
        new Again.Verify(
            Optional.ofNullable(scored.alert().target().cluster()), key, unverified.alertId()),
        delay);
  }

  /**
   * Checks the effect of an action that was taken. Reports the outcome before it is recorded,
   * because a recorded one is not looked at again.
   */
  private void verifyAgain(Again.Verify message, Instant now, Consumer<ResponseDecided> hear) {
    Ledger.Key key = message.key();
    Optional<Unverified> found =
        ledger.suspended(key).filter(one -> one.alertId().equals(message.alertId()));
    if (found.isPresent()) {
      Action<?, ?> action = releases.configured(key.action(), found.get().playbook());
      verifyAgain(action, key, found.get(), now, hear);
    }
  }

  private <P> void verifyAgain(
      Action<P, ?> action,
      Ledger.Key key,
      Unverified unverified,
      Instant now,
      Consumer<ResponseDecided> hear) {
    Memo memo = Memo.of(ledger, key, unverified);
    Progress.Pending pending =
        new Progress.Pending(
            unverified.state(),
            new Progress.Done(
                ResponseOutcome.FAILED, "not verified", memo.remembered().isPresent()));
    Progress progress = verify(action, places.of(action), unverified.taken(), pending, memo);
    switch (progress) {
      case Progress.Pending still -> {
        Unverified next = unverified.at(still.state());
        ledger.suspend(key, next, clock.instant().plus(settings.holdBetweenChecks()));
        sendVerify(key, Told.scored(unverified.scoredJson()), next, nextCheck(action, unverified));
      }
      case Progress.Done done -> {
        Settlement settlement = settlement(unverified.alertId(), done, now, memo.until());
        hear.accept(Told.verified(action, key.uid(), unverified, settlement));
        record(key, settlement);
        unverified.rooms().forEach(room -> ledger.giveBack(room, key.uid()));
      }
    }
  }

  private Duration nextCheck(Action<?, ?> action, Unverified unverified) {
    Duration half = Duration.between(unverified.taken(), clock.instant()).dividedBy(2);
    Duration first = firstCheck(action);
    if (half.compareTo(first) < 0) {
      return first;
    }
    return half.compareTo(LONGEST_CHECK) < 0 ? half : LONGEST_CHECK;
  }

  /** For a host without messages: checks until the effect is visible or the time is up. */
  private <P> Progress.Done waited(
      Attempt<P, ?> attempt, Instant taken, Progress progress, Memo memo) {
    Duration wait = firstCheck(attempt.action());
    Progress now = progress;
    while (now instanceof Progress.Pending pending) {
      later.send(new Again.Verify(Optional.empty(), attempt.key(""), attempt.alertId()), wait);
      wait = wait.multipliedBy(2);
      Duration longest = attempt.action().longestPause();
      wait = wait.compareTo(longest) < 0 ? wait : longest;
      now = verify(attempt.action(), attempt.place(), taken, pending, memo);
    }
    return (Progress.Done) now;
  }

  private ResponseDecided settle(Attempt<?, ?> attempt, String uid, Progress.Done done, Memo memo) {
    Settlement settlement =
        settlement(attempt.alertId(), done, attempt.situation().now(), memo.until());
    record(attempt.key(uid), settlement);
    return Told.settled(attempt.action(), attempt.situation(), uid, settlement);
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

  /** An action of which nothing came counts for the circuit breaker. */
  private void record(Ledger.Key key, Settlement settlement) {
    ledger.settle(key, settlement);
    if (settlement.outcome() == ResponseOutcome.FAILED && settlement.leaseUntil().isEmpty()) {
      Budget breaker = playbooks.limits().circuitBreaker();
      ledger.spend(
          Allowance.CIRCUIT_BREAKER,
          key.action() + "/" + key.uid(),
          settlement.at(),
          breaker.window(),
          breaker.max());
    }
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
   * deleted.
   */
  public void releaseEnded(Instant now, Consumer<ResponseDecided> hear) {
    releases.ended(now, hear);
  }
}
