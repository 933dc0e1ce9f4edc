package io.cattleguard.sensor;

import io.cattleguard.events.Severity;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the spool, over a connection of its own, so that nobody who writes waits for it. */
final class SpoolReader implements AutoCloseable {
  private static final int ROWS_OF_A_ROUND = 50_000;
  private static final String ROUND = Spool.ROUND;
  private static final List<Severity> MOST_SEVERE_FIRST = Spool.LANES.reversed();

  private final Connection connection;
  private final PreparedStatement select;

  SpoolReader(Connection connection) throws SQLException {
    this.connection = connection;
    this.select =
        connection.prepareStatement(
            "select id, fold_key, observed, received, size, event from alert"
                + " where id between ? and ? order by id limit ?");
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

  /**
   * The next alerts: those of a round that a crash interrupted, else what waits, the most severe
   * first, repeats folded into the first of them.
   *
   * @param atLeast the least severity that is wanted
   * @param maxBytes of text, about
   */
  synchronized Round next(Severity atLeast, long maxBytes) {
    return read(atLeast, maxBytes);
  }

  private Round read(Severity atLeast, long maxBytes) {
    Optional<String> interrupted = marked(ROUND).filter(text -> !text.isEmpty());
    try {
      RoundInTheMaking round = new RoundInTheMaking(maxBytes);
      if (interrupted.isPresent()) {
        for (Round.Stretch stretch : Round.readStretches(interrupted.get())) {
          read(stretch.from(), stretch.to(), Long.MAX_VALUE, round);
        }
        Round again = new Round(round.folded(), Round.readStretches(interrupted.get()));
        connection.rollback();
        return again;
      }
      for (Severity lane : MOST_SEVERE_FIRST) {
        if (!round.isFull() && lane.compareTo(atLeast) >= 0) {
          read(Spool.first(lane), Spool.last(lane), ROWS_OF_A_ROUND - round.rows, round);
        }
      }
      connection.rollback();
      return new Round(round.folded(), round.stretches);
    } catch (SQLException e) {
      throw Spool.unavailable("the spool cannot be read", e);
    }
  }

  private void read(long from, long to, long rows, RoundInTheMaking round) throws SQLException {
    select.setLong(1, from);
    select.setLong(2, to);
    select.setLong(3, rows);
    long firstId = -1;
    long lastId = -1;
    try (ResultSet row = select.executeQuery()) {
      while ((rows == Long.MAX_VALUE || !round.isFull()) && row.next()) {
        lastId = row.getLong(1);
        firstId = firstId < 0 ? lastId : firstId;
        round.add(Spool.lane(lastId), row);
      }
    }
    if (firstId >= 0) {
      round.stretches.add(new Round.Stretch(firstId, lastId));
    }
  }

  /** Folds rows as they come. */
  private static final class RoundInTheMaking {
    private final Map<String, Round.Folded> byKey = new LinkedHashMap<>();
    private final List<Round.Stretch> stretches = new ArrayList<>();
    private final long maxBytes;
    private long bytes;
    private long rows;

    RoundInTheMaking(long maxBytes) {
      this.maxBytes = maxBytes;
    }

    boolean isFull() {
      return bytes >= maxBytes || rows >= ROWS_OF_A_ROUND;
    }

    List<Round.Folded> folded() {
      return List.copyOf(byKey.values());
    }

    /** The text is fetched for the first of its kind only: it is most of a row. */
    void add(Severity severity, ResultSet row) throws SQLException {
      rows++;
      String key = row.getString(2);
      Instant observed = instant(row.getLong(3));
      Round.Folded known = byKey.get(key);
      if (known != null) {
        byKey.put(key, repeated(known, observed));
        return;
      }
      byte[] event = row.getBytes(6);
      bytes += event.length;
      byKey.put(
          key,
          new Round.Folded(
              severity,
              key,
              new String(event, StandardCharsets.UTF_8),
              1,
              observed,
              observed,
              Instant.ofEpochMilli(row.getLong(4))));
    }

    private static Round.Folded repeated(Round.Folded known, Instant observed) {
      return new Round.Folded(
          known.severity(),
          known.foldKey(),
          known.text(),
          known.count() + 1,
          observed.isBefore(known.firstAt()) ? observed : known.firstAt(),
          observed.isAfter(known.lastAt()) ? observed : known.lastAt(),
          known.receivedAt());
    }
  }

  /** When the alert that waits longest was received. */
  synchronized Optional<Instant> oldest() {
    {
      try (Statement statement = connection.createStatement()) {
        Optional<Instant> oldest = Optional.empty();
        for (Severity lane : Spool.LANES) {
          try (ResultSet row =
              statement.executeQuery(
                  "select received from alert where id between "
                      + Spool.first(lane)
                      + " and "
                      + Spool.last(lane)
                      + " order by id limit 1")) {
            if (row.next()) {
              Instant received = Instant.ofEpochMilli(row.getLong(1));
              oldest = oldest.filter(received::isAfter).or(() -> Optional.of(received));
            }
          }
        }
        connection.rollback();
        return oldest;
      } catch (SQLException e) {
        throw Spool.unavailable("the spool cannot be read", e);
      }
    }
  }

  private static Instant instant(long nanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
