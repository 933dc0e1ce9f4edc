package io.cattleguard.app.replay;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Severity;
import io.cattleguard.respond.action.Playbook;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** The problems of a replay, grouped into the incidents that people are notified of. */
final class ReplayedIncidents {
  private final List<Group> all;
  private final long problems;

  /** A step of a playbook on an object, and its effect under the policy. */
  record Step(Incident problem, Incident.Response response, PolicyResult.Effect effect) {
    private boolean isRefused() {
      return effect == PolicyResult.Effect.REFUSED;
    }

    /** Whether no guard refuses it, and it does more than keep evidence. */
    private boolean contains() {
      return !isRefused() && !response.keepsEvidenceOnly();
    }
  }

  /** The problems of one incident, the most severe one first. */
  record Group(List<Incident> problems, List<Step> steps, boolean isTold) {
    Incident gravest() {
      return problems.getFirst();
    }

    Optional<Severity> severity() {
      return problems.stream()
          .flatMap(one -> one.severity().stream())
          .max(Comparator.naturalOrder());
    }

    /** The steps that no guard refuses, by playbook, of those that would contain something. */
    Map<String, List<Step>> containing() {
      Map<String, List<Step>> all = new LinkedHashMap<>();
      for (Step step : steps) {
        if (!step.isRefused()) {
          all.computeIfAbsent(step.response().playbook(), key -> new ArrayList<>()).add(step);
        }
      }
      all.values().removeIf(playbook -> playbook.stream().noneMatch(Step::contains));
      return all;
    }

    boolean isContained() {
      return steps.stream().anyMatch(Step::contains);
    }

    boolean isForDevelopers() {
      return problems.stream().allMatch(ReplayedIncidents::isForDevelopers);
    }

    /** The time of the first alert of the incident. */
    Optional<Instant> firstAt() {
      return problems.stream()
          .flatMap(one -> one.firstAt().stream())
          .min(Comparator.naturalOrder());
    }

    /** From the first alert of the incident to the alert that the step answers. */
    Optional<Duration> afterFirst(Step step) {
      Instant at = step.response().at();
      return at == null
          ? Optional.empty()
          : firstAt().map(first -> Duration.between(first, at)).filter(one -> !one.isNegative());
    }
  }

  ReplayedIncidents(List<Incident> incidents, Policy policy) {
    Map<String, Playbook> playbooks = PolicyResult.playbooks(policy);
    Map<String, List<Incident>> byId = new LinkedHashMap<>();
    for (Incident one : incidents) {
      byId.computeIfAbsent(one.incident(), key -> new ArrayList<>()).add(one);
    }
    all =
        byId.values().stream()
            .map(group -> group(group, policy, playbooks))
            .sorted(Comparator.comparingInt((Group one) -> one.gravest().score()).reversed())
            .toList();
    problems = incidents.stream().map(Incident::fingerprint).distinct().count();
  }

  private static Group group(
      List<Incident> problems, Policy policy, Map<String, Playbook> playbooks) {
    List<Incident> sorted = new ArrayList<>(problems);
    sorted.sort(Comparator.comparingInt(Incident::score).reversed());
    List<Step> steps = new ArrayList<>();
    for (Incident problem : sorted) {
      for (Incident.Response response : problem.responses()) {
        steps.add(new Step(problem, response, PolicyResult.effect(problem, response, playbooks)));
      }
    }
    return new Group(
        List.copyOf(sorted),
        List.copyOf(steps),
        sorted.stream()
            .flatMap(one -> one.destinations().stream())
            .anyMatch(policy::isReadByPeople));
  }

  /** Whether developers fix it, and nothing is contained. */
  static boolean isForDevelopers(Incident problem) {
    return problem.alertClass() == AlertClass.CONFIGURATION
        || problem.alertClass() == AlertClass.VULNERABILITY;
  }

  /** The incidents, that with the highest score first. */
  List<Group> all() {
    return all;
  }

  /** The number of problems; one that opens again is the same. */
  long problems() {
    return problems;
  }

  /** The number of incidents that people are notified of. */
  long told() {
    return count(Group::isTold);
  }

  /** The number of incidents that a playbook would contain, whatever its mode. */
  long contained() {
    return count(Group::isContained);
  }

  /** The number of incidents that a playbook contains in the mode that it has. */
  long containedNow() {
    return count(
        group ->
            group.steps().stream()
                .anyMatch(step -> step.contains() && step.effect() == PolicyResult.Effect.TAKEN));
  }

  private long count(Predicate<Group> claim) {
    return all.stream().filter(claim).count();
  }
}
