package io.cattleguard.app.board.page;

import io.cattleguard.answer.IncidentWords;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.RecordedIncidents;
import java.util.List;
import java.util.Optional;

/**
 * A page with one message.
 *
 * @param links where a person can continue
 */
public record Notice(String title, String text, List<IncidentView.Fact> links) {
  /** Makes the text bounded and visible. */
  public Notice {
    text = Words.sentence(text);
    links = List.copyOf(links);
  }

  /** A message without links. */
  public Notice(String title, String text) {
    this(title, text, List.of());
  }

  /** The incidents that a short id could mean. */
  public static Notice several(String id, List<IncidentSummary> all) {
    return new Notice(
        "Several incidents",
        IncidentWords.count(all.size(), "incident")
            + " begin with "
            + id
            + ". Choose one"
            + (all.size() > RecordedIncidents.NAMED ? " of the latest." : "."),
        all.stream()
            .limit(RecordedIncidents.NAMED)
            .map(
                one ->
                    new IncidentView.Fact(
                        Words.time(one.lastAt()),
                        IncidentRow.title(one.title(), one.id()) + ", " + Words.name(one.id()),
                        Optional.of(Links.incident(one.id()))))
            .toList());
  }
}
