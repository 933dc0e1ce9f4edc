package io.cattleguard.deduplicate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/** Sightings in a table, with one conditional write per problem and batch. */
public final class StoredSightings implements Sightings {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** An object's time, trace and gravity. They are in the order of {@code targets}. */
  private static final int LONGS_OF_AN_OBJECT = 3;

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
    Published published = sighting.published();
    state.put("opener", published.opener());
    ObjectNode targets = state.putObject("targets");
    BitSet untold = new BitSet();
    LongBuffer objects = LongBuffer.allocate(published.objects().size() * LONGS_OF_AN_OBJECT);
    published
        .objects()
        .forEach(
            (key, object) -> {
              // The opener is not written twice, so that a problem on one object fits 1 kB.
              targets.put(key, object.first().equals(published.opener()) ? "" : object.first());
              untold.set(objects.position() / LONGS_OF_AN_OBJECT, object.untold());
              objects
                  .put(object.latestAt().getEpochSecond())
                  .put(object.continuing())
                  .put(object.gravity());
            });
    state.put("objects", bytes(objects.array()));
    ArrayNode retold = state.putArray("retold");
    published.repeated().forEach(retold::add);
    if (!published.escalated().isEmpty()) {
      state.put("escalated", bytes(longs(published.escalated())));
    }
    if (!published.graver().isEmpty()) {
      state.put("graver", bytes(longs(published.graver())));
    }
    if (!untold.isEmpty()) {
      state.put("untold", untold.toByteArray());
    }
    if (!published.hidden().isEmpty()) {
      state.put("hidden", bytes(longs(published.hidden())));
    }
    List<Integer> traits = published.gravity().traits();
    ByteBuffer gravity = ByteBuffer.allocate(Long.BYTES + traits.size() * Integer.BYTES);
    gravity.putLong(published.gravity().bits());
    traits.forEach(gravity::putInt);
    state.put("gravity", gravity.array());
    state.put("recent", bytes(sighting.recent()));
    return state.toString();
  }

  private static Sighting read(String fingerprint, long version, String text) {
    if (version == 0) {
      return Sighting.none(fingerprint);
    }
    try {
      JsonNode state = JSON.readTree(text);
      List<String> repeated = new ArrayList<>();
      state.path("retold").forEach(id -> repeated.add(id.asText()));
      return new Sighting(
          fingerprint,
          version,
          Instant.parse(state.path("firstAt").asText()),
          Instant.parse(state.path("lastAt").asText()),
          state.path("count").asLong(),
          new Published(
              state.path("opener").asText(),
              objects(state),
              repeated,
              LongStream.of(longs(state.path("escalated"))).boxed().toList(),
              LongStream.of(longs(state.path("graver"))).boxed().toList(),
              gravity(state),
              LongStream.of(longs(state.path("hidden"))).boxed().toList()),
          longs(state.path("recent")));
    } catch (IOException | DateTimeException | BufferUnderflowException e) {
      throw new StorageUnavailable("the stored state of " + fingerprint + " is unreadable", e);
    }
  }

  /** Reads the objects; those that an earlier version stored have no times. */
  private static Map<String, Published.OnObject> objects(JsonNode state) throws IOException {
    LongBuffer stored = LongBuffer.wrap(longs(state.path("objects")));
    BitSet untold = untold(state.path("untold"), state.path("targets").size());
    Map<String, Published.OnObject> objects = new HashMap<>();
    for (Map.Entry<String, JsonNode> target : state.path("targets").properties()) {
      String id = target.getValue().asText();
      boolean isUntold = untold.get(objects.size());
      String first = id.isEmpty() ? state.path("opener").asText() : id;
      objects.put(
          target.getKey(),
          stored.remaining() < LONGS_OF_AN_OBJECT
              ? Published.OnObject.of(first, Instant.EPOCH, EscalationLevel.NONE, isUntold)
              : new Published.OnObject(
                  first,
                  Instant.ofEpochSecond(stored.get()),
                  stored.get(),
                  stored.get(),
                  isUntold));
    }
    return objects;
  }

  /** One bit per object. An earlier version stored {@code true}, which may be about any object. */
  private static BitSet untold(JsonNode field, int objects) throws IOException {
    BitSet untold = new BitSet();
    if (field.isBoolean()) {
      untold.set(0, objects, field.booleanValue());
    } else if (field.isTextual()) {
      untold.or(BitSet.valueOf(field.binaryValue()));
    }
    return untold;
  }

  /** Reads the bits and the hashes of the traits; an earlier version stored none. */
  private static EscalationLevel gravity(JsonNode state) throws IOException {
    byte[] bytes = state.path("gravity").binaryValue();
    if (bytes == null) {
      return EscalationLevel.NONE;
    }
    ByteBuffer stored = ByteBuffer.wrap(bytes);
    long bits = stored.getLong();
    List<Integer> traits = new ArrayList<>();
    while (stored.hasRemaining()) {
      traits.add(stored.getInt());
    }
    return new EscalationLevel(bits, traits);
  }

  private static long[] longs(List<Long> values) {
    return values.stream().mapToLong(Long::longValue).toArray();
  }

  private static byte[] bytes(long[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES);
    bytes.asLongBuffer().put(values);
    return bytes.array();
  }

  private static long[] longs(JsonNode field) throws IOException {
    byte[] bytes = field.binaryValue();
    if (bytes == null) {
      return new long[0];
    }
    long[] values = new long[bytes.length / Long.BYTES];
    ByteBuffer.wrap(bytes).asLongBuffer().get(values);
    return values;
  }
}
