package io.cattleguard.events;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What respond did about a scored alert, or why it did nothing.
 *
 * @param scored the alert it answers
 * @param playbook the playbook that matched
 * @param action the step, {@code isolate-pod}, {@code delete-pod}, …
 * @param target the exact object, in words: {@code pod shop/web-1 (uid 123)}
 * @param objections every guard-rail that spoke against it, a sentence each; empty unless refused
 * @param explanation what happened, in a sentence for people
 * @param decidedAt when the decision was made
 * @param leaseUntil when a containment ends by itself, absent where there is nothing to undo
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

  /** Deterministic: the same outcome of the same step for the same alert has the same id. */
  public String id() {
    return String.join("/", scored.accepted().id(), playbook, action, target, outcome.jsonName());
  }
}
