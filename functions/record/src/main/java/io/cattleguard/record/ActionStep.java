package io.cattleguard.record;

import io.cattleguard.events.ResponseOutcome;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One outcome of an action.
 *
 * @param id of the event
 * @param sensedAt when the alert happened that led to it
 * @param approval the id with which people approve or reject it; empty if it needs no approval
 * @param decidedBy who approved or rejected it; empty if no person did
 */
public record ActionStep(
    String id,
    Instant at,
    Instant sensedAt,
    ResponseOutcome outcome,
    String playbook,
    String explanation,
    List<String> objections,
    Optional<Instant> leaseUntil,
    String approval,
    String decidedBy) {
  static final Comparator<ActionStep> ORDER =
      Comparator.comparing(ActionStep::at)
          .thenComparing(ActionStep::outcome)
          .thenComparing(ActionStep::id)
          .thenComparing(ActionStep::toString);

  /** Copies the objections. */
  public ActionStep {
    objections = List.copyOf(objections);
  }
}
