package io.cattleguard.respond;

import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Guards;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Sight;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.action.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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

  /** Asks every guard that applies to the action, also after the first objection, and decides. */
  static <S extends Sight> Decision decide(Action<?, S> action, Situation<S> situation) {
    List<String> objections = new ArrayList<>();
    boolean oldNews = false;
    for (Guard<S> guard : Guards.of(action)) {
      Optional<String> objection = guard.objection(situation);
      if (objection.isPresent()) {
        objections.add(objection.get());
        oldNews |= guard.oldNews();
      }
    }
    Mode mode = situation.playbook().mode();
    if (mode == Mode.OBSERVE || situation.rehearsal() || oldNews) {
      return new Observe(objections);
    }
    Optional<? extends Subject> subject = situation.sight().subject();
    if (!objections.isEmpty() || subject.isEmpty()) {
      return new Refuse(objections);
    }
    return mode == Mode.APPROVE ? new AwaitApproval(subject.get()) : new Act(subject.get());
  }
}
