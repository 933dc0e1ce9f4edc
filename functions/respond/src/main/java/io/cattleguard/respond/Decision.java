package io.cattleguard.respond;

import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Guards;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.action.Subject;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The decision in a situation, as a value, so that tests and dry runs can check it. */
public sealed interface Decision {
  /** Take the action on exactly this object. */
  record Act(Subject subject) implements Decision {}

  /** Take no action, but report what would have been done and which guards object. */
  record Observe(List<String> objections) implements Decision {}

  /** Wait for a person's approval. */
  record AwaitApproval(Subject subject) implements Decision {}

  /** Take no action, because at least one guard objects. */
  record Refuse(List<String> objections) implements Decision {}

  /** Take no action, because the object is gone or is being removed. */
  record NothingLeft(List<String> objections) implements Decision {}

  /** Take a stronger action instead, because this one was taken too often. */
  record Escalate(List<String> objections) implements Decision {}

  /** Decide again later: every objection may pass. */
  record Postpone(List<String> objections) implements Decision {}

  /** Asks every guard that applies to the action, also after the first objection, and decides. */
  static <S extends ObservedState> Decision decide(Action<?, S> action, Situation<S> situation) {
    List<String> objections = new ArrayList<>();
    Set<Objection.Kind> kinds = EnumSet.noneOf(Objection.Kind.class);
    for (Guard<S> guard : Guards.of(action)) {
      Optional<Objection> objection = guard.objection(situation);
      if (objection.isPresent()) {
        objections.add(objection.get().text());
        kinds.add(objection.get().kind());
      }
    }
    Mode mode = situation.playbook().mode();
    if (mode == Mode.OBSERVE || situation.rehearsal() || kinds.contains(Objection.Kind.OBSERVES)) {
      return new Observe(objections);
    }
    Optional<? extends Subject> subject = situation.observed().subject();
    if (kinds.contains(Objection.Kind.REFUSES) || (kinds.isEmpty() && subject.isEmpty())) {
      return new Refuse(objections);
    }
    if (kinds.contains(Objection.Kind.GONE)) {
      return new NothingLeft(objections);
    }
    if (kinds.contains(Objection.Kind.ESCALATES)) {
      return new Escalate(objections);
    }
    // Any other kind of objection: it never lets an action pass.
    if (!kinds.isEmpty()) {
      return new Postpone(objections);
    }
    Subject one = subject.orElseThrow();
    return mode == Mode.APPROVE ? new AwaitApproval(one) : new Act(one);
  }
}
