package io.cattleguard.events;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of one playbook step for a scored alert.
 *
 * @param scored the alert
 * @param playbook the playbook that matched
 * @param action the step, {@code isolate-pod}, {@code delete-pod}, …
 * @param target the exact object, as text: {@code pod shop/web-1 (uid 123)}
 * @param objections one sentence per guard that objected; empty unless refused or observed
 * @param explanation what happened, as a sentence for people
 * @param decidedAt when the decision was made
 * @param leaseUntil when a containment's lease expires, absent if there is nothing to undo
 */
public record ResponseDecided(
    ScoredAlert scored,
    String playbook,
    String action,
    String target,
    ResponseOutcome outcome,
    List<String> objections,
    String explanation,
    Instant decidedAt,
    @Nullable Instant leaseUntil) {

  /** Copies the objections. */
  public ResponseDecided {
    objections = List.copyOf(objections);
  }

  /**
   * Deterministic: the same outcome of the same step for the same alert has the same id. A lease
   * can be extended several times, so its end is part of the id.
   */
  public String id() {
    String id =
        String.join("/", scored.accepted().id(), playbook, action, target, outcome.jsonName());
    return outcome == ResponseOutcome.EXTENDED ? id + "/" + leaseUntil : id;
  }
}
