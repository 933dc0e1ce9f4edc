package io.cattleguard.app.report;

import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.record.IncidentState;
import io.cattleguard.record.IncidentSummary;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The figures of a period.
 *
 * @param isCut whether there are more incidents than were read
 * @param alerts of all incidents
 * @param contained incidents in which the effect of an action was seen
 * @param undone of those, in how many a person undid a containment
 * @param times from the alert to the effect, in order
 * @param notified incidents in which messages notified people; those of earlier versions of record
 *     are not known
 * @param messages the messages that notified people, at least
 * @param silenced incidents with alerts that were hidden from people
 */
record Figures(
    Instant from,
    Instant to,
    boolean isCut,
    int incidents,
    long alerts,
    Map<IncidentState, Integer> states,
    Map<Severity, Integer> severities,
    int contained,
    int undone,
    List<Duration> times,
    int notified,
    long messages,
    int silenced,
    List<Reason> reasons,
    List<Rule> rules) {
  private static final int LISTED = 10;

  /** Why actions were not taken: a guard or observe mode, in how many incidents, and an example. */
  record Reason(String name, int incidents, String example) {}

  /** A rule, its alerts, in how many incidents, and how many of those were contained. */
  record Rule(String source, String rule, long alerts, int incidents, int contained) {
    private Rule plus(long more, boolean isContained) {
      return new Rule(
          source, rule, alerts + more, incidents + 1, contained + (isContained ? 1 : 0));
    }
  }

  /** Copies the collections. */
  Figures {
    times = times.stream().sorted().toList();
    reasons = List.copyOf(reasons);
    rules = List.copyOf(rules);
  }

  static Figures of(List<IncidentSummary> all, Instant from, Instant to, boolean isCut) {
    Map<IncidentState, Integer> states = new EnumMap<>(IncidentState.class);
    Map<Severity, Integer> severities = new EnumMap<>(Severity.class);
    Map<String, Reason> reasons = new TreeMap<>();
    Map<String, Rule> rules = new TreeMap<>();
    List<Duration> times = new ArrayList<>();
    long alerts = 0;
    int undone = 0;
    int notified = 0;
    long messages = 0;
    int silenced = 0;
    for (IncidentSummary one : all) {
      alerts += one.alerts();
      states.merge(one.state(), 1, Integer::sum);
      one.severity().ifPresent(severity -> severities.merge(severity, 1, Integer::sum));
      one.timeToContain().ifPresent(times::add);
      undone += one.timeToContain().isPresent() && one.undone() ? 1 : 0;
      notified += one.notified().orElse(0) > 0 ? 1 : 0;
      messages += one.notified().orElse(0);
      silenced += one.silencedBy().isEmpty() ? 0 : 1;
      reasons(one)
          .forEach(
              (name, example) ->
                  reasons.merge(
                      name,
                      new Reason(name, 1, example),
                      (before, next) ->
                          new Reason(name, before.incidents() + 1, before.example())));
      for (IncidentSummary.Rule rule : one.rules()) {
        String key = rule.rule() + "\n" + rule.source();
        rules.put(
            key,
            rules
                .getOrDefault(key, new Rule(rule.source(), rule.rule(), 0, 0, 0))
                .plus(rule.alerts(), one.timeToContain().isPresent()));
      }
    }
    return new Figures(
        from,
        to,
        isCut,
        all.size(),
        alerts,
        states,
        severities,
        times.size(),
        undone,
        times,
        notified,
        messages,
        silenced,
        reasons.values().stream()
            .sorted(
                Comparator.comparingInt(Reason::incidents).reversed().thenComparing(Reason::name))
            .limit(LISTED)
            .toList(),
        rules.values().stream()
            .sorted(
                Comparator.comparingLong(Rule::alerts)
                    .reversed()
                    .thenComparing(Rule::rule)
                    .thenComparing(Rule::source))
            .limit(LISTED)
            .toList());
  }

  /** The guards that objected in an incident, each with its sentence. */
  private static Map<String, String> reasons(IncidentSummary one) {
    Map<String, String> reasons = new TreeMap<>();
    for (IncidentSummary.Action action : one.actions()) {
      if (action.outcome() == ResponseOutcome.REFUSED) {
        Set<String> objections = new LinkedHashSet<>(List.of(action.why().split("; ", -1)));
        for (String objection : objections) {
          int colon = objection.indexOf(':');
          reasons.putIfAbsent(colon > 0 ? objection.substring(0, colon) : objection, objection);
        }
      } else if (action.outcome() == ResponseOutcome.OBSERVED) {
        reasons.putIfAbsent("observe mode", action.action() + " " + action.why());
      } else if (action.outcome() == ResponseOutcome.FAILED) {
        reasons.putIfAbsent("failed: " + action.action(), action.why());
      }
    }
    return reasons;
  }

  /**
   * A percentile of the times by the nearest rank.
   *
   * @param percent 1 to 100
   */
  Optional<Duration> percentile(int percent) {
    if (times.isEmpty()) {
      return Optional.empty();
    }
    int rank = (int) Math.ceil(times.size() * percent / 100.0);
    return Optional.of(times.get(Math.max(1, rank) - 1));
  }
}
