package io.cattleguard.score;

import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Incident;
import io.cattleguard.events.Points;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.reviewed.ReviewedModels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Computes an alert's score, the sum of all signals' points with the reasons that add up to it, and
 * gives the alert its incident.
 */
public final class Scorer {
  private static final int ATTEMPTS = 10;
  private static final int HIGHEST = 100;

  private final ScoringPolicy policy;
  private final Signals signals;
  private final WorkloadHistories histories;

  /** Uses a policy without models of workloads, and the stored histories of workloads. */
  public Scorer(ScoringPolicy policy, WorkloadHistories histories) {
    this(policy, histories, ReviewedModels.NONE);
  }

  /** Uses a policy with its models of workloads, and the stored histories of workloads. */
  public Scorer(ScoringPolicy policy, WorkloadHistories histories, ReviewedModels models) {
    this.policy = policy;
    this.signals = new Signals(policy, models);
    this.histories = histories;
  }

  /**
   * Scores one alert and gives it its incident. If the history is unavailable, the alert is scored
   * without it and is an incident of its own, and a reason says so, because people must see it.
   */
  public ScoredAlert score(AcceptedAlert accepted) {
    List<IncidentSubject> subjects = IncidentSubject.of(accepted.alert(), policy.accounts());
    if (subjects.isEmpty()) {
      return own(accepted, HistoryFacts.none(), noSubject(accepted.alert()));
    }
    try {
      return subjects.size() == 1
          ? scored(accepted, subjects.getFirst(), Optional.empty())
          : scoredTogether(accepted, subjects);
    } catch (HistoryUnavailable e) {
      String why = String.valueOf(e.getMessage());
      return own(
          accepted, HistoryFacts.unavailable(why), "workload history unavailable (" + why + ")");
    }
  }

  /** Scores an alert that belongs to no incident but its own. */
  private ScoredAlert own(AcceptedAlert accepted, HistoryFacts facts, String why) {
    Instant at = WorkloadHistory.at(accepted);
    Incident incident =
        new Incident(
            accepted.fingerprint(),
            accepted.firstAt(),
            IncidentSubject.inWords(accepted.alert(), policy.accounts()),
            List.of(why + ": an incident of its own"),
            List.of(OpenIncident.step(accepted.alert(), at)),
            List.of());
    return weighed(accepted, facts, incident);
  }

  private static String noSubject(Alert alert) {
    if (!isContained(alert)) {
      return "class " + alert.alertClass().jsonName() + " is not part of an attack";
    }
    return alert.isReal()
        ? "the alert names no workload, instance, principal or node"
        : "a replayed alert or sample does not join an incident";
  }

  private ScoredAlert weighed(AcceptedAlert accepted, HistoryFacts facts, Incident incident) {
    List<Points> points = new ArrayList<>(signals.weigh(accepted, facts));
    int signalled = sum(points);
    signals.standingNoise(accepted, facts, signalled).ifPresent(points::add);
    int sum = sum(points);
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
    return new ScoredAlert(accepted, sum(points), points, incident);
  }

  private static int sum(List<Points> points) {
    return points.stream().mapToInt(Points::value).sum();
  }

  private static boolean isContained(Alert alert) {
    return IncidentSubject.isPartOfAnAttack(alert.alertClass());
  }

  /**
   * Whether people must see an alert, whatever the weights: the detector calls it critical, or high
   * and reports an intrusion. A sample is not an intrusion.
   */
  private static boolean isGrave(Alert alert) {
    Severity severity = alert.severity();
    return severity != null
        && isContained(alert)
        && !alert.has(Trait.SAMPLE)
        && (severity.compareTo(Severity.CRITICAL) >= 0 || isHighIntrusion(alert, severity));
  }

  private static boolean isHighIntrusion(Alert alert, Severity severity) {
    return severity == Severity.HIGH && alert.has(Trait.INTRUSION);
  }

  private static String grave(Alert alert) {
    Severity severity = Objects.requireNonNull(alert.severity());
    return alert.source()
        + (severity == Severity.HIGH
            ? " calls it high and reports an intrusion"
            : " calls it " + severity.jsonName());
  }

  /** Whether an alert was scored without the history of its workload. */
  public static boolean isWithoutPast(ScoredAlert scored) {
    return scored.reasons().stream()
        .anyMatch(points -> points.reason().startsWith(Signals.UNKNOWN_PAST));
  }

  /**
   * Scores an alert by the history that was stored. The conditional write detects concurrent
   * writers.
   *
   * @param link the incident of an alert of several objects
   */
  private ScoredAlert scored(
      AcceptedAlert accepted, IncidentSubject subject, Optional<WorkloadHistory.Link> link) {
    Optional<WorkloadHistory> before = histories.recall(subject.key());
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      WorkloadHistory known = before.orElseGet(() -> WorkloadHistory.unknown(subject.key()));
      HistoryFacts facts = known.facts(accepted, subject, link, policy);
      ScoredAlert scored = weighed(accepted, facts, facts.incident().orElseThrow());
      WorkloadHistory next =
          known.remember(accepted, facts, link, scored.score() >= policy.keepsOpen(), policy);
      if (next.version() == known.version()) {
        return scored;
      }
      before = histories.store(next, known.version());
      if (before.isEmpty()) {
        return scored;
      }
    }
    throw new HistoryUnavailable("write conflict", new IllegalStateException("write conflict"));
  }

  /**
   * Scores an alert of several objects: their open incidents merge into the oldest. This reads and
   * writes one item per object, which only attack sequences do.
   */
  private ScoredAlert scoredTogether(AcceptedAlert accepted, List<IncidentSubject> subjects) {
    WorkloadHistory.Link link = link(accepted, subjects);
    // The first one is written last: if the process dies before, a redelivery finds the answers of
    // the others.
    for (IncidentSubject subject : subjects.subList(1, subjects.size())) {
      scored(accepted, subject, Optional.of(link));
    }
    return scored(accepted, subjects.getFirst(), Optional.of(link));
  }

  private WorkloadHistory.Link link(AcceptedAlert accepted, List<IncidentSubject> subjects) {
    Duration reach = WorkloadHistory.reach(accepted, policy);
    List<OpenIncident> open = new ArrayList<>();
    Optional<String> answered = Optional.empty();
    for (IncidentSubject subject : subjects) {
      Optional<WorkloadHistory> current = histories.current(subject.key());
      answered =
          answered.or(
              () ->
                  current
                      .flatMap(history -> history.answer(accepted))
                      .map(WorkloadHistory.Answer::incident)
                      .filter(id -> !id.isEmpty()));
      current.flatMap(history -> history.open(accepted, reach, policy)).ifPresent(open::add);
    }
    Optional<String> before = answered;
    Optional<OpenIncident> chosen =
        open.stream()
            .filter(one -> before.isEmpty() || before.get().equals(one.id()))
            .min(Comparator.comparing(OpenIncident::openedAt).thenComparing(OpenIncident::id));
    return new WorkloadHistory.Link(
        chosen
            .map(OpenIncident::id)
            .or(() -> before)
            .orElseGet(() -> WorkloadHistory.newId(subjects.getFirst().key(), accepted)),
        chosen.map(OpenIncident::openedAt).orElseGet(() -> WorkloadHistory.at(accepted)),
        open);
  }
}
