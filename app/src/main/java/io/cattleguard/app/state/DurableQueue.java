package io.cattleguard.app.state;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Durable queues between the steps, one lane per step or destination, in the state file. An entry
 * that fails repeatedly is parked, and retried at the next start.
 */
public final class DurableQueue {
  /** Maximum age of an entry: the maximum retention of SQS. */
  private static final Duration KEPT = Duration.ofDays(14);

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int PARKED_LIMIT = 10_000;

  private final StateFile file;
  private final InstantSource clock;
  private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();
  private final AtomicLong parked = new AtomicLong();

  /**
   * An entry of a queue.
   *
   * @param failures how often processing failed
   */
  public record Entry(long id, String lane, String body, int failures, Instant addedAt) {
    /** The body, which is JSON. */
    public JsonNode json() {
      try {
        return JSON.readTree(body);
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("a queue entry is not JSON", e);
      }
    }
  }

  /** Opens the queues in a state file, with the entries that the previous process left. */
  public DurableQueue(StateFile file, InstantSource clock) {
    this.file = file;
    this.clock = clock;
    file.create(
        "create table if not exists entry (id integer primary key, lane text, body blob,"
            + " failures integer, added integer)");
    file.create(
        "create table if not exists parked (id integer primary key, lane text, body blob,"
            + " added integer, parked integer, reason text)");
    lastId.set(
        number(
            "select max(coalesce((select max(id) from entry), 0),"
                + " coalesce((select max(id) from parked), 0))"));
    file.transaction(
        () -> {
          execute(
              "insert into entry (id, lane, body, failures, added)"
                  + " select id, lane, body, 0, added from parked where lane <> 'unreadable'");
          execute("delete from parked where lane <> 'unreadable'");
          return true;
        });
    parked.set(number("select count(*) from parked"));
    file.run(
        "select id, lane from entry order by id",
        statement -> {
          try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
              lane(text(rows.getBytes(2))).add(rows.getLong(1));
            }
            return true;
          }
        });
  }

  /** A damaged row may have no text; it then fails as any unreadable entry does. */
  private static String text(byte @Nullable [] bytes) {
    return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
  }

  private long number(String question) {
    return file.run(
        question,
        statement -> {
          try (ResultSet rows = statement.executeQuery()) {
            return rows.next() ? rows.getLong(1) : 0L;
          }
        });
  }

  private void execute(String change) {
    file.run(change, statement -> statement.executeUpdate());
  }

  /** Returns the lane of that name. */
  public Lane lane(String name) {
    return lanes.computeIfAbsent(name, ignored -> new Lane());
  }

  /** The names of all lanes used so far. */
  public List<String> lanes() {
    return List.copyOf(lanes.keySet());
  }

  /** Adds an entry; its lane receives it when the current transaction is committed. */
  public void add(String lane, String body) {
    add(lane, body, lane(lane)::add);
  }

  private void add(String lane, String body, LongConsumer committed) {
    long id = lastId.incrementAndGet();
    file.transaction(
        () ->
            file.run(
                "insert into entry (id, lane, body, failures, added) values (?, ?, ?, 0, ?)",
                statement -> {
                  statement.setLong(1, id);
                  statement.setString(2, lane);
                  statement.setBytes(3, body.getBytes(StandardCharsets.UTF_8));
                  statement.setLong(4, clock.millis());
                  return statement.executeUpdate();
                }));
    file.afterCommit(() -> committed.accept(id));
  }

  /** Adds an entry that its lane receives after a delay. After a restart it receives it at once. */
  public void addLater(String lane, String body, Duration delay) {
    add(lane, body, id -> lane(lane).addLater(id, delay));
  }

  /** Reads an entry; empty if it was removed. */
  public Optional<Entry> read(long id) {
    return file.run(
        "select lane, body, failures, added from entry where id = ?",
        statement -> {
          statement.setLong(1, id);
          try (ResultSet rows = statement.executeQuery()) {
            return rows.next()
                ? Optional.of(
                    new Entry(
                        id,
                        text(rows.getBytes(1)),
                        text(rows.getBytes(2)),
                        rows.getInt(3),
                        Instant.ofEpochMilli(rows.getLong(4))))
                : Optional.empty();
          }
        });
  }

  /** Removes an entry, as part of a transaction. */
  public void remove(long id) {
    file.run(
        "delete from entry where id = ?",
        statement -> {
          statement.setLong(1, id);
          return statement.executeUpdate();
        });
  }

  /** Increments an entry's failure count. */
  public void failed(long id) {
    file.transaction(
        () ->
            file.run(
                "update entry set failures = failures + 1 where id = ?",
                statement -> {
                  statement.setLong(1, id);
                  return statement.executeUpdate();
                }));
  }

  /** Parks an entry, so that it does not block others and is not lost. */
  public void park(Entry entry, String reason) {
    file.transaction(
        () -> {
          keep(entry.id(), entry.lane(), entry.body(), entry.addedAt(), reason);
          remove(entry.id());
          return true;
        });
  }

  /** Parks an event that is unreadable or could not be processed, and so never entered a lane. */
  public void parkUnreadable(String text, String reason) {
    long id = lastId.incrementAndGet();
    file.transaction(
        () -> {
          keep(id, "unreadable", text, clock.instant(), reason);
          return true;
        });
  }

  private void keep(long id, String lane, String body, Instant addedAt, String reason) {
    file.run(
        "insert into parked (id, lane, body, added, parked, reason) values (?, ?, ?, ?, ?, ?)",
        statement -> {
          statement.setLong(1, id);
          statement.setString(2, lane);
          statement.setBytes(3, body.getBytes(StandardCharsets.UTF_8));
          statement.setLong(4, addedAt.toEpochMilli());
          statement.setLong(5, clock.millis());
          statement.setString(6, reason);
          return statement.executeUpdate();
        });
    file.afterCommit(parked::incrementAndGet);
  }

  /** Whether an entry is older than the maximum age. */
  public boolean isTooOld(Entry entry) {
    return entry.addedAt().plus(KEPT).isBefore(clock.instant());
  }

  /** The number of parked entries. */
  public long parked() {
    return parked.get();
  }

  /** The number of waiting and current entries, by lane. */
  public Map<String, Integer> depths() {
    Map<String, Integer> depths = new TreeMap<>();
    lanes.forEach((name, lane) -> depths.put(name, lane.depth()));
    return depths;
  }

  /** Deletes parked entries that are too old or too many, the oldest first. */
  public void prune() {
    long before = clock.instant().minus(KEPT.multipliedBy(2)).toEpochMilli();
    List<Long> gone =
        file.look(
            "select id from parked where parked < ?1 or id <= coalesce((select id from parked"
                + " order by id desc limit 1 offset ?2), 0)",
            statement -> {
              statement.setLong(1, before);
              statement.setInt(2, PARKED_LIMIT);
              List<Long> ids = new ArrayList<>();
              try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                  ids.add(rows.getLong(1));
                }
              }
              return ids;
            });
    for (long id : gone) {
      file.transaction(
          () ->
              file.run(
                  "delete from parked where id = ?",
                  statement -> {
                    statement.setLong(1, id);
                    return statement.executeUpdate();
                  }));
      parked.decrementAndGet();
    }
  }
}
