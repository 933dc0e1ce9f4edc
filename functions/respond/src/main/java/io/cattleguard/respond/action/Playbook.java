package io.cattleguard.respond.action;

import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Which actions to take for which alerts.
 *
 * @param when matches scored alerts
 * @param modes whether it acts, waits for approval or only observes, and where
 * @param freshness maximum age of an alert that causes an action
 * @param steps in the order in which they are taken, without those of other responders
 * @param then taken instead of a step whose budget is used up, if a responder here takes it
 * @param approval the rules for approvals in mode approve
 */
public record Playbook(
    String name,
    EventPattern when,
    Modes modes,
    Duration freshness,
    List<Action<?, ?>> steps,
    Budget budget,
    Optional<Action<?, ?>> then,
    ApprovalRules approval) {

  /** Creates a playbook with the same mode everywhere. */
  public Playbook(
      String name,
      EventPattern when,
      Mode mode,
      Duration freshness,
      List<Action<?, ?>> steps,
      Budget budget,
      Optional<Action<?, ?>> then,
      ApprovalRules approval) {
    this(name, when, Modes.everywhere(mode), freshness, steps, budget, then, approval);
  }

  /** Creates a playbook with the default rules for approvals. */
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

  /** Creates a playbook without another action once the budget is used up. */
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

  /**
   * The mode in which it answers an alert, if it was {@linkplain #at made for} its target;
   * otherwise the strongest mode in any place.
   */
  public Mode mode() {
    return modes.strongest();
  }

  /** A copy for alerts about that target, which has one mode. */
  public Playbook at(Target target) {
    return modes.rules().isEmpty() ? this : in(modes.of(target));
  }

  /** A copy in that mode. */
  Playbook in(Mode other) {
    return new Playbook(name, when, other, freshness, steps, budget, then, approval);
  }

  /**
   * A copy that acts on an alert which a person has approved. The person knew the alert's age, so
   * its freshness is measured from the decision.
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
