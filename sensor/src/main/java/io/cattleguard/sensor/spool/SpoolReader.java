package io.cattleguard.sensor.spool;

import io.cattleguard.events.Severity;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the spool through its own connection, so that writers never wait for it. */
final class SpoolReader implements AutoCloseable {
  private static final int ALERTS_OF_A_ROUND = 50_000;

  /** What an alert takes of the memory beside its text. */
  private static final int OVERHEAD = 200;

  private static final List<Severity> MOST_SEVERE_FIRST = Spool.LANES.reversed();

  private final Connection connection;
  private final PreparedStatement select;
  private final PreparedStatement selectLog;

  SpoolReader(Connection connection) throws SQLException {
    this.connection = connection;
    this.select =
        connection.prepareStatement(
            "select id, fold_key, observed, received, event from alert"
                + " where id between ? and ? order by id");
    this.selectLog =
        connection.prepareStatement(
            "select id, events from log where id between ? and ? order by id");
  }

  /** What was remembered under a name. */
  synchronized Optional<String> marked(String name) {
    try (PreparedStatement query =
        connection.prepareStatement("select value from mark where name = ?")) {
      query.setString(1, name);
      try (ResultSet row = query.executeQuery()) {
        Optional<String> value = row.next() ? Optional.of(row.getString(1)) : Optional.empty();
        connection.rollback();
        return value;
      }
    } catch (SQLException e) {
      throw Spool.unavailable("the spool cannot be read", e);
    }
  }

  /** See {@link Spool#next}. */
  synchronized Round next(long maxBytes) {
    Optional<String> interrupted = marked(Spool.ROUND).filter(text -> !text.isEmpty());
    try {
      RoundInTheMaking round = new RoundInTheMaking(maxBytes);
      if (interrupted.isPresent()) {
        List<Round.Stretch> stretches = Round.readStretches(interrupted.get());
        for (Round.Stretch stretch : stretches) {
          if (stretch.to() < Spool.first(Spool.LANES.get(0))) {
            readLog(stretch.from(), stretch.to(), false, round);
          } else {
            readLane(stretch.from(), stretch.to(), false, round);
          }
        }
        return new Round(round.folded(), stretches, true);
      }
      for (Severity lane : MOST_SEVERE_FIRST) {
        readLane(Spool.first(lane), Spool.last(lane), true, round);
      }
      boolean fromLanes = !round.stretches.isEmpty();
      if (!fromLanes) {
        readLog(0, Spool.first(Spool.LANES.get(0)) - 1, true, round);
      }
      return new Round(round.folded(), round.stretches, fromLanes || round.isFull());
    } catch (SQLException e) {
      throw Spool.unavailable("the spool cannot be read", e);
    } finally {
      endTransaction();
    }
  }

  private void endTransaction() {
    try {
      connection.rollback();
    } catch (SQLException e) {
      throw Spool.unavailable("the spool cannot be read", e);
    }
  }

  private void readLane(long from, long to, boolean untilFull, RoundInTheMaking round)
      throws SQLException {
    long firstId = -1;
    long lastId = -1;
    select.setLong(1, from);
    select.setLong(2, to);
    try (ResultSet row = select.executeQuery()) {
      while (!(untilFull && round.isFull()) && row.next()) {
        lastId = row.getLong(1);
        firstId = firstId < 0 ? lastId : firstId;
        round.add(Spool.lane(lastId), row);
      }
    }
    if (firstId >= 0) {
      round.stretches.add(new Round.Stretch(firstId, lastId));
    }
  }

  private void readLog(long from, long to, boolean untilFull, RoundInTheMaking round)
      throws SQLException {
    long firstId = -1;
    long lastId = -1;
    selectLog.setLong(1, from);
    selectLog.setLong(2, to);
    try (ResultSet row = selectLog.executeQuery()) {
      while (!(untilFull && round.isFull()) && row.next()) {
        lastId = row.getLong(1);
        firstId = firstId < 0 ? lastId : firstId;
        Chunk.read(row.getBytes(2), round::add);
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

    /** The most severe first, and in the order of arrival among equals. */
    List<Round.Folded> folded() {
      return byKey.values().stream()
          .sorted(Comparator.comparing(Round.Folded::severity).reversed())
          .toList();
    }

    /** The text is fetched for the first of its kind only: it is most of a row. */
    void add(Severity severity, ResultSet row) throws SQLException {
      String key = row.getString(2);
      if (!repeats(key, row.getLong(3))) {
        open(severity, key, row.getLong(3), row.getLong(4), row.getBytes(5));
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
  synchronized Optional<Instant> oldest() {
    try (Statement statement = connection.createStatement()) {
      long oldest = Long.MAX_VALUE;
      for (Severity lane : Spool.LANES) {
        try (ResultSet row =
            statement.executeQuery(
                "select received from alert where id between "
                    + Spool.first(lane)
                    + " and "
                    + Spool.last(lane)
                    + " order by id limit 1")) {
          oldest = row.next() ? Math.min(oldest, row.getLong(1)) : oldest;
        }
      }
      try (ResultSet row = statement.executeQuery("select events from log order by id limit 1")) {
        if (row.next()) {
          long[] first = {oldest};
          Chunk.read(
              row.getBytes(1),
              (severity, key, observed, received, text) -> first[0] = Math.min(first[0], received));
          oldest = first[0];
        }
      }
      return oldest == Long.MAX_VALUE
          ? Optional.empty()
          : Optional.of(Instant.ofEpochMilli(oldest));
    } catch (SQLException e) {
      throw Spool.unavailable("the spool cannot be read", e);
    } finally {
      endTransaction();
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
