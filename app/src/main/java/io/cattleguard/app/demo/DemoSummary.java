package io.cattleguard.app.demo;

import io.cattleguard.app.road.EventCounts;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/** Prints the demo's summary: events, incidents, messages, times and actions. */
final class DemoSummary {
  private static final int LABEL = 31;

  private final Screen screen;

  DemoSummary(Screen screen) {
    this.screen = screen;
  }

  void print(EventCounts counts, DemoTally tally) {
    row(
        "events received",
        Screen.format(
            "%,d; %,d were merged as repeats, %,d were not alerts",
            counts.received(),
            counts.of(EventCounts.Column.MERGED),
            counts.of(EventCounts.Column.IGNORED)));
    row(
        "incidents",
        Screen.format(
            "%d: %d from the attack, %d from background events",
            tally.problems(), tally.attackProblems(), tally.problems() - tally.attackProblems()));
    row(
        "messages to people",
        Screen.format(
            "%d, %s; %d updates in the same threads",
            tally.messages(),
            tally.needlessMessages() == 0
                ? "all about the attack"
                : tally.needlessMessages() + " of them about background events",
            tally.updates()));
    List<Duration> isolated = tally.isolatedAfter();
    isolated.stream()
        .max(Comparator.naturalOrder())
        .ifPresent(
            slowest ->
                row(
                    "alert to pod isolated",
                    Screen.format(
                        "%s at most, for %d pods (measured on this simulated cluster)",
                        DemoText.words(slowest), isolated.size())));
    tally
        .firstAlertToIsolation()
        .ifPresent(
            time ->
                row(
                    "first alert to first isolation",
                    DemoText.words(time) + ", including the pauses of this demo"));
    printResponses("contained", Style.GOOD, tally.taken(ResponseDecided.Effect.CONTAINS), tally);
    printResponses("limited", Style.GOOD, tally.taken(ResponseDecided.Effect.LIMITS), tally);
    printResponses("evidence kept", Style.PLAIN, tally.taken(ResponseDecided.Effect.NONE), tally);
    printResponses("refused, and why", Style.WARN, tally.with(ResponseOutcome.REFUSED), tally);
    printResponses("failed", Style.ALARM, tally.with(ResponseOutcome.FAILED), tally);
    screen.blank();
    screen.line("Next, with your own alerts (both commands change nothing):");
    screen.line(Style.STRONG, "  ./cattleguard replay FILE     what would have been contained");
    screen.line(
        Style.STRONG,
        "  ./cattleguard explain FILE    how each event is scored, and which rules match");
  }

  private void printResponses(
      String label, Style style, List<ResponseDecided> decided, DemoTally tally) {
    String next = label;
    for (ResponseDecided one : decided) {
      row(next, style, Screen.pad(one.action(), 17) + DemoText.podOf(one));
      one.objections().forEach(objection -> row("", Style.PLAIN, "because " + objection));
      if (one.outcome() == ResponseOutcome.REFUSED) {
        row(
            "",
            Style.PLAIN,
            tally.isIsolated(one.target())
                ? "the pod keeps running, isolated, until a person decides"
                : "the pod keeps running; people were notified");
      }
      next = "";
    }
  }

  private void row(String label, String text) {
    row(label, Style.PLAIN, text);
  }

  private void row(String label, Style style, String text) {
    screen.field(2, LABEL, label, style, text);
  }
}
