package io.cattleguard.record;

import io.cattleguard.events.ResponseOutcome;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One outcome of an action.
 *
 * @param id of the event
 * @param sensedAt when the alert happened that led to it
 * @param objections the first sentences of the objections
 * @param objectors the guards that objected; absent if the event does not say which were asked
 * @param waitsUntil until when people can approve it; absent if it needs no approval
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
    Optional<Objectors> objectors,
    Optional<Instant> leaseUntil,
    Optional<Instant> waitsUntil,
    String approval,
    String decidedBy) {
  /**
   * The guards that objected to the action; all others passed.
   *
   * @param by the guard of each objection, in the order of the objections; empty for an objection
   *     of no guard. Further entries are guards whose sentence is not kept.
   * @param notEvaluated those that could not be evaluated
   */
  public record Objectors(List<String> by, List<String> notEvaluated) {
    /** Copies the lists. */
    public Objectors {
      by = List.copyOf(by);
      notEvaluated = List.copyOf(notEvaluated);
    }
  }

  static final Comparator<ActionStep> ORDER =
      Comparator.comparing(ActionStep::at)
          .thenComparing(ActionStep::outcome)
          .thenComparing(ActionStep::id)
          .thenComparing(ActionStep::toString);

  /** The longest that a playbook waits for an answer. */
  private static final Duration LONGEST_WAIT = Duration.ofDays(7);

  /** Copies the objections. */
  public ActionStep {
    objections = List.copyOf(objections);
  }

  /** The sentence of a guard's objection; empty if none is kept. */
  String why(String guard) {
    int at = objectors.map(Objectors::by).orElse(List.of()).indexOf(guard);
    return at >= 0 && at < objections.size() ? objections.get(at) : "";
  }

  /** The end of the question, if this step asks people. */
  Optional<Instant> question() {
    return outcome == ResponseOutcome.AWAITING_APPROVAL
        ? waitsUntil.or(() -> Optional.of(at.plus(LONGEST_WAIT)))
        : Optional.empty();
  }

  /**
   * Whether it ends that question, which is about the same action although the target's text
   * differs.
   */
  boolean ends(ActionStep question, boolean isSameName) {
    if (outcome == ResponseOutcome.AWAITING_APPROVAL) {
      return false;
    }
    if (approval.isEmpty()) {
      return isSameName && playbook.equals(question.playbook) && at.isAfter(question.at);
    }
    return approval.equals(question.approval);
  }

  /** A question that was not answered, and of which no outcome was reported. */
  ActionStep unanswered(Instant until) {
    return new ActionStep(
        id,
        at,
        sensedAt,
        ResponseOutcome.REFUSED,
        playbook,
        "the approval request expired at "
            + until.truncatedTo(ChronoUnit.SECONDS)
            + ", and no outcome was reported",
        objections,
        objectors,
        leaseUntil,
        waitsUntil,
        approval,
        decidedBy);
  }
}
