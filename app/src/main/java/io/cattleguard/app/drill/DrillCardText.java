package io.cattleguard.app.drill;

import io.cattleguard.app.terminal.Screen;
import io.cattleguard.app.terminal.Screen.Style;
import io.cattleguard.events.HostileText;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A drill's card for people: on a terminal, or as Markdown. */
final class DrillCardText {
  private static final int TEXT = 300;
  private final DrillCard card;

  DrillCardText(DrillCard card) {
    this.card = card;
  }

  void print(Screen screen) {
    screen.line(Style.STRONG, title());
    for (DrillCard.Row row : card.rows()) {
      screen.blank();
      screen.line(style(row), row.step().id() + ": " + row.step().what());
      lines(row).forEach(line -> screen.field(2, 10, line.getKey(), Style.PLAIN, line.getValue()));
    }
    screen.blank();
    screen.line(card.isPassed() ? Style.GOOD : Style.WARN, card.summary());
    screen.flush();
  }

  private String title() {
    return "Drill "
        + card.run()
        + " in "
        + HostileText.visible(card.cluster(), 100)
        + "/"
        + card.namespace()
        + (card.injected() ? ", with injected events: it tests the road, not the sensors" : "")
        + (card.isInterrupted() ? ", interrupted" : "");
  }

  private static Style style(DrillCard.Row row) {
    return switch (row.result()) {
      case SENSED, REFUSED -> Style.GOOD;
      case UNSEEN -> Style.ALARM;
      case NOT_RUN, INTERRUPTED -> Style.WARN;
    };
  }

  private static List<Map.Entry<String, String>> lines(DrillCard.Row row) {
    List<Map.Entry<String, String>> lines = new ArrayList<>();
    switch (row.result()) {
      case SENSED -> {
        lines.add(
            Map.entry(
                "sensed",
                "by "
                    + String.join(", ", row.by())
                    + row.after().map(after -> ", after " + seconds(after)).orElse("")));
        lines.add(Map.entry("scored", scored(row)));
        lines.add(Map.entry("routed to", told(row)));
        row.notified()
            .missing()
            .ifPresent(missing -> lines.add(Map.entry("people", "not notified: " + missing)));
        lines.add(
            Map.entry(
                "response",
                row.responses().isEmpty()
                    ? "none: no playbook matches"
                    : String.join("; ", row.responses())));
        row.incident().ifPresent(id -> lines.add(Map.entry("incident", id)));
      }
      case UNSEEN -> {
        lines.add(Map.entry("unseen", "no sensor reported it in time"));
        lines.add(Map.entry("would see", row.step().wouldSee()));
      }
      case REFUSED -> lines.add(Map.entry("refused", "by admission: " + row.why()));
      case NOT_RUN -> lines.add(Map.entry("not run", row.why()));
      case INTERRUPTED -> lines.add(Map.entry("unknown", row.why()));
    }
    return lines.stream()
        .map(line -> Map.entry(line.getKey(), HostileText.visible(line.getValue(), 2 * TEXT)))
        .toList();
  }

  private static String scored(DrillCard.Row row) {
    return row.score()
        + (row.reasons().isEmpty() ? "" : ": ")
        + row.reasons().stream()
            .map(points -> String.format(Locale.ROOT, "%+d %s", points.value(), points.reason()))
            .collect(Collectors.joining(", "));
  }

  private static String told(DrillCard.Row row) {
    DrillCard.Notified notified = row.notified();
    return (notified.destinations().isEmpty()
            ? "nobody"
            : String.join(", ", notified.destinations()))
        + (notified.silencedBy().isEmpty()
            ? ""
            : "; people are not, because of " + String.join(", ", notified.silencedBy()));
  }

  private static String seconds(Duration after) {
    return String.format(Locale.ROOT, "%.1f s", after.toMillis() / 1_000.0);
  }

  /** Prints a table for a pull request, a wiki or an audit. */
  void printMarkdown(PrintStream out) {
    out.println("## " + cell(title()));
    out.println();
    out.println(cell(card.summary()) + ". Started at " + card.startedAt() + ".");
    out.println();
    out.println("| step | result | sensed by | after | score | routed to | response |");
    out.println("|---|---|---|---|---|---|---|");
    for (DrillCard.Row row : card.rows()) {
      boolean sensed = row.result() == DrillCard.Result.SENSED;
      out.println(
          "| "
              + String.join(
                  " | ",
                  cell(row.step().what()),
                  row.result().word(),
                  cell(sensed ? String.join(", ", row.by()) : ""),
                  row.after().map(DrillCardText::seconds).orElse(""),
                  sensed ? String.valueOf(row.score()) : "",
                  cell(
                      sensed
                          ? told(row)
                              + row.notified()
                                  .missing()
                                  .map(missing -> "; people are not notified: " + missing)
                                  .orElse("")
                          : ""),
                  cell(sensed ? String.join("; ", row.responses()) : row.why()))
              + " |");
    }
    List<DrillCard.Row> unseen =
        card.rows().stream().filter(row -> row.result() == DrillCard.Result.UNSEEN).toList();
    if (!unseen.isEmpty()) {
      out.println();
      out.println("What would detect the other steps:");
      out.println();
      unseen.forEach(
          row -> out.println("* " + row.step().id() + ": " + cell(row.step().wouldSee())));
    }
    out.flush();
  }

  /** A cell that neither ends its table nor links anywhere. */
  private static String cell(String text) {
    return HostileText.visible(text, TEXT)
        .replace("\\", "\\\\")
        .replace("|", "\\|")
        .replace("[", "\\[")
        .replace("<", "&lt;")
        .replace("`", "'");
  }
}
