package io.cattleguard.app.report;

import io.cattleguard.answer.IncidentWords;
import io.cattleguard.record.IncidentState;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.TimelineEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A report as sections, independent of its format. The texts are not escaped.
 *
 * @param key the most important figures, each with its meaning
 */
public record Document(String title, String period, List<Cell> key, List<Section> sections) {
  private static final int HELD = 20;

  /** Copies the lists. */
  public Document {
    key = List.copyOf(key);
    sections = List.copyOf(sections);
  }

  /** A figure and what it counts. */
  public record Cell(String figure, String label) {}

  /**
   * A table, or a sentence in place of an empty one.
   *
   * @param note a note for readers, above the table; empty for none
   */
  public record Section(
      String title, String note, List<String> columns, List<List<String>> rows, String ifEmpty) {
    /** A table without a note. */
    public Section(String title, List<String> columns, List<List<String>> rows, String ifEmpty) {
      this(title, "", columns, rows, ifEmpty);
    }
  }

  static Document of(
      Figures figures,
      List<IncidentSummary> holding,
      List<List<String>> silences,
      List<TimelineEntry> commands) {
    return new Document(
        "Cattleguard report",
        IncidentWords.time(figures.from())
            + " to "
            + IncidentWords.time(figures.to())
            + " UTC"
            + (figures.isCut() ? "; only the latest incidents of a longer list" : ""),
        key(figures),
        List.of(
            new Section(
                "What became of the incidents",
                List.of("State", "Incidents"),
                states(figures),
                "No incident."),
            new Section(
                "By severity",
                List.of("Severity", "Incidents"),
                severities(figures),
                "No incident with a severity."),
            new Section(
                "Why actions were not taken",
                List.of("Reason", "Incidents", "Example"),
                figures.reasons().stream()
                    .map(one -> List.of(one.name(), number(one.incidents()), one.example()))
                    .toList(),
                "No action was refused, observed only, or failed."),
            new Section(
                "Noisiest rules",
                List.of("Rule", "Source", "Alerts", "Incidents", "Contained"),
                figures.rules().stream()
                    .map(
                        one ->
                            List.of(
                                one.rule(),
                                one.source(),
                                number(one.alerts()),
                                number(one.incidents()),
                                number(one.contained())))
                    .toList(),
                "No alert."),
            new Section(
                "Contained now, or waiting for people"
                    + (holding.size() > HELD
                        ? ", the latest " + HELD + " of " + number(holding.size())
                        : ""),
                List.of("State", "Where", "What", "Incident"),
                holding.stream()
                    .limit(HELD)
                    .map(
                        one ->
                            List.of(
                                IncidentWords.state(one, figures.to()),
                                IncidentWords.where(one),
                                one.title(),
                                one.id()))
                    .toList(),
                "Nothing is held."),
            new Section(
                "Stale silences, which hid nothing so far",
                List.of("Silence", "Until", "By", "Reason"),
                silences,
                "None."),
            new Section(
                "Commands for the whole deployment",
                List.of("Time", "Command", "By", "About"),
                commands.stream()
                    .filter(one -> !one.at().isBefore(figures.from()))
                    .map(
                        one ->
                            List.of(
                                IncidentWords.time(one.at()), one.what(), one.who(), one.text()))
                    .toList(),
                "Nothing.")));
  }

  private static List<Cell> key(Figures figures) {
    return List.of(
        new Cell(number(figures.incidents()), "incidents"),
        new Cell(number(figures.alerts()), "alerts"),
        new Cell(
            number(figures.notified()),
            "interrupted people, by " + IncidentWords.count(figures.messages(), "message")),
        new Cell(number(figures.contained()), "contained"),
        new Cell(time(figures, 50), "median time to contain"),
        new Cell(time(figures, 99), "p99 time to contain"),
        new Cell(
            figures.contained() == 0
                ? "–"
                : String.format(
                    Locale.ROOT, "%.1f %%", 100.0 * figures.undone() / figures.contained()),
            "undone by people"),
        new Cell(number(figures.silenced()), "hidden by silences"));
  }

  private static String time(Figures figures, int percent) {
    return figures.percentile(percent).map(IncidentWords::took).orElse("–");
  }

  private static List<List<String>> states(Figures figures) {
    List<List<String>> rows = new ArrayList<>();
    for (IncidentState state : IncidentState.values()) {
      int number = figures.states().getOrDefault(state, 0);
      if (number > 0) {
        rows.add(List.of(state.jsonName().replace('-', ' '), number(number)));
      }
    }
    return rows;
  }

  private static List<List<String>> severities(Figures figures) {
    List<List<String>> rows = new ArrayList<>();
    figures
        .severities()
        .forEach((severity, number) -> rows.addFirst(List.of(severity.jsonName(), number(number))));
    return rows;
  }

  private static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
