package io.cattleguard.score;

import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.WorkloadName;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * All that is remembered of one workload, in about two kilobytes; immutable.
 *
 * @param version counts the writes, 0 for one that was never written
 * @param since event time of the first alert on it
 * @param rules the rules that spoke, each with the id of the first alert
 * @param tactics the tactics that were seen, each with the latest event time
 */
public record WorkloadHistory(
    String workload,
    long version,
    Instant since,
    Map<String, String> rules,
    Map<String, Instant> tactics) {
  /** Rules beyond this many are not remembered; the workload is a loud one and nothing is new. */
  private static final int RULES = 50;

  /** A tactic's time is moved on in steps of this, so that a storm does not write each alert. */
  private static final Duration STEP = Duration.ofMinutes(1);

  /** Copies the maps. */
  public WorkloadHistory {
    rules = Map.copyOf(rules);
    tactics = Map.copyOf(tactics);
  }

  /** One never seen. */
  static WorkloadHistory unknown(String workload) {
    return new WorkloadHistory(workload, 0, Instant.EPOCH, Map.of(), Map.of());
  }

  /** Which workload an alert is about: cluster, namespace and name. */
  static String key(Alert alert) {
    return alert.target().cluster()
        + "/"
        + alert.target().namespace()
        + "/"
        + WorkloadName.of(alert.target());
  }

  /** What this past says about an alert; the same for the same alert, however often it is asked. */
  HistoryFacts facts(AcceptedAlert accepted, ScoringPolicy policy) {
    Alert alert = accepted.alert();
    Instant at = at(accepted);
    String rule = rule(alert);
    boolean watched = version > 0 && !since.plus(policy.watchedFor()).isAfter(at);
    boolean unseen =
        rules.containsKey(rule) ? alert.id().equals(rules.get(rule)) : rules.size() < RULES;
    Set<String> lately = new LinkedHashSet<>(alert.tactics());
    tactics.forEach(
        (tactic, seen) -> {
          if (Duration.between(seen, at).abs().compareTo(policy.chainWindow()) <= 0) {
            lately.add(tactic);
          }
        });
    return new HistoryFacts(watched && unseen, lately, java.util.Optional.empty());
  }

  /** This past with the alert in it; the same version where nothing is new. */
  WorkloadHistory remember(AcceptedAlert accepted) {
    Alert alert = accepted.alert();
    Instant at = at(accepted);
    boolean changed = version == 0 || at.isBefore(since);
    Map<String, String> nextRules = rules;
    String rule = rule(alert);
    if (!rules.containsKey(rule) && rules.size() < RULES) {
      nextRules = new LinkedHashMap<>(rules);
      nextRules.put(rule, alert.id());
      changed = true;
    }
    Map<String, Instant> nextTactics = tactics;
    for (String tactic : alert.tactics()) {
      Instant seen = tactics.get(tactic);
      if (seen == null || seen.plus(STEP).isBefore(at)) {
        nextTactics = new LinkedHashMap<>(nextTactics);
        nextTactics.put(tactic, at);
        changed = true;
      }
    }
    return changed
        ? new WorkloadHistory(
            workload,
            version + 1,
            version == 0 || at.isBefore(since) ? at : since,
            nextRules,
            nextTactics)
        : this;
  }

  private static Instant at(AcceptedAlert accepted) {
    Instant observedAt = accepted.alert().observedAt();
    return observedAt == null ? accepted.lastAt() : observedAt;
  }

  private static String rule(Alert alert) {
    return alert.source() + "/" + alert.rule();
  }
}
