package io.cattleguard.app.board.page;

import io.cattleguard.answer.IncidentWords;
import io.cattleguard.record.IncidentSummary;
import java.time.Instant;
import java.util.Optional;

/**
 * An incident in a list.
 *
 * @param when its latest event
 * @param limit the limit of its state, such as the end of a lease
 */
public record IncidentRow(
    String href,
    Chip state,
    Chip severity,
    int score,
    String title,
    String where,
    String done,
    String alerts,
    String when,
    String ago,
    Optional<String> limit) {
  static IncidentRow of(IncidentSummary one, Instant now) {
    String state = one.state().jsonName().replace('-', ' ');
    String whole = IncidentWords.state(one, now);
    return new IncidentRow(
        Links.incident(one.id()),
        Chip.of(one),
        Chip.of(one.severity()),
        one.score(),
        title(one.title(), one.id()),
        Words.name(IncidentWords.where(one)),
        Words.sentence(IncidentWords.done(one)),
        IncidentWords.count(one.alerts(), "alert"),
        Words.time(one.lastAt()),
        Words.distance(one.lastAt(), now),
        whole.length() > state.length()
            ? Optional.of(whole.substring(state.length()).replaceFirst("^, ", "").strip())
            : Optional.empty());
  }

  /** An incident whose alert is not known yet has no title. */
  static String title(String title, String id) {
    return Words.name(title.isBlank() ? "Incident " + id : title);
  }
}
