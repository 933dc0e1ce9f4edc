package io.cattleguard.events;

import java.time.Instant;
import java.util.List;
import java.util.Set;
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
 * @param approval the question to people, absent if nobody was asked
 * @param containment as {@code cattleguard undo} takes it, {@code blue/isolate-pod/<uid>}; absent
 *     if there is nothing to undo
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
    @Nullable Instant leaseUntil,
    @Nullable Approval approval,
    @Nullable String containment) {
  /**
   * Actions that do not cut off their object. Every other action of a playbook contains it. {@code
   * block-egress} and {@code block-address} deny one address, and connections that are open may
   * persist.
   */
  private static final Set<String> CONTAINS_NOTHING =
      Set.of(
          "capture-evidence", "cordon-node", "snapshot-instance", "block-egress", "block-address");

  /** Whether an action of that name contains its object, so that an attack cannot go on there. */
  public static boolean contains(String action) {
    return !CONTAINS_NOTHING.contains(action);
  }

  /**
   * A question to people whether the action may be taken.
   *
   * @param id as {@code cattleguard approve} takes it: {@code blue/isolate-pod/<hash>}
   * @param until when it expires
   * @param actsByDefault whether the action is taken when it expires
   * @param guards the guards that were asked; none objected when people were asked
   * @param by who decided, absent while nobody has
   * @param why the reason of the decision
   * @param command the id of the command that this outcome answers
   */
  public record Approval(
      String id,
      Instant until,
      boolean actsByDefault,
      List<String> guards,
      @Nullable String by,
      @Nullable String why,
      @Nullable String command) {
    /** Copies the guards. */
    public Approval {
      guards = List.copyOf(guards);
    }
  }

  /** An outcome about which nobody was asked. */
  public ResponseDecided(
      ScoredAlert scored,
      String playbook,
      String action,
      String target,
      ResponseOutcome outcome,
      List<String> objections,
      String explanation,
      Instant decidedAt,
      @Nullable Instant leaseUntil) {
    this(
        scored,
        playbook,
        action,
        target,
        outcome,
        objections,
        explanation,
        decidedAt,
        leaseUntil,
        null);
  }

  /** An outcome with nothing to undo, or of a version that did not name the containment. */
  public ResponseDecided(
      ScoredAlert scored,
      String playbook,
      String action,
      String target,
      ResponseOutcome outcome,
      List<String> objections,
      String explanation,
      Instant decidedAt,
      @Nullable Instant leaseUntil,
      @Nullable Approval approval) {
    this(
        scored,
        playbook,
        action,
        target,
        outcome,
        objections,
        explanation,
        decidedAt,
        leaseUntil,
        approval,
        null);
  }

  /** A copy whose containment, if there is something to undo, is that of the object. */
  public ResponseDecided on(String uid) {
    String cluster = scored.alert().target().cluster();
    return leaseUntil == null
        ? this
        : new ResponseDecided(
            scored,
            playbook,
            action,
            target,
            outcome,
            objections,
            explanation,
            decidedAt,
            leaseUntil,
            approval,
            (cluster == null || cluster.isEmpty() ? "" : cluster + "/") + action + "/" + uid);
  }

  /** A copy that says which question it answers. */
  public ResponseDecided answering(Approval question, String saying) {
    return new ResponseDecided(
        scored,
        playbook,
        action,
        target,
        outcome,
        objections,
        saying,
        decidedAt,
        leaseUntil,
        question,
        containment);
  }

  /** Copies the objections. */
  public ResponseDecided {
    objections = List.copyOf(objections);
  }

  /**
   * Deterministic: the same outcome of the same step for the same alert has the same id. A lease
   * can be extended several times, so its end is part of the id. People can be asked several times,
   * and several of them can answer, so the question or the command is part of it.
   */
  public String id() {
    String id =
        String.join("/", scored.accepted().id(), playbook, action, target, outcome.jsonName());
    Approval question = approval;
    if (question != null) {
      String command = question.command();
      return command == null
          ? id + "/" + question.id().substring(question.id().lastIndexOf('/') + 1)
          : id + "/command/" + command;
    }
    return outcome == ResponseOutcome.EXTENDED ? id + "/" + leaseUntil : id;
  }
}
