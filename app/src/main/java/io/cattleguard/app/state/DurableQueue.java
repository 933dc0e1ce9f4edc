package io.cattleguard.app.state;

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

/**
 * What waits between two steps, in the state file: put there in the transaction that takes it away
 * from the step before. What nobody can work on is parked, and tried once more at the next start.
 */
public final class DurableQueue {
  /** As long as SQS can keep a message. */
  private static final Duration KEPT = Duration.ofDays(14);

  private static final int PARKED_LIMIT = 10_000;

  private final StateFile file;
  private final InstantSource clock;
  private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
  private final AtomicLong lastId = new AtomicLong();
  private final AtomicLong parked = new AtomicLong();

  /**
   * One that waits.
   *
   * @param failures how often somebody failed to work on it
   */
  public record Entry(long id, String lane, String body, int failures, Instant addedAt) {}

  /** Over a file; brings what waited when the last process ended. */
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
              lane(rows.getString(2)).add(rows.getLong(1));
            }
            return true;
          }
        });
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

  /** The lane of that name. */
  public Lane lane(String name) {
    return lanes.computeIfAbsent(name, ignored -> new Lane());
  }

  /** The names of the lanes that were ever asked for. */
  public List<String> lanes() {
    return List.copyOf(lanes.keySet());
  }

  /** Adds one; its lane hears of it when the transaction at hand is committed. */
  public void add(String lane, String body) {
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
    file.afterCommit(() -> lane(lane).add(id));
  }

  /** One that waits, empty where it does not any more. */
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
                        rows.getString(1),
                        new String(rows.getBytes(2), StandardCharsets.UTF_8),
                        rows.getInt(3),
                        Instant.ofEpochMilli(rows.getLong(4))))
                : Optional.empty();
          }
        });
  }

  /** Takes one away; within a transaction. */
  public void remove(long id) {
    file.run(
        "delete from entry where id = ?",
        statement -> {
          statement.setLong(1, id);
          return statement.executeUpdate();
        });
  }

  /** Counts that somebody failed to work on it. */
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

  /** Takes one out of everybody's way, and keeps it. */
  public void park(Entry entry, String reason) {
    file.transaction(
        () -> {
          keep(entry.id(), entry.lane(), entry.body(), entry.addedAt(), reason);
          remove(entry.id());
          return true;
        });
  }

  /** Keeps what never came as far as a lane. */
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

  /** Whether it has waited for longer than anything is kept. */
  public boolean isTooOld(Entry entry) {
    return entry.addedAt().plus(KEPT).isBefore(clock.instant());
  }

  /** How many are parked. */
  public long parked() {
    return parked.get();
  }

  /** How many wait or are being worked on, by lane. */
  public Map<String, Integer> depths() {
    Map<String, Integer> depths = new TreeMap<>();
    lanes.forEach((name, lane) -> depths.put(name, lane.depth()));
    return depths;
  }

  /** Deletes what is parked for too long, or too much of it: the oldest first. */
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
