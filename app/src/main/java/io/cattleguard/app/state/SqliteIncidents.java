package io.cattleguard.app.state;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.record.IncidentJson;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.Incidents;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Records of incidents in the state file. Questions have a connection of their own, and a merge
 * holds the file only for the read and for the write of one row, so that responders do not wait.
 */
public final class SqliteIncidents implements Incidents {
  private static final int TRIES = 100;
  private static final int DELETED_AT_ONCE = 50;

  private final StateFile file;
  private final Duration kept;
  private final int limit;

  /** A row: its version, and the record as JSON. */
  private record Row(long version, String state) {}

  /** A row of an incident with a containment or approval in force. */
  private record Held(String id, long version, String state) {
    /** A damaged record stays, because its content is unknown. */
    boolean isOver(Instant before) {
      try {
        return IncidentJson.readRecord(state)
            .holdsUntil()
            .filter(until -> until.isBefore(before))
            .isPresent();
      } catch (Unavailable e) {
        return false;
      }
    }
  }

  /**
   * Opens the table, and creates it if necessary.
   *
   * @param kept how long a record is kept after its incident's latest event
   * @param limit maximum records; beyond it the oldest are deleted
   */
  public SqliteIncidents(StateFile file, Duration kept, int limit) {
    this.file = file;
    this.kept = kept;
    this.limit = limit;
    // The summary comes before the state, which is large, so that a list does not read the state.
    file.create(
        "create table if not exists incident (pk text primary key, version integer, at integer,"
            + " listed integer, holding integer, summary blob, state blob) without rowid");
    file.create("create index if not exists incident_at on incident (listed, at)");
    file.create("create index if not exists incident_holding on incident (at) where holding = 1");
  }

  @Override
  public void merge(IncidentRecord addition) {
    for (int tries = 0; tries < TRIES; tries++) {
      Optional<Row> row = row(addition.id());
      Optional<IncidentRecord> before = row.map(one -> IncidentJson.readRecord(one.state()));
      IncidentRecord next = before.map(one -> one.merge(addition)).orElse(addition);
      if (before.filter(next::equals).isPresent() || store(next, row.map(Row::version))) {
        return;
      }
    }
    throw new Unavailable("too many writers of one incident");
  }

  private Optional<Row> row(String id) {
    return file.run(
        "select version, state from incident where pk = ?",
        statement -> {
          statement.setString(1, id);
          try (ResultSet rows = statement.executeQuery()) {
            return rows.next()
                ? Optional.of(new Row(rows.getLong(1), text(rows, 2)))
                : Optional.empty();
          }
        });
  }

  private boolean store(IncidentRecord next, Optional<Long> expected) {
    IncidentSummary summary = IncidentSummary.of(next);
    byte[] state = bytes(IncidentJson.write(next).toString());
    byte[] listed = bytes(IncidentJson.write(summary).toString());
    return file.transaction(
        () ->
            file.run(
                    expected.isEmpty()
                        ? "insert into incident (version, at, listed, holding, summary, state, pk)"
                            + " values (?, ?, ?, ?, ?, ?, ?) on conflict (pk) do nothing"
                        : "update incident set version = ?, at = ?, listed = ?, holding = ?,"
                            + " summary = ?, state = ? where pk = ? and version = ?",
                    statement -> {
                      statement.setLong(1, expected.orElse(0L) + 1);
                      statement.setLong(2, next.lastAt().toEpochMilli());
                      statement.setInt(3, next.isListed() ? 1 : 0);
                      statement.setInt(4, summary.holding() ? 1 : 0);
                      statement.setBytes(5, listed);
                      statement.setBytes(6, state);
                      statement.setString(7, next.id());
                      if (expected.isPresent()) {
                        statement.setLong(8, expected.get());
                      }
                      return statement.executeUpdate();
                    })
                == 1);
  }

  @Override
  public Optional<IncidentRecord> find(String id) {
    return file.look(
        "select state from incident where pk = ?",
        statement -> {
          statement.setString(1, id);
          try (ResultSet rows = statement.executeQuery()) {
            return rows.next()
                ? Optional.of(IncidentJson.readRecord(text(rows, 1)))
                : Optional.empty();
          }
        });
  }

  @Override
  public List<IncidentSummary> latest(Instant since, int atMost) {
    return file.look(
        "select summary from incident where listed = 1 and at >= ? order by at desc, pk limit ?",
        statement -> {
          statement.setLong(1, since.toEpochMilli());
          statement.setInt(2, atMost);
          return summaries(statement);
        });
  }

  @Override
  public List<IncidentSummary> holding(int atMost) {
    return file.look(
        "select summary from incident where holding = 1 order by at desc, pk limit ?",
        statement -> {
          statement.setInt(1, atMost);
          return summaries(statement);
        });
  }

  private static List<IncidentSummary> summaries(PreparedStatement statement) throws SQLException {
    List<IncidentSummary> found = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        found.add(IncidentJson.readSummary(text(rows, 1)));
      }
    }
    return found;
  }

  /** The number of incidents. */
  public long count() {
    return file.look(
        "select count(*) from incident where listed = 1",
        statement -> {
          try (ResultSet rows = statement.executeQuery()) {
            return rows.next() ? rows.getLong(1) : 0L;
          }
        });
  }

  /**
   * Deletes expired records and the oldest beyond the limit, in small transactions. An incident
   * with a containment or approval in force stays, unless the leases and approvals have expired as
   * well.
   */
  public void prune(Instant now) {
    expired(now).forEach(row -> drop(row, now));
    List<String> gone =
        file.look(
            "select pk from incident where holding = 0 and (at < ?1 or pk in (select pk from"
                + " incident where holding = 0 order by at limit max(0, (select count(*) from"
                + " incident) - ?2)))",
            statement -> {
              statement.setLong(1, now.minus(kept).toEpochMilli());
              statement.setInt(2, limit);
              List<String> found = new ArrayList<>();
              try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                  found.add(rows.getString(1));
                }
              }
              return found;
            });
    for (int from = 0; from < gone.size(); from += DELETED_AT_ONCE) {
      List<String> some = gone.subList(from, Math.min(gone.size(), from + DELETED_AT_ONCE));
      file.transaction(
          () -> {
            some.forEach(id -> delete(id, now));
            return true;
          });
    }
  }

  /** Records whose leases and approvals ended long ago. */
  private List<Held> expired(Instant now) {
    Instant before = now.minus(kept);
    List<Held> held =
        file.look(
            "select pk, version, state from incident where holding = 1 and at < ?",
            statement -> {
              statement.setLong(1, before.toEpochMilli());
              List<Held> found = new ArrayList<>();
              try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                  found.add(new Held(rows.getString(1), rows.getLong(2), text(rows, 3)));
                }
              }
              return found;
            });
    return held.stream().filter(row -> row.isOver(before)).toList();
  }

  private void drop(Held row, Instant now) {
    file.transaction(
        () ->
            file.run(
                "delete from incident where pk = ? and version = ? and at < ?",
                statement -> {
                  statement.setString(1, row.id());
                  statement.setLong(2, row.version());
                  statement.setLong(3, now.toEpochMilli());
                  return statement.executeUpdate();
                }));
  }

  private void delete(String id, Instant now) {
    file.run(
        "delete from incident where pk = ? and holding = 0 and at < ?",
        statement -> {
          statement.setString(1, id);
          statement.setLong(2, now.toEpochMilli());
          return statement.executeUpdate();
        });
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(ResultSet rows, int column) throws SQLException {
    byte[] bytes = rows.getBytes(column);
    return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8); // a damaged row
  }
}
