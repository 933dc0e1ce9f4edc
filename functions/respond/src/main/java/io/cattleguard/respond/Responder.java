package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Allowance;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guards;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.action.Subject;
import io.cattleguard.respond.ledger.Approval;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Ledger.Settlement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Runs playbooks on alerts, in one order for every action: look, decide, claim, act, verify,
 * record, report.
 *
 * <p>It does not wait: what has to be verified or decided later comes back as a message of {@link
 * Later}.
 */
public final class Responder {
  private final Playbooks playbooks;
  private final Places places;
  private final Ledger ledger;
  private final ResponderSettings settings;
  private final Later later;
  private final Releases releases;
  private final Retries retries;
  private final Verification verification;
  private final EarlierAttempts earlier;
  private final Execution execution;
  private final Approving approving;

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
    this.later = later;
    this.releases = new Releases(playbooks, places, ledger);
    this.retries = new Retries(ledger, later);
    this.verification = new Verification(playbooks, places, ledger, settings, clock, later);
    this.earlier = new EarlierAttempts(ledger, settings, verification);
    this.execution = new Execution(ledger, settings, clock, later, retries, verification, earlier);
    this.approving = new Approving(playbooks, ledger, retries);
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
      case Again.Verify verify -> verification.again(verify, now, hear);
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
    if (Canary.is(scored.alert())) {
      answerCanary(scored, now, hear);
      return true;
    }
    boolean applies = false;
    Set<List<Object>> told = new HashSet<>();
    List<String> open = new ArrayList<>();
    List<String> untold = new ArrayList<>();
    List<RuntimeException> errors = new ArrayList<>();
    for (Playbook playbook : playbooks.answering(scored)) {
      List<Attempt<?, ?>> useless = new ArrayList<>();
      for (Action<?, ?> action : playbook.steps()) {
        String step = step(playbook, action);
        if (!places.have(action) || only.filter(steps -> !steps.contains(step)).isPresent()) {
          continue;
        }
        applies = true;
        try {
          Attempt<?, ?> attempt = look(action, playbook, scored, now, replayed, round);
          StepResult answer = decide(attempt);
          tell(answer, told, hear);
          if (answer.isUseless()) {
            useless.add(attempt);
          } else if (answer.again()) {
            (answer.untold() ? untold : open).add(step);
          } else if (!useless.isEmpty() && hasActed(attempt)) {
            useless.removeIf(one -> object(one).equals(object(attempt)));
          }
        } catch (RuntimeException e) {
          errors.add(e);
        }
      }
      for (Attempt<?, ?> attempt : useless) {
        try {
          StepResult answer = stronger(attempt).map(this::decide).orElse(StepResult.SILENT);
          tell(answer, told, hear);
          if (answer.again()) {
            (answer.untold() ? untold : open).add(step(playbook, attempt.action()));
          }
        } catch (RuntimeException e) {
          errors.add(e);
        }
      }
    }
    if (!open.isEmpty()) {
      later.send(new Again.Decide(scored, open, round + 1), Retries.retryAfter(round));
    }
    if (!untold.isEmpty()) {
      later.send(new Again.Decide(scored, untold, round), Retries.retryAfter(round));
    }
    throwFirst(errors);
    return applies;
  }

  /** Reads the ledger as every action does, and takes none, whatever the playbooks say. */
  private void answerCanary(ScoredAlert scored, Instant now, Consumer<ResponseDecided> hear) {
    boolean unused = ledger.halted();
    hear.accept(Canary.answer(scored, places.names(), now));
  }

  /** The UID of the object: an action on another one does not replace what was undone on it. */
  private static Optional<String> object(Attempt<?, ?> attempt) {
    return attempt.situation().observed().subject().map(Subject::uid);
  }

  /** Whether the action is in effect on the object, or its effect is being verified. */
  private boolean hasActed(Attempt<?, ?> attempt) {
    return attempt.action().contains()
        && attempt
            .situation()
            .observed()
            .subject()
            .map(subject -> attempt.key(subject.uid()))
            .filter(
                key ->
                    ledger.suspended(key).isPresent()
                        || ledger.settled(key).filter(Settlement::isInEffect).isPresent())
            .isPresent();
  }

  private static String step(Playbook playbook, Action<?, ?> action) {
    return playbook.name() + "/" + action.name();
  }

  /** Two playbooks may name the same action; people hear of it once. */
  private static void tell(
      StepResult answer, Set<List<Object>> told, Consumer<ResponseDecided> hear) {
    answer
        .told()
        .filter(one -> !told.contains(inWords(one)))
        .ifPresent(
            one -> {
              hear.accept(one);
              told.add(inWords(one));
            });
  }

  private static List<Object> inWords(ResponseDecided decided) {
    return List.of(decided.action(), decided.target(), decided.outcome(), decided.explanation());
  }

  /** Throws the first error with the others suppressed, if there is one. */
  static void throwFirst(List<RuntimeException> errors) {
    if (!errors.isEmpty()) {
      RuntimeException first = errors.getFirst();
      errors.stream().skip(1).forEach(first::addSuppressed);
      throw first;
    }
  }

  private <P, S extends ObservedState> Attempt<P, S> look(
      Action<P, S> action,
      Playbook playbook,
      ScoredAlert scored,
      Instant now,
      boolean replayed,
      int round) {
    P place = places.of(action);
    S observed = action.look(place, scored);
    List<Allowance> allowances =
        Allowance.of(
            playbook,
            action,
            playbooks.limits(),
            observed.subject(),
            limits -> spentByOthers(limits, now));
    return new Attempt<>(
        action,
        place,
        new Situation<>(
            scored,
            playbook,
            observed,
            allowances,
            Fact.ask(ledger::halted),
            now,
            replayed,
            settings.rehearsal()),
        round);
  }

  private Map<String, Fact<Integer>> spentByOthers(List<Allowance.Limit> limits, Instant now) {
    Fact<Map<String, Integer>> counts =
        Fact.ask(
            () ->
                ledger.spentByOthers(
                    limits.stream()
                        .map(
                            limit ->
                                new Ledger.Spent(
                                    limit.key(), limit.uid(), now.minus(limit.budget().window())))
                        .toList()));
    Map<String, Fact<Integer>> facts = new HashMap<>();
    switch (counts) {
      case Fact.Known<Map<String, Integer>> known ->
          known.value().forEach((key, count) -> facts.put(key, new Fact.Known<>(count)));
      case Fact.Unknown<Map<String, Integer>> unknown ->
          limits.forEach(limit -> facts.put(limit.key(), new Fact.Unknown<>(unknown.reason())));
    }
    return facts;
  }

  private <P, S extends ObservedState> StepResult decide(Attempt<P, S> attempt) {
    Action<P, S> action = attempt.action();
    Situation<S> situation = attempt.situation();
    Decision decision = onlyApproved(attempt, Decision.decide(action, situation));
    List<String> unknown = List.of();
    if (situation.playbook().mode() == Mode.ENFORCE && !(decision instanceof Decision.Act)) {
      try {
        Optional<StepResult> before = earlier.find(attempt);
        if (before.isPresent()) {
          return before.get();
        }
      } catch (Unavailable e) {
        // The alert may have been answered already, by an action that was taken. A message of our
        // own would not say that the event is a replay.
        if (!(decision instanceof Decision.Postpone)) {
          if (retries.canRetry(attempt) && !situation.replayed()) {
            return StepResult.UNTOLD;
          }
          throw e;
        }
        unknown = List.of("cannot read whether this alert was answered before: " + e.getMessage());
      }
    }
    if (attempt.approval().isPresent() && !(decision instanceof Decision.Act)) {
      return notAny(attempt, decision, unknown);
    }
    if (situation.playbook().mode() == Mode.APPROVE
        && !(decision instanceof Decision.AwaitApproval)) {
      Optional<StepResult> asked = approving.askedBefore(attempt);
      if (asked.isPresent()) {
        return asked.get();
      }
    }
    return switch (decision) {
      // Of a step that was postponed, people hear also that it ends without an action.
      case Decision.Observe observe when attempt.isContinuing() && attempt.round() == 0 ->
          StepResult.SILENT;
      case Decision.Observe observe ->
          StepResult.of(Reports.observed(action, situation, observe.objections()));
      case Decision.Refuse refuse when refuse.objections().equals(Guards.blocked(situation)) ->
          blocked(attempt, refuse.objections());
      case Decision.Refuse refuse
          when attempt.isContinuing() && attempt.round() == 0 && !retries.isFirstInADay(attempt) ->
          StepResult.SILENT;
      case Decision.Refuse refuse ->
          StepResult.of(Reports.refused(action, situation, refuse.objections()));
      case Decision.NothingLeft nothing -> nothingLeft(attempt, nothing.objections());
      case Decision.Escalate escalate -> escalate(attempt, escalate.objections());
      case Decision.Postpone postpone ->
          retries.postpone(attempt, and(postpone.objections(), unknown));
      case Decision.AwaitApproval approval -> approving.ask(attempt, approval.subject());
      case Decision.Act act -> execution.claim(attempt, act.subject());
    };
  }

  private static List<String> and(List<String> some, List<String> more) {
    return Stream.concat(some.stream(), more.stream()).toList();
  }

  /** What was approved is one exact object, not a later one of the same name. */
  private static Decision onlyApproved(Attempt<?, ?> attempt, Decision decision) {
    return decision instanceof Decision.Act act
            && attempt
                .approval()
                .filter(one -> !one.key().uid().equals(act.subject().uid()))
                .isPresent()
        ? new Decision.NothingLeft(
            List.of("another object has its name now: " + act.subject().inWords()))
        : decision;
  }

  /**
   * An action that a person approved is not taken any more. Nothing stronger is taken instead,
   * because nobody approved that.
   */
  private StepResult notAny(Attempt<?, ?> attempt, Decision decision, List<String> unknown) {
    List<String> objections =
        switch (decision) {
          case Decision.Postpone postpone -> and(postpone.objections(), unknown);
          case Decision.Observe observe -> observe.objections();
          case Decision.Refuse refuse -> refuse.objections();
          case Decision.NothingLeft nothing -> nothing.objections();
          case Decision.Escalate escalate -> escalate.objections();
          case Decision.AwaitApproval unexpected -> List.of("it waits for another approval");
          case Decision.Act unexpected -> List.of();
        };
    return decision instanceof Decision.Postpone
        ? retries.postpone(attempt, objections)
        : StepResult.of(Reports.refused(attempt.action(), attempt.situation(), objections));
  }

  /** The intruder was stopped and is still there, so the lease of a containment is extended. */
  private StepResult blocked(Attempt<?, ?> attempt, List<String> objections) {
    attempt
        .situation()
        .observed()
        .subject()
        .ifPresent(
            subject ->
                ledger.change(
                    attempt.key(subject.uid()),
                    containment -> containment.alertedAt(attempt.situation().now())));
    return attempt.isContinuing() && !retries.isFirstInADay(attempt)
        ? StepResult.SILENT
        : StepResult.of(Reports.refused(attempt.action(), attempt.situation(), objections));
  }

  /**
   * An earlier attempt of this alert may have caused the removal, and was killed before it could
   * report. So nothing is reported until the object is gone.
   */
  private StepResult nothingLeft(Attempt<?, ?> attempt, List<String> objections) {
    if (earlier.isForAnother(attempt)) {
      return StepResult.SILENT;
    }
    boolean begun = ledger.begun(attempt.alertId(), attempt.action().name()).isPresent();
    return begun && retries.canRetry(attempt)
        ? StepResult.AGAIN
        : StepResult.of(Reports.refused(attempt.action(), attempt.situation(), objections));
  }

  /** Takes the stronger action, unless the playbook names it already or nothing is stronger. */
  private StepResult escalate(Attempt<?, ?> attempt, List<String> objections) {
    return stronger(attempt)
        .map(stronger -> escalate(attempt, objections, stronger))
        .orElseGet(
            () ->
                StepResult.of(Reports.refused(attempt.action(), attempt.situation(), objections)));
  }

  /** The stronger action, which a playbook that names it takes anyway. */
  private Optional<Attempt<?, ?>> stronger(Attempt<?, ?> attempt) {
    Situation<?> situation = attempt.situation();
    Playbook playbook = situation.playbook();
    return playbook
        .escalation(attempt.action())
        .filter(name -> playbook.steps().stream().noneMatch(step -> step.name().equals(name)))
        .filter(name -> playbooks.actions().named(name).isPresent())
        .map(name -> playbooks.configured(name, playbook.name()))
        .filter(places::have)
        .map(
            stronger ->
                look(
                    stronger,
                    playbook,
                    situation.scored(),
                    situation.now(),
                    situation.replayed(),
                    attempt.round()));
  }

  /**
   * Takes the stronger action. If it is impossible, the weaker one waits until its limit allows it
   * again, so that a limit never leaves an object without any containment.
   */
  private <P, S extends ObservedState> StepResult escalate(
      Attempt<?, ?> weaker, List<String> objections, Attempt<P, S> stronger) {
    String name = stronger.action().name();
    Optional<List<String>> impossible =
        switch (Decision.decide(stronger.action(), stronger.situation())) {
          case Decision.Refuse refuse -> Optional.of(refuse.objections());
          case Decision.NothingLeft nothing when !earlier.isForAnother(stronger) ->
              Optional.of(nothing.objections());
          case Decision.NothingLeft nothing -> Optional.empty();
          case Decision.Act act -> Optional.empty();
          case Decision.AwaitApproval approval -> Optional.empty();
          case Decision.Escalate escalate -> Optional.empty();
          case Decision.Observe observe -> Optional.empty();
          case Decision.Postpone postpone -> Optional.empty();
        };
    // An alert that has begun the stronger action is answered by what became of it.
    if (impossible.isEmpty()
        || ledger.begun(stronger.alertId(), name).isPresent()
        || ledger.answered(stronger.alertId(), name).isPresent()) {
      return decide(stronger);
    }
    List<String> all = new ArrayList<>(objections);
    impossible.get().forEach(one -> all.add(name + " is impossible: " + one));
    return retries.postpone(weaker, all);
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
    List<RuntimeException> errors = new ArrayList<>();
    try {
      releases.ended(now, hear);
    } catch (RuntimeException e) {
      errors.add(e);
    }
    for (Approval approval : openApprovals(errors)) {
      try {
        Approval stored = approving.expire(approval, now);
        if (!stored.isWaiting()) {
          finish(stored, now, hear);
        }
      } catch (RuntimeException e) {
        errors.add(e);
      }
    }
    throwFirst(errors);
  }

  /** The open questions about the actions of this responder. */
  private List<Approval> openApprovals(List<RuntimeException> errors) {
    try {
      List<Approval> open = ledger.approvals().open().stream().filter(this::isMine).toList();
      List<String> unreadable = ledger.approvals().unreadable();
      if (!unreadable.isEmpty()) {
        errors.add(
            new IllegalStateException(
                "questions that cannot be read and are not decided: "
                    + String.join(", ", unreadable)));
      }
      return open;
    } catch (RuntimeException e) {
      errors.add(e);
      return List.of();
    }
  }

  private boolean isMine(Approval approval) {
    return isHere(approval.key().action());
  }

  private boolean isHere(String action) {
    return playbooks.actions().named(action).filter(places::have).isPresent();
  }

  /**
   * Carries out what a person commands. A command that is delivered again changes nothing.
   *
   * @return why it changes nothing, if so; empty also if it is about another responder
   */
  public Optional<String> command(
      OperatorCommand command, Instant now, Consumer<ResponseDecided> hear) {
    if (!command.isOpen()) {
      return Optional.empty();
    }
    return switch (command.command()) {
      case APPROVE, REJECT -> answer(command, now, hear);
      case UNDO, EXTEND, STOP, RESUME ->
          new Commands(
                  playbooks.limits().operators(),
                  ledger,
                  playbooks.actions()::isRegistered,
                  this::isHere)
              .carryOut(command, now);
      case SILENCE, UNSILENCE -> Optional.empty();
    };
  }

  /**
   * What people hear of a command itself: that the kill switch was turned, or that the command was
   * ignored.
   *
   * @param ignored what {@link #command} returned
   */
  public static Optional<OperatorCommand> answer(
      OperatorCommand command, Optional<String> ignored) {
    return Commands.answer(command, ignored);
  }

  /**
   * The cluster whose responder carries out a command; empty for an account. What the id names
   * counts more than what its writer understood of it.
   */
  public static Optional<String> cluster(OperatorCommand command, Actions actions) {
    return command
        .about()
        .approval()
        .flatMap(Approving::cluster)
        .or(
            () ->
                command
                    .about()
                    .containment()
                    .flatMap(id -> ContainmentId.read(id, actions::isRegistered))
                    .flatMap(ContainmentId::cluster))
        .or(command::cluster);
  }

  private Optional<String> answer(
      OperatorCommand command, Instant now, Consumer<ResponseDecided> hear) {
    String id = command.about().approval().orElse("");
    Optional<String> action = Approving.action(id).filter(playbooks.actions()::isRegistered);
    if (action.isEmpty()) {
      return Optional.of(Commands.NO_ACTION);
    }
    if (action.filter(this::isHere).isEmpty()) {
      return Optional.empty();
    }
    return switch (approving.answer(command, now)) {
      case Approving.Answer.Ignored ignored -> {
        ignored
            .approval()
            .ifPresent(one -> approving.ignored(command, one, ignored.reason(), now, hear));
        yield Optional.of(ignored.reason());
      }
      case Approving.Answer.Decided decided -> {
        finish(decided.approval(), now, hear);
        yield Optional.empty();
      }
    };
  }

  /** Does and reports what was decided, unless it was reported before. */
  private void finish(Approval approval, Instant now, Consumer<ResponseDecided> hear) {
    if (!approval.isOpen()) {
      return;
    }
    switch (approval.state()) {
      case WAITING -> {}
      case REJECTED, EXPIRED ->
          approving.refuse(
              approval,
              (approval.state() == Approval.State.EXPIRED
                      ? "expired, "
                      : Approving.saying(approval))
                  + "no action taken"
                  + (approval.state() == Approval.State.EXPIRED
                      ? ": " + approval.decision().map(Approval.Decision::why).orElse("")
                      : ""),
              now,
              hear);
      case APPROVED -> act(approval, now, hear);
    }
  }

  /**
   * Takes an approved action, if all guards agree now. What has to be decided again is decided by
   * the next sweep, so a process that is killed here takes nothing with it.
   */
  private void act(Approval approval, Instant now, Consumer<ResponseDecided> hear) {
    ScoredAlert scored = Reports.scored(approval.scoredJson());
    Optional<Playbook> playbook =
        playbooks.all().stream()
            .filter(one -> one.name().equals(approval.playbook()))
            .map(one -> one.at(scored.alert().target()))
            .filter(one -> one.mode() != Mode.OBSERVE)
            .findFirst();
    Instant observedAt = scored.alert().observedAt();
    if (playbook.isEmpty() || observedAt == null) {
      approving.refuse(
          approval,
          Approving.saying(approval)
              + "no action taken: the playbook "
              + approval.playbook()
              + " is gone or only observes now",
          now,
          hear);
      return;
    }
    Instant decidedAt = approval.decision().map(Approval.Decision::at).orElse(now);
    StepResult result =
        decide(
            look(
                    playbooks.configured(approval.key().action(), approval.playbook()),
                    playbook.get().approved(observedAt, decidedAt),
                    scored,
                    now,
                    false,
                    0)
                .approvedAs(approval));
    result.told().ifPresent(told -> hear.accept(answering(told, approval)));
    if (result.again()) {
      return;
    }
    if (result.told().isEmpty()) {
      approving.answeredByAnother(approval, now, hear);
    }
    approving.end(approval);
  }

  private static ResponseDecided answering(ResponseDecided told, Approval approval) {
    String saying = Approving.saying(approval);
    return told.answering(
        Reports.question(approval, approval.decision().map(Approval.Decision::commandId)),
        told.explanation().startsWith(saying) ? told.explanation() : saying + told.explanation());
  }
}
