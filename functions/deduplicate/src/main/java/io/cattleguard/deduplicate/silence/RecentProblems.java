package io.cattleguard.deduplicate.silence;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Severity;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The latest alert of recent problems, to show what a silence would hide. A fixed number of items
 * hold them: a problem's fingerprint decides its item, and a newer problem replaces an older one.
 */
public final class RecentProblems {
  private static final int SLOTS = 256;
  private static final int LONGEST = 3_000;
  private static final Duration KEPT = Duration.ofDays(14);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final VersionedTable table;

  /** Uses deduplicate's table. */
  public RecentProblems(VersionedTable table) {
    this.table = table;
  }

  /**
   * A problem.
   *
   * @param event its alert, as patterns match it
   */
  public record Recent(String fingerprint, Instant at, ObjectNode event) {
    /** The severity of its alert; none counts as medium. */
    public Severity severity() {
      return Severity.named(event.path("alert").path("severity").asText()).orElse(Severity.MEDIUM);
    }
  }

  /** Remembers a problem that opened or escalated. A failure only makes a preview shorter. */
  public void remember(Alert alert, String fingerprint, Instant at) {
    try {
      ObjectNode event = HidingPattern.matchable(alert);
      JsonNode text = event.path("alert");
      if (text instanceof ObjectNode fields) {
        fields.remove("notes");
      }
      if (event.toString().length() > LONGEST
          && text.path("process") instanceof ObjectNode process) {
        process.remove("commandLine");
      }
      if (event.toString().length() <= LONGEST) {
        store(event, fingerprint, at);
      }
    } catch (Unavailable e) {
      // The next problem is remembered again.
    }
  }

  private void store(ObjectNode event, String fingerprint, Instant at) {
    String key = key(Math.floorMod(fingerprint.hashCode(), SLOTS));
    ObjectNode item = JsonNodeFactory.instance.objectNode();
    item.put("fingerprint", fingerprint).put("at", at.toString()).set("event", event);
    long version = table.remembered(key).map(VersionedTable.State::version).orElse(0L);
    for (int attempt = 0; attempt < 2; attempt++) {
      Optional<VersionedTable.State> conflict =
          table.store(
              new VersionedTable.State(key, version + 1, item.toString()), version, at.plus(KEPT));
      if (conflict.isEmpty()) {
        return;
      }
      version = conflict.get().version();
    }
  }

  /**
   * The recent problems, the latest first.
   *
   * @throws Unavailable if the table does not answer
   */
  public List<Recent> all() {
    List<Recent> all = new ArrayList<>();
    for (VersionedTable.State state :
        table.readAll(IntStream.range(0, SLOTS).mapToObj(RecentProblems::key).toList())) {
      read(state.text()).ifPresent(all::add);
    }
    all.sort(Comparator.comparing(Recent::at).reversed());
    return all;
  }

  /**
   * The highest severity that a silence with that pattern hides if its author does not say one:
   * known problems are silenced as grave as they are, and a pattern also matches what is yet to
   * come. A table that does not answer leaves the default.
   */
  public Severity ceiling(JsonNode match) {
    Severity ceiling = Silence.DEFAULT_CEILING;
    for (String fingerprint : HidingPattern.problems(match)) {
      Optional<Recent> recent = Optional.empty();
      try {
        recent =
            table
                .read(key(Math.floorMod(fingerprint.hashCode(), SLOTS)))
                .flatMap(state -> read(state.text()))
                .filter(one -> one.fingerprint().equals(fingerprint));
      } catch (Unavailable e) {
        // People may be notified of its alerts until the silence is set again.
      }
      if (recent.isPresent() && recent.get().severity().compareTo(ceiling) > 0) {
        ceiling = recent.get().severity();
      }
    }
    return ceiling;
  }

  private static Optional<Recent> read(String text) {
    try {
      JsonNode item = JSON.readTree(text);
      return item.path("event") instanceof ObjectNode event
          ? Optional.of(
              new Recent(
                  item.path("fingerprint").asText(),
                  Instant.parse(item.path("at").asText()),
                  event))
          : Optional.empty();
    } catch (IOException | DateTimeException e) {
      return Optional.empty();
    }
  }

  private static String key(int slot) {
    return "recent/" + slot;
  }
}
