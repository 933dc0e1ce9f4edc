package io.cattleguard.deduplicate.inhibition;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.Severity;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** Inhibitors in one item of deduplicate's table. */
public final class StoredInhibitors implements InhibitorBook {
  private static final String KEY = "inhibitors";
  private static final int ATTEMPTS = 5;

  /** The longest time of an inhibitor, and the longest pause after it. */
  private static final Duration KEPT = Inhibitions.LONGEST.multipliedBy(2);

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final VersionedTable table;
  private final Duration refresh;
  private final AtomicReference<Known> last =
      new AtomicReference<>(new Known(Instant.MIN, List.of()));

  private record Known(Instant at, List<Inhibitor> inhibitors) {}

  /**
   * Uses deduplicate's table.
   *
   * @param refresh how long a reading is used before the table is read again
   */
  public StoredInhibitors(VersionedTable table, Duration refresh) {
    this.table = table;
    this.refresh = refresh;
  }

  @Override
  public List<Inhibitor> known(Instant now) {
    Known known = last.get();
    if (now.isBefore(known.at) || !now.isBefore(known.at.plus(refresh))) {
      known = new Known(now, stored(known.inhibitors));
      last.set(known);
    }
    return known.inhibitors;
  }

  private List<Inhibitor> stored(List<Inhibitor> otherwise) {
    try {
      return read(table.read(KEY));
    } catch (Unavailable e) {
      return otherwise;
    }
  }

  @Override
  public void remember(List<Inhibitor> seen, Instant now) {
    try {
      Optional<VersionedTable.State> state = table.read(KEY);
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        long version = state.map(VersionedTable.State::version).orElse(0L);
        List<Inhibitor> next = InhibitorBook.merged(read(state), seen, now);
        Optional<VersionedTable.State> conflict =
            table.store(
                new VersionedTable.State(KEY, version + 1, write(next)), version, now.plus(KEPT));
        if (conflict.isEmpty()) {
          last.set(new Known(now, next));
          return;
        }
        state = conflict.filter(current -> current.version() != 0);
      }
    } catch (Unavailable e) {
      // Then people are notified of symptoms.
    }
  }

  private static String write(List<Inhibitor> inhibitors) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    for (Inhibitor one : inhibitors) {
      all.addObject()
          .put("rule", one.rule())
          .put("scope", one.scope())
          .put("severity", one.severity().jsonName())
          .put("window", one.window().toString())
          .put("since", one.since().toString())
          .put("at", one.at().toString());
    }
    return all.toString();
  }

  /** What cannot be read mutes nothing. */
  private static List<Inhibitor> read(Optional<VersionedTable.State> state) {
    List<Inhibitor> all = new ArrayList<>();
    try {
      for (JsonNode one : JSON.readTree(state.map(VersionedTable.State::text).orElse("[]"))) {
        Severity.named(one.path("severity").asText())
            .ifPresent(
                severity ->
                    all.add(
                        new Inhibitor(
                            one.path("rule").asText(),
                            one.path("scope").asText(),
                            severity,
                            Duration.parse(one.path("window").asText()),
                            Instant.parse(one.path("since").asText()),
                            Instant.parse(one.path("at").asText()))));
      }
    } catch (IOException | DateTimeException e) {
      return List.of();
    }
    return all;
  }
}
