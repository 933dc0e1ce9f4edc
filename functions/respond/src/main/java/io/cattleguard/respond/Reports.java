package io.cattleguard.respond;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseDecided.GuardAnswers;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Guards;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.action.Subject;
import io.cattleguard.respond.ledger.Approval;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger.Settlement;
import io.cattleguard.respond.ledger.Unverified;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/** Builds the events that report a decision, an action or a release. */
final class Reports {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Reports() {}

  /** No action was taken, with every objection. */
  static ResponseDecided refused(Attempt<?, ?> attempt, List<String> objections) {
    return undone(
        attempt,
        ResponseOutcome.REFUSED,
        objections,
        "no action taken: " + String.join("; ", objections));
  }

  /** No action was taken yet, and until when the responder retries. */
  static ResponseDecided postponed(Attempt<?, ?> attempt, List<String> objections, Instant until) {
    return undone(
        attempt,
        ResponseOutcome.REFUSED,
        objections,
        "no action taken yet, retrying until "
            + until.truncatedTo(ChronoUnit.SECONDS)
            + ": "
            + String.join("; ", objections));
  }

  /** A postponed action was not taken, and is not retried any longer. */
  static ResponseDecided expired(Attempt<?, ?> attempt, List<String> objections) {
    return undone(
        attempt,
        ResponseOutcome.REFUSED,
        objections,
        "no action taken, and not retried any longer because the alert is too old: "
            + String.join("; ", objections));
  }

  /** The API did not answer the action, and until when the responder retries. */
  static ResponseDecided unanswered(Attempt<?, ?> attempt, String reason, Instant until) {
    return undone(
        attempt,
        ResponseOutcome.FAILED,
        List.of(),
        "the result is not known, retrying until "
            + until.truncatedTo(ChronoUnit.SECONDS)
            + ": "
            + reason);
  }

  /** The action that would have been taken, and the objections. */
  static ResponseDecided observed(Attempt<?, ?> attempt, List<String> objections) {
    return undone(
        attempt, ResponseOutcome.OBSERVED, objections, would(attempt.situation(), objections));
  }

  private static String would(Situation<?> situation, List<String> objections) {
    if (!objections.isEmpty()) {
      return "would have been refused: "
          + (objections.size() == 1 ? "1 objection" : objections.size() + " objections");
    }
    return situation.rehearsal()
        ? "would have been taken if the guards that query the live cluster or account agreed (not"
            + " queried here)"
        : "would have been taken: no guard objects";
  }

  /** A person must approve first. */
  static ResponseDecided awaitingApproval(Attempt<?, ?> attempt, Approval approval) {
    return undone(
            attempt,
            ResponseOutcome.AWAITING_APPROVAL,
            List.of(),
            "waits for approval; no action taken yet")
        .answering(
            question(approval, Optional.empty()),
            "waits for approval until "
                + approval.until().truncatedTo(ChronoUnit.SECONDS)
                + "; then "
                + (approval.actsByDefault() ? "the action is taken" : "no action is taken")
                + ". No guard objects: "
                + String.join(", ", approval.guards()));
  }

  /** The outcome of a question, or that it still waits. */
  static ResponseDecided about(
      Approval approval,
      Optional<Action<?, ?>> action,
      ResponseOutcome outcome,
      String explanation,
      Optional<String> commandId,
      Optional<Instant> leaseUntil,
      Instant now) {
    String name = approval.key().action();
    return new ResponseDecided(
            scored(approval.scoredJson()),
            approval.playbook(),
            name,
            approval.target(),
            outcome,
            outcome == ResponseOutcome.REFUSED ? List.of(explanation) : List.of(),
            explanation,
            now,
            leaseUntil.orElse(null))
        .about(question(approval, commandId))
        .with(action.map(Action::effect).orElseGet(() -> Effect.unstated(name)))
        .on(approval.key().uid());
  }

  /** The question as the event shows it. */
  static ResponseDecided.Approval question(Approval approval, Optional<String> commandId) {
    return new ResponseDecided.Approval(
        approval.id(),
        approval.until(),
        approval.actsByDefault(),
        approval.guards(),
        approval.decision().map(Approval.Decision::by).orElse(null),
        approval.decision().map(Approval.Decision::why).orElse(null),
        commandId.orElse(null));
  }

  private static ResponseDecided undone(
      Attempt<?, ?> attempt, ResponseOutcome outcome, List<String> objections, String explanation) {
    Action<?, ?> action = attempt.action();
    Situation<?> situation = attempt.situation();
    Optional<? extends Subject> subject = situation.observed().subject();
    return new ResponseDecided(
            situation.scored(),
            situation.playbook().name(),
            action.name(),
            subject.isPresent()
                ? subject.get().inWords()
                : action.named(situation.scored().alert()),
            outcome,
            objections,
            explanation,
            situation.now(),
            null)
        .with(action.effect())
        .after(attempt.guards());
  }

  /**
   * The action's outcome on the object with that UID, which may no longer exist. An action is begun
   * only if no guard objects.
   */
  static ResponseDecided settled(
      Action<?, ?> action, Situation<?> situation, String uid, Settlement settlement) {
    return new ResponseDecided(
            situation.scored(),
            situation.playbook().name(),
            action.name(),
            action.inWords(situation.scored().alert().target(), uid),
            settlement.outcome(),
            settlement.outcome() == ResponseOutcome.REFUSED
                ? List.of(settlement.explanation())
                : List.of(),
            settlement.explanation(),
            settlement.at(),
            settlement.leaseUntil().orElse(null))
        .with(action.effect())
        .after(GuardAnswers.clear(Guards.names(action)))
        .on(uid);
  }

  /** The outcome of an action that was verified later. */
  static ResponseDecided verified(
      Action<?, ?> action, String uid, Unverified unverified, Settlement settlement) {
    ScoredAlert scored = scored(unverified.scoredJson());
    return new ResponseDecided(
            scored,
            unverified.playbook(),
            action.name(),
            action.inWords(scored.alert().target(), uid),
            settlement.outcome(),
            List.of(),
            settlement.explanation(),
            settlement.at(),
            settlement.leaseUntil().orElse(null))
        .with(action.effect())
        .after(GuardAnswers.clear(Guards.names(action)))
        .on(uid);
  }

  /** The outcome of an extended lease, with the reason. */
  static ResponseDecided extended(
      Action<?, ?> action, Containment containment, String why, Instant until, Instant now) {
    String explanation =
        "the lease is extended to " + until.truncatedTo(ChronoUnit.SECONDS) + ": " + why;
    return of(
            action,
            containment,
            new Progress.Done(ResponseOutcome.EXTENDED, explanation),
            now,
            Optional.of(until))
        .on(containment.uid());
  }

  /**
   * The effect of an action was seen, and something else has ended it. The lease stays.
   *
   * @param since when it was missing first, so that the same loss is the same event
   */
  static ResponseDecided lost(Action<?, ?> action, Containment containment, Instant since) {
    String explanation =
        "not fully in effect any more: a person, a controller or the intruder has undone it, or a"
            + " part of it, outside Cattleguard. The next alert about the object may lead to the"
            + " action again";
    return of(
            action,
            containment,
            new Progress.Done(ResponseOutcome.FAILED, explanation),
            since,
            Optional.of(containment.until()))
        .on(containment.uid());
  }

  /** The outcome of an undo. */
  static ResponseDecided released(
      Action<?, ?> action, Containment containment, Progress.Done undone, Instant now) {
    return of(action, containment, undone, now, Optional.empty());
  }

  private static ResponseDecided of(
      Action<?, ?> action,
      Containment containment,
      Progress.Done done,
      Instant now,
      Optional<Instant> leaseUntil) {
    ScoredAlert scored = scored(containment.scoredJson());
    return new ResponseDecided(
            scored,
            containment.playbook(),
            action.name(),
            action.inWords(scored.alert().target(), containment.uid()),
            done.outcome(),
            done.outcome() == ResponseOutcome.REFUSED ? List.of(done.explanation()) : List.of(),
            done.explanation(),
            now,
            leaseUntil.orElse(null))
        .with(action.effect());
  }

  /** The scored alert that the ledger stored. */
  static ScoredAlert scored(String json) {
    try {
      return AlertJson.readStored(JSON.readTree(json));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a stored alert is not JSON", e);
    }
  }
}
