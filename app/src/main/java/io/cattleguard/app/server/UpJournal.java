package io.cattleguard.app.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cattleguard.answer.IncidentWords;
import io.cattleguard.answer.TargetWords;
import io.cattleguard.app.road.EventCounts;
import io.cattleguard.app.road.Journal;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.Alert;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Silenced;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.route.Attempt;
import io.cattleguard.sensor.operations.MetricsText;
import io.cattleguard.sources.parsing.Reading;
import java.io.PrintStream;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Counts the results of a server's steps, and prints one line per incident. */
final class UpJournal implements Journal {
  private static final int TEXT = 400;
  private static final int REMEMBERED = 1_000;
  private final PrintStream out;
  private final InstantSource clock;

  @GuardedBy("this")
  private final EventCounts counts = new EventCounts();

  @GuardedBy("this")
  private final Map<String, Long> deliveries = new TreeMap<>();

  @GuardedBy("this")
  private final ResponseMetrics responses = new ResponseMetrics();

  private final CanaryHops canaries;

  @GuardedBy("this")
  private long scored;

  @GuardedBy("this")
  private long silenced;

  /** What was printed, to print it once: releases are retried, and alerts may arrive as copies. */
  @GuardedBy("this")
  private final Map<String, Boolean> said =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > REMEMBERED;
        }
      };

  UpJournal(PrintStream out, InstantSource clock) {
    this.out = out;
    this.clock = clock;
    this.canaries = new CanaryHops(clock.instant());
    for (String outcome : List.of("delivered", "rejected", "skipped", "try-again")) {
      deliveries.put(outcome, 0L);
    }
  }

  @Override
  public synchronized void read(Reading reading) {
    counts.receive();
    switch (reading) {
      case Reading.Read read -> {
        // counted by its verdict
      }
      case Reading.Ignored ignored -> counts.count(EventCounts.Column.IGNORED);
      case Reading.Unreadable unreadable -> {
        counts.count(EventCounts.Column.UNREADABLE);
        say(
            "unreadable",
            HostileText.visible(unreadable.reason(), TEXT) + "; kept in --data, table parked");
      }
    }
  }

  @Override
  public synchronized void judged(Verdict verdict) {
    counts.count(verdict.column());
    if (verdict.publish().isPresent()) {
      canaries.passed(CanaryHops.Hop.DEDUPLICATE, verdict.alert());
    }
    silenced += verdict.isSilenced() ? 1 : 0;
  }

  @Override
  public synchronized void scored(ScoredAlert alert) {
    scored++;
    canaries.passed(CanaryHops.Hop.SCORE, alert.alert());
  }

  @Override
  public void routed(ScoredAlert alert) {
    canaries.passed(CanaryHops.Hop.ROUTE, alert.alert());
  }

  @Override
  public void routed(ResponseDecided decided) {
    canaries.passed(CanaryHops.Hop.ROUTE_OUTCOME, decided.scored().alert());
  }

  /** Which steps canaries passed. */
  CanaryHops canaries() {
    return canaries;
  }

  @Override
  public synchronized void told(List<Attempt> attempts) {
    for (Attempt attempt : attempts) {
      deliveries.merge(attempt.outcome().word(), 1L, Long::sum);
    }
  }

  @Override
  public synchronized void responded(ResponseDecided decided) {
    if (Canary.is(decided.scored().alert())) {
      canaries.answered(decided);
      return;
    }
    responses.count(decided);
  }

  @Override
  public synchronized void respondedLater(ResponseDecided decided) {
    if (said.put(decided.id(), true) == null) {
      say(
          decided.outcome().jsonName(),
          decided.action() + ": " + decided.target() + ": " + decided.explanation());
    }
  }

  @Override
  public synchronized void ignored(OperatorCommand command, String reason) {
    say(
        "ignored",
        command.command().jsonName()
            + " by "
            + command.who().inWords()
            + " changed nothing: "
            + reason);
  }

  /** Prints the line of an incident, after all playbooks were decided. */
  @Override
  public synchronized void answered(
      ScoredAlert alert, List<ResponseDecided> answers, boolean applies) {
    if (Canary.is(alert.alert())) {
      return;
    }
    boolean acted =
        answers.stream().anyMatch(answer -> answer.outcome() != ResponseOutcome.OBSERVED);
    if (isOnlyRepeated(alert.accepted().acceptance()) && !acted) {
      return;
    }
    if (said.put(alert.alert().id(), true) != null) {
      return;
    }
    say(
        alert.accepted().acceptance().jsonName(),
        place(alert.alert(), alert.score())
            + incident(alert)
            + silenced(alert)
            + inWords(answers, applies));
  }

  private static String silenced(ScoredAlert alert) {
    Silenced silenced = alert.accepted().silenced();
    return silenced == null || !silenced.hides(alert.score())
        ? ""
        : "; people are not notified: " + silenced.by();
  }

  /** The beginning of the incident's id, to find its other lines. */
  private static String incident(ScoredAlert alert) {
    String id = HostileText.visible(alert.incidentId(), TEXT);
    return alert.isOwnIncident() ? "" : "  incident " + id.substring(0, Math.min(8, id.length()));
  }

  private static boolean isOnlyRepeated(Acceptance acceptance) {
    return switch (acceptance) {
      case OPENED, SPREAD, ESCALATED -> false;
      case REPEATED, CONTINUING -> true;
    };
  }

  private static String place(Alert alert, int score) {
    String rule = alert.rule() == null ? "(no rule name)" : alert.rule();
    return String.format(
        Locale.ROOT,
        "score %3d  %s  %s",
        score,
        HostileText.visible(TargetWords.of(alert.target()), 120),
        HostileText.visible(rule, 120));
  }

  private static String inWords(List<ResponseDecided> answers, boolean applies) {
    if (answers.isEmpty()) {
      return applies ? "; an action is under way or was taken already" : "; no playbook matches";
    }
    String all = answers.stream().map(UpJournal::inWords).collect(Collectors.joining("; "));
    return answers.stream()
        .filter(answer -> answer.outcome() == ResponseOutcome.OBSERVED)
        .findFirst()
        .map(answer -> "; " + all + "; " + howToEnforce(answer.playbook()))
        .orElse("; " + all);
  }

  private static String howToEnforce(String playbook) {
    return "to enforce: copy the policy, set mode: enforce in the copy's playbooks/"
        + playbook
        + ".yaml, and start with --policy COPY";
  }

  private static String inWords(ResponseDecided answer) {
    if (answer.outcome() == ResponseOutcome.OBSERVED) {
      boolean objected = !answer.objections().isEmpty();
      return HostileText.visible(
          IncidentWords.observed(
              answer.action(),
              objected,
              objected ? String.join("; ", answer.objections()) : answer.explanation()),
          TEXT);
    }
    return answer.action()
        + " "
        + answer.outcome().jsonName()
        + ": "
        + HostileText.visible(answer.explanation(), TEXT);
  }

  /** Prints a line; the only place that does, so that an attacker's text is always escaped. */
  private void say(String what, String text) {
    out.println(
        clock.instant().truncatedTo(ChronoUnit.SECONDS)
            + "  "
            + String.format(Locale.ROOT, "%-12s", what)
            + HostileText.visible(text, 2_000));
    out.flush();
  }

  /** Writes the metrics. */
  synchronized void write(MetricsText metrics) {
    Map<String, Long> columns = new TreeMap<>();
    for (EventCounts.Column column : EventCounts.Column.values()) {
      columns.put(column.name().toLowerCase(Locale.ROOT), counts.of(column));
    }
    metrics.counter("cattleguard_received_total", "Events received.", counts.received());
    metrics.counter(
        "cattleguard_events_total",
        "Events by outcome. Each event is counted once.",
        "column",
        columns);
    metrics.gauge(
        "cattleguard_events_unbalanced",
        "1 if the outcomes do not add up to the events received.",
        counts.imbalance().isPresent() ? 1 : 0);
    metrics.counter(
        "cattleguard_silenced_total",
        "Published alerts that a silence, suppression or inhibition hides from people.",
        silenced);
    metrics.counter("cattleguard_scored_total", "Alerts scored.", scored);
    metrics.counter(
        "cattleguard_deliveries_total", "Delivery attempts by outcome.", "outcome", deliveries);
    responses.write(metrics);
    canaries.write(metrics, clock.instant());
  }
}
