package io.cattleguard.respond;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.ResponseDecided.GuardAnswers;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Guards;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.ledger.Approval;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * One action in one situation.
 *
 * @param approval a person's approval of it, in mode approve
 */
record Attempt<P, S extends ObservedState>(
    Action<P, S> action, P place, Situation<S> situation, int round, Optional<Approval> approval) {
  Attempt(Action<P, S> action, P place, Situation<S> situation, int round) {
    this(action, place, situation, round, Optional.empty());
  }

  Attempt<P, S> approvedAs(Approval one) {
    return new Attempt<>(action, place, situation, round, Optional.of(one));
  }

  /** The person who approved it, for the start of its outcome. */
  String saying() {
    return approval.map(Approving::saying).orElse("");
  }

  String alertId() {
    return situation.scored().alert().id();
  }

  Ledger.Key key(String uid) {
    return new Ledger.Key(action.name(), uid);
  }

  /** The object that the alert names, whether it exists or not. */
  String name() {
    return action.named(situation.scored().alert());
  }

  /** The ledger entry for the state of the object with that UID. */
  UndoRecord undo(Ledger ledger, String uid) {
    return UndoRecord.of(
        ledger,
        key(uid),
        situation.playbook().name(),
        situation.now(),
        situation.now().plus(action.lease().orElse(Duration.ZERO)),
        situation.scored());
  }

  /** The guards' answers in this situation. */
  GuardAnswers guards() {
    return Guards.answers(action, situation);
  }

  /** Until when the alert may cause an action; empty if it does not say when it was observed. */
  Optional<Instant> freshUntil() {
    return Optional.ofNullable(situation.scored().alert().observedAt())
        .map(at -> at.plus(situation.playbook().freshness()));
  }

  /** A continuing alert was reported when it began; people need no message every 15 minutes. */
  boolean isContinuing() {
    return situation.scored().accepted().acceptance() == Acceptance.CONTINUING;
  }
}
