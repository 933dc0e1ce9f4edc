package io.cattleguard.app.replay;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.events.Points;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The result of a policy on a recording, by problem. */
final class PolicyResult {
  private final Map<String, Problem> problems = new LinkedHashMap<>();
  private final Map<Effect, Integer> actions = new TreeMap<>();
  private final long told;

  /** The effect of an action, from none to the strongest. */
  enum Effect {
    NONE("not considered"),
    REFUSED("refused"),
    OBSERVED("observed"),
    APPROVAL("awaiting approval"),
    TAKEN("taken");

    private final String words;

    Effect(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  /** An action on one object. */
  record Deed(String action, String target) {}

  /** The strongest effect of all playbooks on it, and the playbooks that have this effect. */
  record Answer(Effect effect, List<String> playbooks, List<String> objections) {
    static final Answer NONE = new Answer(Effect.NONE, List.of(), List.of());

    private Answer or(Answer other) {
      if (other.effect != effect) {
        return other.effect.compareTo(effect) > 0 ? other : this;
      }
      TreeSet<String> both = new TreeSet<>(playbooks);
      both.addAll(other.playbooks);
      return new Answer(effect, List.copyOf(both), objections);
    }
  }

  /** All incidents of one fingerprint; of the scores the highest, with its reasons. */
  record Problem(
      Incident incident,
      int score,
      List<Points> reasons,
      TreeSet<String> destinations,
      boolean isTold,
      Map<Deed, Answer> answers) {}

  PolicyResult(Policy policy, Replay replay) {
    Map<String, Playbook> playbooks = playbooks(policy);
    for (Incident incident : replay.incidents()) {
      problems.merge(
          incident.fingerprint(), problem(incident, policy, playbooks), PolicyResult::together);
    }
    for (Problem problem : problems.values()) {
      problem.answers.values().forEach(answer -> actions.merge(answer.effect, 1, Integer::sum));
    }
    told =
        replay.incidents().stream()
            .filter(one -> one.destinations().stream().anyMatch(policy::isReadByPeople))
            .map(Incident::incident)
            .distinct()
            .count();
  }

  private static Problem problem(
      Incident incident, Policy policy, Map<String, Playbook> playbooks) {
    Map<Deed, Answer> answers = new LinkedHashMap<>();
    for (Incident.Response response : incident.responses()) {
      Effect effect = effect(incident, response, playbooks);
      answers.merge(
          new Deed(response.action(), response.target()),
          new Answer(effect, List.of(response.playbook()), response.objections()),
          Answer::or);
    }
    return new Problem(
        incident,
        incident.score(),
        incident.reasons(),
        new TreeSet<>(incident.destinations()),
        incident.destinations().stream().anyMatch(policy::isReadByPeople),
        answers);
  }

  /** The effect of a step, with the mode that its playbook has for the incident's target. */
  static Effect effect(
      Incident incident, Incident.Response response, Map<String, Playbook> playbooks) {
    return response.objections().isEmpty()
        ? Optional.ofNullable(playbooks.get(response.playbook()))
            .map(playbook -> effect(playbook.at(incident.target())))
            .orElse(Effect.OBSERVED)
        : Effect.REFUSED;
  }

  /** The playbooks of a policy by name. */
  static Map<String, Playbook> playbooks(Policy policy) {
    return policy.playbooks().all().stream()
        .collect(Collectors.toMap(Playbook::name, one -> one, (one, other) -> one));
  }

  /** A replay only observes; the effect is that of the playbook's own mode. */
  private static Effect effect(Playbook playbook) {
    if (PlaybookChanges.acts(playbook)) {
      return Effect.TAKEN;
    }
    return playbook.mode() == Mode.APPROVE ? Effect.APPROVAL : Effect.OBSERVED;
  }

  private static Problem together(Problem one, Problem other) {
    Problem graver = other.score > one.score ? other : one;
    TreeSet<String> destinations = new TreeSet<>(one.destinations);
    destinations.addAll(other.destinations);
    Map<Deed, Answer> answers = new LinkedHashMap<>(one.answers);
    other.answers.forEach((deed, answer) -> answers.merge(deed, answer, Answer::or));
    return new Problem(
        one.incident,
        graver.score,
        graver.reasons,
        destinations,
        one.isTold || other.isTold,
        answers);
  }

  Map<String, Problem> problems() {
    return problems;
  }

  /** How many incidents people would have been notified of. */
  long told() {
    return told;
  }

  /** On how many objects an action would have had that effect. */
  int actions(Effect effect) {
    return actions.getOrDefault(effect, 0);
  }

  /** The fingerprints of this one and, behind them, those that only the other one has. */
  List<String> fingerprintsWith(PolicyResult other) {
    List<String> all = new ArrayList<>(problems.keySet());
    other.problems.keySet().stream().filter(one -> !problems.containsKey(one)).forEach(all::add);
    return all;
  }
}
