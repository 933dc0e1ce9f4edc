package io.cattleguard.respond;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Guards;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.ledger.Ledger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Decides one step of a playbook, and does what was decided. */
final class StepDecisions {
  private final Ledger ledger;
  private final Attempts attempts;
  private final Retries retries;
  private final EarlierAttempts earlier;
  private final Execution execution;
  private final Approving approving;

  StepDecisions(
      Ledger ledger,
      Attempts attempts,
      Retries retries,
      EarlierAttempts earlier,
      Execution execution,
      Approving approving) {
    this.ledger = ledger;
    this.attempts = attempts;
    this.retries = retries;
    this.earlier = earlier;
    this.execution = execution;
    this.approving = approving;
  }

  /** The result of the step: an action, a question, an objection, or another decision later. */
  <P, S extends ObservedState> StepResult decide(Attempt<P, S> attempt) {
    Action<P, S> action = attempt.action();
    Situation<S> situation = attempt.situation();
    Decision decision = onlyApproved(attempt, Decision.decide(action, situation));
    List<String> unknown = List.of();
    if (!(decision instanceof Decision.Act || decision instanceof Decision.AwaitApproval)) {
      try {
        Optional<StepResult> before = answeredBefore(attempt);
        if (before.isPresent()) {
          return before.get();
        }
      } catch (EarlierAttempts.Unsettled e) {
        // An outcome that is reported now could be the opposite of what happened.
        if (retries.canRetry(attempt) && !situation.replayed()) {
          return StepResult.UNTOLD;
        }
        throw e;
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
    return switch (decision) {
      // If a step was postponed, a report also says that it ends without an action.
      case Decision.Observe observe when attempt.isContinuing() && attempt.round() == 0 ->
          StepResult.SILENT;
      case Decision.Observe observe ->
          StepResult.of(Reports.observed(attempt, observe.objections()));
      case Decision.Refuse refuse when refuse.objections().equals(Guards.blocked(situation)) ->
          blocked(attempt, refuse.objections());
      case Decision.Refuse refuse
          when attempt.isContinuing() && attempt.round() == 0 && !retries.isFirstInADay(attempt) ->
          StepResult.SILENT;
      case Decision.Refuse refuse -> StepResult.of(Reports.refused(attempt, refuse.objections()));
      case Decision.NothingLeft nothing -> nothingLeft(attempt, nothing.objections());
      case Decision.Escalate escalate -> escalate(attempt, escalate.objections());
      case Decision.Postpone postpone ->
          retries.postpone(attempt, and(postpone.objections(), unknown));
      case Decision.AwaitApproval approval -> approving.ask(attempt, approval.subject());
      case Decision.Act act -> execution.claim(attempt, act.subject());
    };
  }

  private Optional<StepResult> answeredBefore(Attempt<?, ?> attempt) {
    return switch (attempt.situation().playbook().mode()) {
      case OBSERVE -> Optional.empty();
      case ENFORCE -> earlier.find(attempt);
      // An approved attempt answers for itself.
      case APPROVE ->
          attempt.approval().isPresent()
              ? Optional.empty()
              : approving.askedBefore(attempt).or(() -> earlier.settled(attempt));
    };
  }

  private static List<String> and(List<String> some, List<String> more) {
    return Stream.concat(some.stream(), more.stream()).toList();
  }

  /** The approval is for one exact object, not for a later one of the same name. */
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
   * An action that a person approved is no longer taken. No stronger action replaces it, because no
   * person approved that one.
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
        : StepResult.of(Reports.refused(attempt, objections));
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
    return attempt.isContinuing() && attempt.round() == 0 && !retries.isFirstInADay(attempt)
        ? StepResult.SILENT
        : StepResult.of(Reports.refused(attempt, objections));
  }

  /**
   * An earlier attempt of this alert may have caused the removal and may have been killed before it
   * could report. So nothing is reported until the object is gone.
   */
  private StepResult nothingLeft(Attempt<?, ?> attempt, List<String> objections) {
    if (earlier.isForAnother(attempt)) {
      return StepResult.SILENT;
    }
    boolean begun = ledger.begun(attempt.alertId(), attempt.action().name()).isPresent();
    return begun && retries.canRetry(attempt)
        ? StepResult.AGAIN
        : StepResult.of(Reports.refused(attempt, objections));
  }

  /** Takes the stronger action, unless the playbook names it already or nothing is stronger. */
  private StepResult escalate(Attempt<?, ?> attempt, List<String> objections) {
    return attempts
        .stronger(attempt)
        .map(stronger -> escalate(attempt, objections, stronger))
        .orElseGet(() -> StepResult.of(Reports.refused(attempt, objections)));
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
          // It was taken too often as well, and nothing is stronger.
          case Decision.Escalate escalate when attempts.stronger(stronger).isEmpty() ->
              Optional.of(escalate.objections());
          case Decision.Escalate escalate -> Optional.empty();
          case Decision.Observe observe -> Optional.empty();
          case Decision.Postpone postpone -> Optional.empty();
        };
    // For an alert that has begun the stronger action, the outcome is that of the stronger action.
    if (impossible.isEmpty()
        || ledger.begun(stronger.alertId(), name).isPresent()
        || ledger.answered(stronger.alertId(), name).isPresent()) {
      return decide(stronger);
    }
    List<String> all = new ArrayList<>(objections);
    impossible.get().forEach(one -> all.add(name + " is impossible: " + one));
    return retries.postpone(weaker, all);
  }
}
