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

/** What is to be done in a situation; a value, so that it can be tested and rehearsed. */
public sealed interface Decision {
  /** Do it, on this object and no other. */
  record Act(Subject subject) implements Decision {}

  /** Say what would have been done, and what would have spoken against it. */
  record Observe(List<String> objections) implements Decision {}

  /** Wait for a person. */
  record AwaitApproval(Subject subject) implements Decision {}

  /** Do nothing: at least one guard objects. */
  record Refuse(List<String> objections) implements Decision {}

  /** Decides; asks every guard that applies to the action, whatever the first one says. */
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
