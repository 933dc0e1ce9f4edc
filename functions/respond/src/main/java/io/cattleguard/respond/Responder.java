package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.action.Subject;
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.delay.DelayedMessage;
import io.cattleguard.respond.ledger.Ledger;
import io.cattleguard.respond.ledger.Ledger.Settlement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Runs playbooks on alerts, in one order for every action: look, decide, claim, act, verify,
 * record, report.
 *
 * <p>It does not wait: later verifications and decisions come back as messages of {@link
 * DelayQueue}.
 */
public final class Responder {
  private final Playbooks playbooks;
  private final Places places;
  private final Ledger ledger;
  private final DelayQueue later;
  private final Releases releases;
  private final EffectWatch watch;
  private final Verification verification;
  private final Attempts attempts;
  private final StepDecisions decisions;
  private final ApprovalOutcomes outcomes;

  /**
   * Takes the places in which it acts and a ledger. It runs only the steps whose places it has.
   *
   * @param clock only measures how long an effect takes
   * @param later brings back what needs to be verified or decided later
   */
  public Responder(
      Playbooks playbooks,
      Places places,
      Ledger ledger,
      ResponderSettings settings,
      InstantSource clock,
      DelayQueue later) {
    this.playbooks = playbooks;
    this.places = places;
    this.ledger = ledger;
    this.later = later;
    this.releases = new Releases(playbooks, places, ledger, clock);
    this.watch = new EffectWatch(playbooks, places, ledger, clock);
    Retries retries = new Retries(ledger, later);
    EffectCheck effects = new EffectCheck(ledger, settings, clock, later);
    this.verification =
        new Verification(playbooks, places, ledger, settings, clock, later, effects);
    EarlierAttempts earlier = new EarlierAttempts(ledger, settings, verification);
    Execution execution =
        new Execution(ledger, settings, clock, later, retries, effects, verification, earlier);
    Approving approving = new Approving(playbooks, ledger, retries, earlier);
    this.attempts = new Attempts(playbooks, places, ledger, settings);
    this.decisions = new StepDecisions(ledger, attempts, retries, earlier, execution, approving);
    this.outcomes = new ApprovalOutcomes(playbooks, places, ledger, approving, attempts, decisions);
  }

  /** Creates a responder for a host that waits itself until an effect is visible. */
  public Responder(
      Playbooks playbooks,
      Places places,
      Ledger ledger,
      ResponderSettings settings,
      InstantSource clock,
      DelayQueue.Pause pause) {
    this(playbooks, places, ledger, settings, clock, DelayQueue.waiting(pause));
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
  public void again(DelayedMessage message, Instant now, Consumer<ResponseDecided> hear) {
    switch (message) {
      case DelayedMessage.Verify verify -> verification.again(verify, now, hear);
      case DelayedMessage.Decide decide -> {
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
          Attempt<?, ?> attempt = attempts.look(action, playbook, scored, now, replayed, round);
          StepResult answer = decisions.decide(attempt);
          tell(answer, told, hear);
          if (answer.isUseless()) {
            useless.add(attempt);
          } else if (answer.again()) {
            (answer.untold() ? untold : open).add(step);
          } else if (!useless.isEmpty() && hasContained(attempt)) {
            useless.removeIf(one -> object(one).equals(object(attempt)));
          }
        } catch (RuntimeException e) {
          errors.add(e);
        }
      }
      for (Attempt<?, ?> attempt : useless) {
        try {
          StepResult answer =
              attempts.stronger(attempt).map(decisions::decide).orElse(StepResult.SILENT);
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
      later.send(new DelayedMessage.Decide(scored, open, round + 1), Retries.retryAfter(round));
    }
    if (!untold.isEmpty()) {
      later.send(new DelayedMessage.Decide(scored, untold, round), Retries.retryAfter(round));
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

  /**
   * Whether the action contains the object, or will when it is verified. One that only limits an
   * attack does not replace a containment that was undone.
   */
  private boolean hasContained(Attempt<?, ?> attempt) {
    return attempt.action().effect() == Effect.CONTAINS
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

  /** Two playbooks may name the same action; it is reported once. */
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
    outcomes.sweep(now, hear, errors);
    throwFirst(errors);
  }

  /** Reports the containments that something else has undone. Each is looked at now and then. */
  public void watch(Instant now, Consumer<ResponseDecided> hear) {
    watch.look(now, hear);
  }

  /**
   * Carries out a person's command. A command that is delivered again changes nothing.
   *
   * @return why it changes nothing; empty if it changed something or is about another responder
   */
  public Optional<String> command(
      OperatorCommand command, Instant now, Consumer<ResponseDecided> hear) {
    if (!command.isOpen()) {
      return Optional.empty();
    }
    return switch (command.command()) {
      case APPROVE, REJECT -> outcomes.answer(command, now, hear);
      case UNDO, EXTEND, STOP, RESUME ->
          new Commands(
                  playbooks.limits().operators(),
                  ledger,
                  playbooks.actions()::isRegistered,
                  action -> places.have(playbooks.actions(), action))
              .carryOut(command, now);
      case SILENCE, UNSILENCE -> Optional.empty();
    };
  }

  /**
   * The message about a command itself: that the kill switch was turned, or that the command was
   * ignored.
   *
   * @param ignored what {@link #command} returned
   */
  public static Optional<OperatorCommand> answer(
      OperatorCommand command, Optional<String> ignored) {
    return Commands.answer(command, ignored);
  }

  /**
   * The cluster whose responder carries out a command; empty for an account. The cluster in the id
   * takes precedence over the one that the writer derived from it.
   */
  public static Optional<String> cluster(OperatorCommand command, Actions actions) {
    return command
        .about()
        .clusterOfApproval()
        .or(
            () ->
                command
                    .about()
                    .containment()
                    .flatMap(id -> ContainmentId.read(id, actions::isRegistered))
                    .flatMap(ContainmentId::cluster))
        .or(command::cluster);
  }
}
