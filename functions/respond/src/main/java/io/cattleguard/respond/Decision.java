package io.cattleguard.respond;

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

  /** Do nothing: at least one guard-rail objects. */
  record Refuse(List<String> objections) implements Decision {}

  /** Decides; asks every guard-rail, whatever the first one says. */
  static Decision decide(Situation situation) {
    List<String> objections = new ArrayList<>();
    boolean oldNews = false;
    for (Guard guard : Guards.of(situation.step())) {
      Optional<String> objection = guard.objection(situation);
      if (objection.isPresent()) {
        objections.add(objection.get());
        oldNews |= Guards.OLD_NEWS.contains(guard);
      }
    }
    boolean observes =
        situation.playbook().mode() == Mode.OBSERVE || situation.settings().rehearsal();
    if (observes || oldNews) {
      return new Observe(objections);
    }
    Optional<? extends Subject> subject = situation.subject();
    if (!objections.isEmpty() || subject.isEmpty()) {
      return new Refuse(objections);
    }
    return situation.playbook().mode() == Mode.APPROVE
        ? new AwaitApproval(subject.get())
        : new Act(subject.get());
  }
}
