package io.cattleguard.score;

import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Points;
import io.cattleguard.events.ScoredAlert;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Gives an alert its score: the sum of what every signal says, with the reasons that add up. */
public final class Scorer {
  private static final int ATTEMPTS = 10;
  private static final int HIGHEST = 100;

  private final ScoringPolicy policy;
  private final Signals signals;
  private final WorkloadHistories histories;

  /** Over a policy and what is remembered of workloads. */
  public Scorer(ScoringPolicy policy, WorkloadHistories histories) {
    this.policy = policy;
    this.signals = new Signals(policy);
    this.histories = histories;
  }

  /**
   * Scores one alert. A past that cannot be read costs its points and is told; the alert is scored
   * all the same, because people must hear of it.
   */
  public ScoredAlert score(AcceptedAlert accepted) {
    List<Points> points = new ArrayList<>(signals.weigh(accepted, past(accepted)));
    int sum = points.stream().mapToInt(Points::value).sum();
    AlertClass alertClass = accepted.alert().alertClass();
    boolean contained =
        switch (alertClass) {
          case RUNTIME, AUDIT -> true;
          case CONFIGURATION, VULNERABILITY, HEALTH -> false;
        };
    if (!contained && sum > policy.cap()) {
      points.add(
          new Points(policy.cap() - sum, "class " + alertClass.jsonName() + " is never contained"));
    } else if (sum > HIGHEST) {
      points.add(new Points(HIGHEST - sum, "a score ends at 100"));
    } else if (sum < 0) {
      points.add(new Points(-sum, "a score begins at 0"));
    }
    return new ScoredAlert(accepted, points.stream().mapToInt(Points::value).sum(), points);
  }

  /** Whether an alert was scored although the past of its workload could not be read. */
  static boolean isWithoutPast(ScoredAlert scored) {
    return scored.reasons().stream()
        .anyMatch(points -> points.reason().startsWith(Signals.UNKNOWN_PAST));
  }

  private HistoryFacts past(AcceptedAlert accepted) {
    return WorkloadHistory.key(accepted.alert())
        .map(workload -> past(accepted, workload))
        .orElse(HistoryFacts.none());
  }

  /**
   * What is known counts once it is stored: the condition finds out what others wrote meanwhile.
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
      return HistoryFacts.unavailable("too many write it at once");
    } catch (HistoryUnavailable e) {
      return HistoryFacts.unavailable(String.valueOf(e.getMessage()));
    }
  }
}
