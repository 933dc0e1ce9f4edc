package io.cattleguard.app.demo;

import io.cattleguard.app.road.Books;
import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/** The end of the play: what a manager wants to know. */
final class DemoSummary {
  private static final int LABEL = 31;

  private final Screen screen;

  DemoSummary(Screen screen) {
    this.screen = screen;
  }

  void print(Books books, DemoTally tally) {
    row(
        "events in",
        Screen.format(
            "%,d, of which %,d repeated what was known and %,d were no alerts",
            books.received(), books.of(Books.Column.MERGED), books.of(Books.Column.IGNORED)));
    row(
        "incidents",
        Screen.format(
            "%d: %d of the attack, %d of everyday life",
            tally.problems(), tally.attackProblems(), tally.problems() - tally.attackProblems()));
    row(
        "people interrupted",
        Screen.format(
            "%d times, %s; %d updates went into the same threads",
            tally.messages(),
            tally.needlessMessages() == 0
                ? "for the attack and nothing else"
                : tally.needlessMessages() + " of them needlessly",
            tally.updates()));
    List<Duration> cutOff = tally.cutOffAfter();
    cutOff.stream()
        .max(Comparator.naturalOrder())
        .ifPresent(
            slowest ->
                row(
                    "from alert to pod cut off",
                    Screen.format(
                        "%s at most, over %d pods (measured, on this simulated cluster)",
                        DemoText.words(slowest), cutOff.size())));
    tally
        .firstAlertToCutOff()
        .ifPresent(
            time ->
                row(
                    "from first alert to contained",
                    DemoText.words(time) + ", at the pace at which this was played"));
    printResponses("contained", Style.GOOD, tally.with(ResponseOutcome.TAKEN), tally);
    printResponses("left alone, and why", Style.WARN, tally.with(ResponseOutcome.REFUSED), tally);
    printResponses("failed", Style.ALARM, tally.with(ResponseOutcome.FAILED), tally);
    screen.blank();
    screen.line("Now with your own alerts, touching nothing:");
    screen.line(Style.STRONG, "  ./cattleguard replay FILE     what would have been contained");
    screen.line(Style.STRONG, "  ./cattleguard explain FILE    why an alert is treated as it is");
  }

  private void printResponses(
      String label, Style style, List<ResponseDecided> decided, DemoTally tally) {
    String next = label;
    for (ResponseDecided one : decided) {
      row(next, style, Screen.pad(one.action(), 13) + DemoText.podOf(one));
      one.objections().forEach(objection -> row("", Style.PLAIN, "because " + objection));
      if (one.outcome() == ResponseOutcome.REFUSED) {
        row(
            "",
            Style.PLAIN,
            tally.isCutOff(one.target())
                ? "so it runs on, cut off the network, until somebody decides"
                : "so it runs on, and people know");
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
