package io.cattleguard.app.board.page;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.answer.IncidentWords;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The silences, and what is wrong with them.
 *
 * @param troubles sentences for people
 */
public record SilenceList(List<Row> rows, List<String> troubles) {
  /** A silence. */
  public record Row(
      String id,
      Chip state,
      String until,
      String left,
      String by,
      String reason,
      String match,
      String hid,
      String scope,
      Optional<Button> end) {}

  /** Copies the lists. */
  public SilenceList {
    rows = List.copyOf(rows);
    troubles = List.copyOf(troubles);
  }

  /** Of what {@code silences --json} prints. */
  public static SilenceList of(List<ObjectNode> all, Instant now) {
    return new SilenceList(
        all.stream().filter(one -> one.has("id")).map(one -> row(one, now)).toList(),
        all.stream()
            .filter(one -> one.has("trouble"))
            .map(one -> Words.sentence(one.path("trouble").asText()))
            .toList());
  }

  private static Row row(ObjectNode one, Instant now) {
    boolean active = one.path("active").asBoolean();
    String id = one.path("id").asText();
    Optional<Instant> until = Held.time(one.path("until"));
    long hid = one.path("hid").asLong();
    return new Row(
        Words.name(id),
        active ? new Chip("good", "✓", "active") : Chip.plain("ended"),
        until.map(Words::time).orElse("an unknown time"),
        until.map(at -> Words.distance(at, now)).orElse(""),
        Words.name(one.path("by").asText()),
        Words.sentence(one.path("reason").asText()),
        Words.sentence(one.path("match").toString()),
        hid == 0 ? "hid nothing so far" : "hid " + IncidentWords.count(hid, "alert"),
        "up to "
            + Words.name(one.path("upTo").asText())
            + (one.path("responders").asBoolean()
                ? ", from people AND responders"
                : ", from people"),
        active
            ? Optional.of(Button.of(Verb.UNSILENCE, id, "", "silence " + id))
            : Optional.empty());
  }
}
