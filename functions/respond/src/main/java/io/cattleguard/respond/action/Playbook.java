package io.cattleguard.respond.action;

import io.cattleguard.edge.pattern.EventPattern;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Which actions to take for which alerts.
 *
 * @param when matches scored alerts
 * @param freshness maximum age of an alert that causes an action
 * @param steps in the order in which they are taken, without those of other responders
 * @param then taken instead of a step whose budget is used up, if a responder here takes it
 * @param approval how people are asked in mode approve
 */
public record Playbook(
    String name,
    EventPattern when,
    Mode mode,
    Duration freshness,
    List<Action<?, ?>> steps,
    Budget budget,
    Optional<Action<?, ?>> then,
    ApprovalRules approval) {

  /** With the default rules for approvals. */
  public Playbook(
      String name,
      EventPattern when,
      Mode mode,
      Duration freshness,
      List<Action<?, ?>> steps,
      Budget budget,
      Optional<Action<?, ?>> then) {
    this(name, when, mode, freshness, steps, budget, then, ApprovalRules.DEFAULT);
  }

  /** Without another action once the budget is used up. */
  public Playbook(
      String name,
      EventPattern when,
      Mode mode,
      Duration freshness,
      List<Action<?, ?>> steps,
      Budget budget) {
    this(name, when, mode, freshness, steps, budget, Optional.empty());
  }

  /** Copies the steps. */
  public Playbook {
    steps = List.copyOf(steps);
  }

  /** A copy in that mode. */
  Playbook in(Mode other) {
    return new Playbook(name, when, other, freshness, steps, budget, then, approval);
  }

  /**
   * A copy that acts on an alert which a person has approved. The person judged an old alert, so
   * its freshness starts anew with the decision.
   */
  public Playbook approved(Instant observedAt, Instant decidedAt) {
    return new Playbook(
        name,
        when,
        Mode.ENFORCE,
        Duration.between(observedAt, decidedAt).plus(freshness),
        steps,
        budget,
        then,
        approval);
  }

  /** The action to take instead of one that was taken too often. */
  public Optional<String> escalation(Action<?, ?> action) {
    return isThen(action) ? Optional.empty() : then.map(Action::name).or(action::escalation);
  }

  /** Whether that is the action which follows the budget, so the budget does not limit it. */
  boolean isThen(Action<?, ?> action) {
    return then.filter(one -> one.name().equals(action.name())).isPresent();
  }
}
