package io.cattleguard.deduplicate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sightings in a table, with one conditional write per problem and batch. */
public final class StoredSightings implements Sightings {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /**
   * Twice the longest window that an item is read for. For clean-up only: DynamoDB deletes items up
   * to days late, so no decision depends on it.
   */
  private static final Duration KEPT_AFTER_LAST_ALERT =
      longer(DeduplicationSettings.DEFAULT.forget(), Suppressions.LONGEST_WINDOW).multipliedBy(2);

  private final VersionedTable table;

  /** Uses a table of its own. */
  public StoredSightings(VersionedTable table) {
    this.table = table;
  }

  /** Returns the state that this process stored or saw last. Never reads the table. */
  @Override
  public Optional<Sighting> recall(String fingerprint) {
    return table
        .remembered(fingerprint)
        .map(state -> read(fingerprint, state.version(), state.text()));
  }

  @Override
  public Optional<Sighting> store(Sighting next, long expectedVersion) {
    try {
      return table
          .store(
              new VersionedTable.State(next.fingerprint(), next.version(), write(next)),
              expectedVersion,
              later(next.firstAt(), next.lastAt()).plus(KEPT_AFTER_LAST_ALERT))
          .map(state -> read(state.key(), state.version(), state.text()));
    } catch (Unavailable e) {
      throw new StorageUnavailable(String.valueOf(e.getMessage()), e);
    }
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private static String write(Sighting sighting) {
    ObjectNode state = JSON.createObjectNode();
    state.put("firstAt", sighting.firstAt().toString());
    state.put("lastAt", sighting.lastAt().toString());
    state.put("count", sighting.count());
    state.put("opener", sighting.opener());
    ObjectNode targets = state.putObject("targets");
    sighting.targets().forEach(targets::put);
    ArrayNode retold = state.putArray("retold");
    sighting.retold().forEach(retold::add);
    long[] recent = sighting.recent();
    ByteBuffer traces = ByteBuffer.allocate(recent.length * Long.BYTES);
    traces.asLongBuffer().put(recent);
    state.put("recent", traces.array());
    return state.toString();
  }

  private static Sighting read(String fingerprint, long version, String text) {
    if (version == 0) {
      return Sighting.none(fingerprint);
    }
    try {
      JsonNode state = JSON.readTree(text);
      Map<String, String> targets = new LinkedHashMap<>();
      state
          .path("targets")
          .properties()
          .forEach(target -> targets.put(target.getKey(), target.getValue().asText()));
      List<String> retold = new ArrayList<>();
      state.path("retold").forEach(id -> retold.add(id.asText()));
      byte[] traces = state.path("recent").binaryValue();
      long[] recent = new long[traces == null ? 0 : traces.length / Long.BYTES];
      if (traces != null) {
        ByteBuffer.wrap(traces).asLongBuffer().get(recent);
      }
      return new Sighting(
          fingerprint,
          version,
          Instant.parse(state.path("firstAt").asText()),
          Instant.parse(state.path("lastAt").asText()),
          state.path("count").asLong(),
          state.path("opener").asText(),
          targets,
          retold,
          recent);
    } catch (IOException | DateTimeException e) {
      throw new StorageUnavailable("the stored state of " + fingerprint + " is unreadable", e);
    }
  }
}
