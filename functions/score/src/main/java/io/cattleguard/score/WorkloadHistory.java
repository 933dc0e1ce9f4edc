package io.cattleguard.score;

import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Target;
import io.cattleguard.events.WorkloadName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The stored history of one workload, at most about 3 kB. Immutable.
 *
 * @param version number of writes, 0 if never stored
 * @param since event time of the workload's first alert
 * @param rules the rules that fired, each with the id of its first alert
 * @param tactics the MITRE tactics seen, each with its latest event time
 * @param answers the facts that the latest alerts got, oldest first
 */
public record WorkloadHistory(
    String workload,
    long version,
    Instant since,
    Map<String, String> rules,
    Map<String, Instant> tactics,
    List<Answer> answers) {
  /** Maximum number of stored rules. A workload with more is noisy, and no rule counts as new. */
  private static final int RULES = 50;

  /** Number of stored answers. SQS redelivers within minutes. */
  private static final int ANSWERS = 32;

  /** A stored time this far ahead of an alert's time came from a wrong clock. */
  private static final Duration CLOCK_SKEW = Duration.ofDays(1);

  /**
   * The facts that an alert got. A redelivered alert gets the same facts, whatever happened since.
   *
   * @param accepted the id of the accepted alert
   */
  public record Answer(String accepted, boolean newRule, Set<String> tactics) {
    /** Copies the set. */
    public Answer {
      tactics = Set.copyOf(tactics);
    }

    private HistoryFacts facts() {
      return new HistoryFacts(newRule, tactics, Optional.empty());
    }
  }

  /** Copies the collections. */
  public WorkloadHistory {
    rules = Map.copyOf(rules);
    tactics = Map.copyOf(tactics);
    answers = List.copyOf(answers);
  }

  /** The history of a workload that was never seen. */
  static WorkloadHistory unknown(String workload) {
    return new WorkloadHistory(workload, 0, Instant.EPOCH, Map.of(), Map.of(), List.of());
  }

  /**
   * The key of the alert's workload: cluster, namespace and name. Empty if the alert names no
   * workload, if its class is not part of an attack, or if it is replayed or a sample: it would
   * make the rule of a real alert look known.
   */
  static Optional<String> key(Alert alert) {
    Target target = alert.target();
    String name = WorkloadName.of(target);
    boolean happens =
        alert.alertClass() == AlertClass.RUNTIME || alert.alertClass() == AlertClass.AUDIT;
    return happens && alert.isReal() && !name.isEmpty()
        ? Optional.of(orNone(target.cluster()) + '/' + orNone(target.namespace()) + '/' + name)
        : Optional.empty();
  }

  private static String orNone(@Nullable String part) {
    return part == null ? "" : part;
  }

  /** The facts about an alert. Deterministic: the same alert always gets the same facts. */
  HistoryFacts facts(AcceptedAlert accepted, ScoringPolicy policy) {
    for (Answer answer : answers) {
      if (answer.accepted().equals(accepted.id())) {
        return answer.facts();
      }
    }
    Alert alert = accepted.alert();
    Instant at = at(accepted);
    boolean watched = version > 0 && !since.plus(policy.watchedFor()).isAfter(at);
    String first = rules.get(rule(alert));
    boolean unseen = first == null ? rules.size() < RULES : first.equals(alert.id());
    Set<String> lately = new HashSet<>(alert.tactics());
    // Before or after the alert's time, because alerts can arrive out of order.
    Instant earliest = at.minus(policy.chainWindow());
    Instant latest = at.plus(policy.chainWindow());
    tactics.forEach(
        (tactic, seen) -> {
          if (!seen.isBefore(earliest) && !seen.isAfter(latest)) {
            lately.add(tactic);
          }
        });
    return new HistoryFacts(watched && unseen, lately, Optional.empty());
  }

  /**
   * Returns this history with the alert and its facts added, or itself if it already has the alert.
   */
  WorkloadHistory remember(AcceptedAlert accepted, HistoryFacts told) {
    if (answers.stream().anyMatch(answer -> answer.accepted().equals(accepted.id()))) {
      return this;
    }
    Alert alert = accepted.alert();
    Instant at = at(accepted);
    return new WorkloadHistory(
        workload,
        version + 1,
        version == 0 || at.isBefore(since) ? at : since,
        withRule(rule(alert), alert.id()),
        alert.tactics().isEmpty() ? tactics : withTactics(alert.tactics(), at),
        withAnswer(new Answer(accepted.id(), told.newRule(), told.tactics())));
  }

  private Map<String, String> withRule(String rule, String alert) {
    if (rules.containsKey(rule) || rules.size() >= RULES) {
      return rules;
    }
    Map<String, String> next = new LinkedHashMap<>(rules);
    next.put(rule, alert);
    return next;
  }

  private Map<String, Instant> withTactics(List<String> seen, Instant at) {
    Map<String, Instant> next = new LinkedHashMap<>(tactics);
    for (String tactic : seen) {
      next.merge(tactic, at, WorkloadHistory::latest);
    }
    return next;
  }

  private static Instant latest(Instant known, Instant at) {
    return known.isBefore(at) || known.isAfter(at.plus(CLOCK_SKEW)) ? at : known;
  }

  private List<Answer> withAnswer(Answer answer) {
    List<Answer> next = new ArrayList<>(answers.size() + 1);
    next.addAll(answers.size() < ANSWERS ? answers : answers.subList(1, answers.size()));
    next.add(answer);
    return next;
  }

  private static Instant at(AcceptedAlert accepted) {
    Instant observedAt = accepted.alert().observedAt();
    return observedAt == null ? accepted.lastAt() : observedAt;
  }

  private static String rule(Alert alert) {
    return alert.source() + "/" + alert.rule();
  }
}
