package io.cattleguard.app.server;

import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Allowance;
import io.cattleguard.respond.metrics.Vitals;
import io.cattleguard.sensor.operations.MetricsText;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts the outcomes of playbooks' steps. Not safe for threads. */
final class ResponseMetrics {
  /** In seconds. */
  private static final List<Double> BOUNDS =
      List.of(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, Double.POSITIVE_INFINITY);

  private final Map<String, Long> outcomes = new TreeMap<>();
  private final Map<List<String>, Long> decisions =
      new TreeMap<>(Comparator.comparing((List<String> key) -> String.join("/", key)));
  private final List<Long> contained = new ArrayList<>(Collections.nCopies(BOUNDS.size(), 0L));
  private double containedSeconds;
  private long capsReached;

  ResponseMetrics() {
    for (ResponseOutcome outcome : ResponseOutcome.values()) {
      outcomes.put(outcome.jsonName(), 0L);
      Actions.registered()
          .here()
          .forEach(action -> decisions.put(List.of(action.name(), outcome.jsonName()), 0L));
    }
  }

  void count(ResponseDecided decided) {
    String outcome = decided.outcome().jsonName();
    outcomes.merge(outcome, 1L, Long::sum);
    decisions.merge(List.of(decided.action(), outcome), 1L, Long::sum);
    if (decided.objections().stream().anyMatch(Allowance::isHourlyCap)) {
      capsReached++;
    }
    Instant observedAt = decided.scored().alert().observedAt();
    if (decided.outcome() == ResponseOutcome.TAKEN && observedAt != null && decided.contains()) {
      countContained(Duration.between(observedAt, decided.decidedAt()));
    }
  }

  private void countContained(Duration took) {
    double seconds = Math.max(0, took.toMillis() / 1_000.0);
    int bucket = 0;
    while (seconds > BOUNDS.get(bucket)) {
      bucket++;
    }
    contained.set(bucket, contained.get(bucket) + 1);
    containedSeconds += seconds;
  }

  void write(MetricsText metrics) {
    metrics.counter(
        "cattleguard_responses_total", "Playbook steps by outcome.", "outcome", outcomes);
    metrics.counter(
        "cattleguard_decisions_total",
        "Playbook steps by action and outcome.",
        List.of("action", "outcome"),
        decisions);
    metrics.histogram(
        "cattleguard_time_to_contain_seconds",
        "Time from an event to its verified containment.",
        BOUNDS,
        contained,
        containedSeconds);
    metrics.counter(
        "cattleguard_caps_reached_total", "Actions that an hourly cap prevented.", capsReached);
  }

  static void write(Vitals vitals, MetricsText metrics) {
    metrics.gauge(
        "cattleguard_live_containments", "Containments in force.", vitals.liveContainments());
    metrics.gauge(
        "cattleguard_failed_undos",
        "Containments whose undo fails; it is retried.",
        vitals.failedUndos());
    metrics.gauge(
        "cattleguard_oldest_failed_undo_seconds",
        "Time since the oldest of these undos began to fail.",
        vitals.oldestFailedUndo().toMillis() / 1_000.0);
    metrics.gauge(
        "cattleguard_circuit_breaker_open",
        "1 if too many actions failed, so that alerts are only observed.",
        vitals.breakersOpen());
  }
}
