package io.cattleguard.sensor.spool;

import io.cattleguard.events.Severity;
import io.cattleguard.sensor.store.Session;
import io.cattleguard.sensor.store.SqliteStore;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the spool through the store's connection for reading, so that writers never wait for it.
 */
final class SpoolReader {
  private static final int ALERTS_OF_A_ROUND = 50_000;

  /** The memory of an alert in addition to its text. */
  private static final int OVERHEAD = 200;

  private static final List<Severity> MOST_SEVERE_FIRST = SpoolTables.LANES.reversed();
  private static final String SELECT =
      "select id, fold_key, observed, received, event from alert"
          + " where id between ? and ? order by id";
  private static final String SELECT_LOG =
      "select id, events from log where id between ? and ? order by id";

  private final SqliteStore store;

  SpoolReader(SqliteStore store) {
    this.store = store;
  }

  /** A row that cannot be read. */
  static final class DamagedRow extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final long id;

    DamagedRow(long id) {
      super("row " + id + " of the spool is damaged");
      this.id = id;
    }

    long id() {
      return id;
    }

    boolean isOfLog() {
      return id < SpoolTables.first(SpoolTables.LANES.get(0));
    }
  }

  /** The mark of the round under way cannot be read, or names more than a round holds. */
  static final class DamagedMark extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private <T> T read(SqliteStore.Work<T> work) {
    try {
      return store.read(work);
    } catch (SQLException e) {
      throw Spool.unavailable("the spool cannot be read", e);
    }
  }

  /** The value that was stored under a name. */
  Optional<String> marked(String name) {
    return read(session -> marked(session, name));
  }

  private static Optional<String> marked(Session session, String name) throws SQLException {
    PreparedStatement query = session.prepared("select value from mark where name = ?");
    query.setString(1, name);
    try (ResultSet row = query.executeQuery()) {
      return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
    }
  }

  /**
   * See {@link Spool#next}.
   *
   * @throws DamagedRow where a row cannot be read
   */
  Round next(long maxBytes) {
    return read(session -> next(session, maxBytes));
  }

  private static Round next(Session session, long maxBytes) throws SQLException {
    Optional<String> interrupted =
        marked(session, SpoolTables.ROUND).filter(text -> !text.isEmpty());
    RoundInTheMaking round = new RoundInTheMaking(maxBytes);
    if (interrupted.isPresent()) {
      List<Round.Stretch> stretches = Round.readStretches(interrupted.get());
      if (stretches.isEmpty()) {
        throw new DamagedMark();
      }
      for (Round.Stretch stretch : stretches) {
        if (stretch.to() < SpoolTables.first(SpoolTables.LANES.get(0))) {
          readLog(session, stretch.from(), stretch.to(), false, round);
        } else {
          readLane(session, stretch.from(), stretch.to(), false, round);
        }
      }
      List<Round.Folded> alerts = round.folded();
      List<List<Round.Folded>> entries = Round.readEntries(interrupted.get(), alerts);
      return new Round(alerts, stretches, true, entries, true);
    }
    for (Severity lane : MOST_SEVERE_FIRST) {
      readLane(session, SpoolTables.first(lane), SpoolTables.last(lane), true, round);
    }
    boolean fromLanes = !round.stretches.isEmpty();
    if (!fromLanes) {
      readLog(session, 0, SpoolTables.first(SpoolTables.LANES.get(0)) - 1, true, round);
    }
    return Round.first(round.folded(), round.stretches, fromLanes || round.isFull());
  }

  private static void readLane(
      Session session, long from, long to, boolean untilFull, RoundInTheMaking round)
      throws SQLException {
    long firstId = -1;
    long lastId = -1;
    PreparedStatement select = session.prepared(SELECT);
    select.setLong(1, from);
    select.setLong(2, to);
    try (ResultSet row = select.executeQuery()) {
      while (!(untilFull && round.isFull()) && row.next()) {
        lastId = row.getLong(1);
        firstId = firstId < 0 ? lastId : firstId;
        round.add(SpoolTables.lane(lastId), row);
        round.checkSize();
      }
    }
    if (firstId >= 0) {
      round.stretches.add(new Round.Stretch(firstId, lastId));
    }
  }

  private static void readLog(
      Session session, long from, long to, boolean untilFull, RoundInTheMaking round)
      throws SQLException {
    long firstId = -1;
    long lastId = -1;
    PreparedStatement selectLog = session.prepared(SELECT_LOG);
    selectLog.setLong(1, from);
    selectLog.setLong(2, to);
    try (ResultSet row = selectLog.executeQuery()) {
      while (!(untilFull && round.isFull()) && row.next()) {
        lastId = row.getLong(1);
        firstId = firstId < 0 ? lastId : firstId;
        byte[] chunk = row.getBytes(2);
        if (chunk == null || Chunk.readableBytes(chunk) < chunk.length) {
          throw new DamagedRow(lastId);
        }
        Chunk.read(chunk, round::add);
        round.checkSize();
      }
    }
    if (firstId >= 0) {
      round.stretches.add(new Round.Stretch(firstId, lastId));
    }
  }

  /** Folds alerts as they come. */
  private static final class RoundInTheMaking {
    private final Map<String, Round.Folded> byKey = new LinkedHashMap<>();
    private final List<Round.Stretch> stretches = new ArrayList<>();
    private final long maxBytes;
    private long bytes;
    private long count;

    RoundInTheMaking(long maxBytes) {
      this.maxBytes = maxBytes;
    }

    boolean isFull() {
      return bytes >= maxBytes || count >= ALERTS_OF_A_ROUND;
    }

    /** A round may exceed its limit by one row; a larger one is damaged. */
    void checkSize() {
      if (bytes / 2 > Math.max(maxBytes, SqliteStore.VALUE_BYTES)) {
        throw new DamagedMark();
      }
    }

    /** The most severe first, and in the order of arrival among equals. */
    List<Round.Folded> folded() {
      return byKey.values().stream()
          .sorted(Comparator.comparing(Round.Folded::severity).reversed())
          .toList();
    }

    /** The text is fetched for the first of its kind only: it is most of a row. */
    void add(Severity severity, ResultSet row) throws SQLException {
      String key = row.getString(2);
      if (key == null) {
        throw new DamagedRow(row.getLong(1));
      }
      if (!repeats(key, row.getLong(3))) {
        byte[] event = row.getBytes(5);
        if (event == null) {
          throw new DamagedRow(row.getLong(1));
        }
        open(severity, key, row.getLong(3), row.getLong(4), event);
      }
    }

    void add(
        Severity severity, String key, long observedNanos, long receivedMillis, ByteBuffer text) {
      if (!repeats(key, observedNanos)) {
        byte[] event = new byte[text.remaining()];
        text.get(event);
        open(severity, key, observedNanos, receivedMillis, event);
      }
    }

    private boolean repeats(String key, long observedNanos) {
      count++;
      Round.Folded known = byKey.get(key);
      if (known == null) {
        return false;
      }
      Instant observed = Chunk.instant(observedNanos);
      byKey.put(
          key,
          new Round.Folded(
              known.severity(),
              known.foldKey(),
              known.text(),
              known.count() + 1,
              observed.isBefore(known.firstAt()) ? observed : known.firstAt(),
              observed.isAfter(known.lastAt()) ? observed : known.lastAt(),
              known.receivedAt()));
      return true;
    }

    private void open(
        Severity severity, String key, long observedNanos, long receivedMillis, byte[] event) {
      Instant observed = Chunk.instant(observedNanos);
      bytes += event.length + OVERHEAD;
      byKey.put(
          key,
          new Round.Folded(
              severity,
              key,
              new String(event, StandardCharsets.UTF_8),
              1,
              observed,
              observed,
              Instant.ofEpochMilli(receivedMillis)));
    }
  }

  /** When the alert that waits longest was received; in a lane, or first in the log. */
  Optional<Instant> oldest() {
    return read(SpoolReader::oldest);
  }

  private static Optional<Instant> oldest(Session session) throws SQLException {
    long oldest = Long.MAX_VALUE;
    PreparedStatement first =
        session.prepared("select received from alert where id between ? and ? order by id limit 1");
    for (Severity lane : SpoolTables.LANES) {
      first.setLong(1, SpoolTables.first(lane));
      first.setLong(2, SpoolTables.last(lane));
      try (ResultSet row = first.executeQuery()) {
        oldest = row.next() ? Math.min(oldest, row.getLong(1)) : oldest;
      }
    }
    long[] least = {oldest};
    try (ResultSet row = session.prepared("select events from log order by id").executeQuery()) {
      int readable = 0;
      while (readable == 0 && row.next()) {
        byte[] chunk = row.getBytes(1);
        readable = chunk == null ? 0 : Chunk.readableBytes(chunk);
        Chunk.read(
            Arrays.copyOf(chunk == null ? new byte[0] : chunk, readable),
            (severity, key, observed, received, text) -> least[0] = Math.min(least[0], received));
      }
    }
    oldest = least[0];
    return oldest == Long.MAX_VALUE ? Optional.empty() : Optional.of(Instant.ofEpochMilli(oldest));
  }
}
