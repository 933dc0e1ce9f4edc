package io.cattleguard.app.plan;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guards;
import io.cattleguard.respond.action.ObservedState;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.action.Subject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Evaluates the guards of every step that acts in a place for one alert, as if it came now. It only
 * reads.
 *
 * @param <P> the place of the actions
 */
final class Asking<P> {
  private static final String PLAN = "plan";
  private static final int SCORE = 100;

  private final Class<P> type;
  private final P place;
  private final Playbooks playbooks;
  private final Instant now;

  Asking(Class<P> type, P place, Playbooks playbooks, Instant now) {
    this.type = type;
    this.place = place;
    this.playbooks = playbooks;
    this.now = now;
  }

  /**
   * Evaluates an alert.
   *
   * @param isAbout whether a step applies to what the alert names, given the object that it found
   */
  List<ClusterPlan.Answer> answers(
      ScoredAlert scored, Predicate<Optional<? extends Subject>> isAbout) {
    List<ClusterPlan.Answer> answers = new ArrayList<>();
    // Several playbooks may have the same step; each step is evaluated once.
    Map<Action<?, ?>, Optional<ClusterPlan.Answer>> asked = new HashMap<>();
    for (Playbook playbook : playbooks.all()) {
      if (playbook.when().part("alert", "target").stream()
          .anyMatch(part -> !part.matches(AlertJson.matchable(scored)))) {
        continue;
      }
      for (Action<?, ?> step : playbook.steps()) {
        in(type, step)
            .flatMap(
                action ->
                    asked.computeIfAbsent(
                        action, unasked -> answer(action, playbook, scored, isAbout)))
            .ifPresent(answer -> answers.add(answer.of(playbook.name())));
      }
    }
    return answers;
  }

  /** The step, if it acts in places of that type; the others are another responder's. */
  @SuppressWarnings("unchecked") // place() is the type of the place
  static <P> Optional<Action<P, ?>> in(Class<P> type, Action<?, ?> step) {
    return step.place().equals(type) ? Optional.of((Action<P, ?>) step) : Optional.empty();
  }

  private <S extends ObservedState> Optional<ClusterPlan.Answer> answer(
      Action<P, S> action,
      Playbook playbook,
      ScoredAlert scored,
      Predicate<Optional<? extends Subject>> isAbout) {
    S observed = action.look(place, scored);
    Optional<? extends Subject> subject = observed.subject();
    if (!isAbout.test(subject)) {
      return Optional.empty();
    }
    Situation<S> situation =
        new Situation<>(
            scored, playbook, observed, List.of(), new Fact.Known<>(false), now, false, false);
    List<ClusterPlan.Objection> objections = new ArrayList<>();
    Guards.of(action)
        .forEach(
            guard ->
                guard
                    .objection(situation)
                    .ifPresent(
                        one ->
                            objections.add(new ClusterPlan.Objection(guard.name(), one.text()))));
    return Optional.of(
        new ClusterPlan.Answer(
            playbook.name(), action.name(), subject.map(Subject::inWords).orElse(""), objections));
  }

  /** An alert of that source about that target, with all fields that a complete one has. */
  ScoredAlert alert(String source, Target target, ObservedConnection connection) {
    Alert alert =
        new Alert(
            PLAN,
            AlertClass.RUNTIME,
            source,
            null,
            null,
            List.of(),
            List.of(),
            List.of(Trait.NODE_VERIFIED),
            target,
            ObservedProcess.UNKNOWN,
            connection,
            null,
            now,
            1,
            List.of(),
            "");
    return new ScoredAlert(
        new AcceptedAlert(alert, PLAN, Acceptance.OPENED, 1, now, now, 1, 1),
        SCORE,
        List.of(new Points(SCORE, PLAN)));
  }
}
