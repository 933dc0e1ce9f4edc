package io.cattleguard.score;

import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Points;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Computes an alert's score: the sum of all signals' points, with the reasons that add up to it.
 */
public final class Scorer {
  private static final int ATTEMPTS = 10;
  private static final int HIGHEST = 100;

  private final ScoringPolicy policy;
  private final Signals signals;
  private final WorkloadHistories histories;

  /** Uses a policy and the stored histories of workloads. */
  public Scorer(ScoringPolicy policy, WorkloadHistories histories) {
    this.policy = policy;
    this.signals = new Signals(policy);
    this.histories = histories;
  }

  /**
   * Scores one alert. If the workload's history is unavailable, the alert is scored without it and
   * a reason says so, because people must see the alert.
   */
  public ScoredAlert score(AcceptedAlert accepted) {
    List<Points> points = new ArrayList<>(signals.weigh(accepted, past(accepted)));
    int sum = points.stream().mapToInt(Points::value).sum();
    Alert alert = accepted.alert();
    if (!isContained(alert) && sum > policy.cap()) {
      points.add(
          new Points(
              policy.cap() - sum,
              "class " + alert.alertClass().jsonName() + ": capped below every playbook"));
    } else if (sum > HIGHEST) {
      points.add(new Points(HIGHEST - sum, "capped at 100"));
    } else if (sum < policy.floor() && isGrave(alert)) {
      points.add(
          new Points(policy.floor() - sum, "raised to " + policy.floor() + ": " + grave(alert)));
    } else if (sum < 0) {
      points.add(new Points(-sum, "raised to 0"));
    }
    return new ScoredAlert(accepted, points.stream().mapToInt(Points::value).sum(), points);
  }

  private static boolean isContained(Alert alert) {
    return switch (alert.alertClass()) {
      case RUNTIME, AUDIT -> true;
      case CONFIGURATION, VULNERABILITY, HEALTH -> false;
    };
  }

  /**
   * Whether people must see an alert, whatever the weights: the detector calls it critical, or high
   * and speaks of an intrusion. A sample is not an intrusion.
   */
  private static boolean isGrave(Alert alert) {
    Severity severity = alert.severity();
    return severity != null
        && isContained(alert)
        && !alert.traits().contains(Alert.SAMPLE)
        && (severity.compareTo(Severity.CRITICAL) >= 0 || isHighIntrusion(alert, severity));
  }

  private static boolean isHighIntrusion(Alert alert, Severity severity) {
    return severity == Severity.HIGH && alert.traits().contains(Alert.INTRUSION);
  }

  private static String grave(Alert alert) {
    Severity severity = Objects.requireNonNull(alert.severity());
    return alert.source()
        + (severity == Severity.HIGH
            ? " calls it high and speaks of an intrusion"
            : " calls it " + severity.jsonName());
  }

  /** Whether an alert was scored without the history of its workload. */
  public static boolean isWithoutPast(ScoredAlert scored) {
    return scored.reasons().stream()
        .anyMatch(points -> points.reason().startsWith(Signals.UNKNOWN_PAST));
  }

  private HistoryFacts past(AcceptedAlert accepted) {
    return WorkloadHistory.key(accepted.alert())
        .map(workload -> past(accepted, workload))
        .orElse(HistoryFacts.none());
  }

  /**
   * Returns the facts of the history that was stored. The conditional write detects concurrent
   * writers.
   */
  private HistoryFacts past(AcceptedAlert accepted, String workload) {
    try {
      Optional<WorkloadHistory> before = histories.recall(workload);
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        WorkloadHistory known = before.orElseGet(() -> WorkloadHistory.unknown(workload));
        HistoryFacts facts = known.facts(accepted, policy);
        WorkloadHistory next = known.remember(accepted, facts);
        if (next.version() == known.version()) {
          return facts;
        }
        before = histories.store(next, known.version());
        if (before.isEmpty()) {
          return facts;
        }
      }
      return HistoryFacts.unavailable("write conflict");
    } catch (HistoryUnavailable e) {
      return HistoryFacts.unavailable(String.valueOf(e.getMessage()));
    }
  }
}
