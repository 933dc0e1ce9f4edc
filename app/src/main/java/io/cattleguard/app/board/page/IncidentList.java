package io.cattleguard.app.board.page;

import io.cattleguard.answer.IncidentWords;
import io.cattleguard.events.Severity;
import io.cattleguard.record.IncidentState;
import io.cattleguard.record.IncidentSummary;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One page of the list of incidents. Incidents with a containment in force, or with an action that
 * waits for people, come first.
 *
 * @param found what the list has, in words
 */
public record IncidentList(
    IncidentFilter filter,
    List<IncidentRow> rows,
    String found,
    Optional<String> previous,
    Optional<String> next,
    boolean isCut) {
  private static final int ROWS = 50;

  /** A choice of a filter. */
  public record Choice(String value, String text, boolean selected) {}

  /** Copies the list. */
  public IncidentList {
    rows = List.copyOf(rows);
  }

  /** The incidents of a snapshot that pass the filter. */
  public static IncidentList of(Snapshot snapshot, IncidentFilter asked) {
    Instant now = snapshot.at();
    List<IncidentSummary> all =
        snapshot.incidents().stream()
            .filter(asked.matching(now))
            .sorted(Comparator.comparing((IncidentSummary one) -> !one.holding()))
            .toList();
    int pages = Math.max(1, (all.size() + ROWS - 1) / ROWS);
    IncidentFilter filter = asked.at(Math.min(asked.page(), pages));
    int from = (filter.page() - 1) * ROWS;
    return new IncidentList(
        filter,
        all.subList(from, Math.min(all.size(), from + ROWS)).stream()
            .map(one -> IncidentRow.of(one, now))
            .toList(),
        IncidentWords.count(all.size(), "incident")
            + (pages > 1 ? ", page " + filter.page() + " of " + pages : ""),
        filter.page() > 1 ? Optional.of(filter.at(filter.page() - 1).href()) : Optional.empty(),
        filter.page() < pages ? Optional.of(filter.at(filter.page() + 1).href()) : Optional.empty(),
        snapshot.isCut());
  }

  /** The periods to choose from. */
  public List<Choice> periods() {
    return Arrays.stream(Period.values())
        .map(one -> new Choice(one.word(), one.text(), one.word().equals(filter.since())))
        .toList();
  }

  /** The states to choose from. */
  public List<Choice> states() {
    return Arrays.stream(IncidentState.values())
        .map(
            one ->
                new Choice(
                    one.jsonName(),
                    one.jsonName().replace('-', ' '),
                    filter.state().filter(one::equals).isPresent()))
        .toList();
  }

  /** The severities to choose from. */
  public List<Choice> severities() {
    return Arrays.stream(Severity.values())
        .map(
            one ->
                new Choice(
                    one.jsonName(),
                    one.jsonName() + " or above",
                    filter.severity().filter(one::equals).isPresent()))
        .toList();
  }
}
