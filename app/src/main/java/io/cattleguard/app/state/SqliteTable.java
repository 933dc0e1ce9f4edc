package io.cattleguard.app.state;

import io.cattleguard.edge.port.VersionedTable;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * A versioned table in the state file. Keys and texts are stored as bytes, so that any text is
 * stored unchanged.
 */
public final class SqliteTable implements VersionedTable {
  private static final int DELETED_AT_ONCE = 200;

  private final StateFile file;
  private final String name;
  private final int limit;
  private final boolean isLookedAt;

  /**
   * Opens a table, and creates it if necessary.
   *
   * @param limit maximum number of rows; beyond it the rows that would expire first are deleted
   */
  public SqliteTable(StateFile file, String name, int limit) {
    if (!name.matches("[a-z]+")) {
      throw new IllegalArgumentException(name);
    }
    this.file = file;
    this.name = name;
    this.limit = limit;
    this.isLookedAt = false;
    file.create(
        "create table if not exists "
            + name
            + " (pk blob primary key, version integer, state blob, expires integer)"
            + " without rowid");
  }

  private SqliteTable(SqliteTable other) {
    this.file = other.file;
    this.name = other.name;
    this.limit = other.limit;
    this.isLookedAt = true;
  }

  /**
   * The same table, for people's questions: each read has a connection of its own, so that the road
   * does not wait for it. A write, such as the repair of an index, is as in the table itself.
   */
  public VersionedTable lookedAt() {
    return new SqliteTable(this);
  }

  private <T> T reading(String statement, StateFile.Sql<T> sql) {
    return isLookedAt ? file.look(statement, sql) : file.run(statement, sql);
  }

  /** Reads the row, because reads are cheap here. */
  @Override
  public Optional<State> remembered(String key) {
    return read(key);
  }

  @Override
  public Optional<State> read(String key) {
    return reading(
        "select version, state from " + name + " where pk = ?",
        statement -> {
          statement.setBytes(1, bytes(key));
          try (ResultSet rows = statement.executeQuery()) {
            return rows.next()
                ? Optional.of(new State(key, rows.getLong(1), text(rows, 2)))
                : Optional.empty();
          }
        });
  }

  @Override
  public List<State> readAll(Collection<String> keys) {
    return keys.stream().map(this::read).flatMap(Optional::stream).toList();
  }

  @Override
  public Optional<State> store(State next, long expectedVersion, Instant expires) {
    return file.transaction(
        () -> {
          int changed =
              expectedVersion == 0 ? insert(next, expires) : update(next, expectedVersion, expires);
          return changed == 1
              ? Optional.empty()
              : Optional.of(read(next.key()).orElseGet(() -> new State(next.key(), 0, "")));
        });
  }

  private int insert(State next, Instant expires) {
    return file.run(
        "insert into "
            + name
            + " (pk, version, state, expires) values (?, ?, ?, ?) on conflict (pk) do nothing",
        statement -> {
          statement.setBytes(1, bytes(next.key()));
          statement.setLong(2, next.version());
          statement.setBytes(3, bytes(next.text()));
          statement.setLong(4, expires.getEpochSecond());
          return statement.executeUpdate();
        });
  }

  private int update(State next, long expectedVersion, Instant expires) {
    return file.run(
        "update " + name + " set version = ?, state = ?, expires = ? where pk = ? and version = ?",
        statement -> {
          statement.setLong(1, next.version());
          statement.setBytes(2, bytes(next.text()));
          statement.setLong(3, expires.getEpochSecond());
          statement.setBytes(4, bytes(next.key()));
          statement.setLong(5, expectedVersion);
          return statement.executeUpdate();
        });
  }

  @Override
  public void delete(String key) {
    file.transaction(
        () ->
            file.run(
                "delete from " + name + " where pk = ?",
                statement -> {
                  statement.setBytes(1, bytes(key));
                  return statement.executeUpdate();
                }));
  }

  @Override
  public List<State> scan(String prefix) {
    return beginning(prefix, "pk", Integer.MAX_VALUE);
  }

  /** The keys are sorted, so it reads those rows only. */
  @Override
  public List<State> listed(String list, int atMost) {
    return beginning(list, "expires desc, pk", atMost);
  }

  private List<State> beginning(String prefix, String order, int atMost) {
    return reading(
        "select pk, version, state from "
            + name
            + " where pk >= ? and pk < ? order by "
            + order
            + " limit ?",
        statement -> {
          byte[] from = bytes(prefix);
          byte[] to = Arrays.copyOf(from, from.length + 1);
          to[from.length] = (byte) 0xff; // a byte that does not occur in UTF-8
          statement.setBytes(1, from);
          statement.setBytes(2, to);
          statement.setInt(3, atMost);
          List<State> found = new ArrayList<>();
          try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
              found.add(new State(text(rows, 1), rows.getLong(2), text(rows, 3)));
            }
          }
          return found;
        });
  }

  /**
   * Deletes expired rows and rows beyond the limit. It finds them on a connection of its own and
   * deletes them in small transactions, so that writers wait only briefly.
   *
   * @return how many rows were deleted
   */
  public int prune(Instant now) {
    List<Expiring> keys =
        file.look(
            "select pk, expires from "
                + name
                + " where expires <= ?1 or pk in (select pk from "
                + name
                + " order by expires limit max(0, (select count(*) from "
                + name
                + ") - ?2))",
            statement -> {
              statement.setLong(1, now.getEpochSecond());
              statement.setInt(2, limit);
              List<Expiring> found = new ArrayList<>();
              try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                  found.add(new Expiring(rows.getBytes(1), rows.getLong(2)));
                }
              }
              return found;
            });
    for (int from = 0; from < keys.size(); from += DELETED_AT_ONCE) {
      List<Expiring> some = keys.subList(from, Math.min(keys.size(), from + DELETED_AT_ONCE));
      file.transaction(
          () -> {
            some.forEach(this::deleteUnlessChanged);
            return true;
          });
    }
    return keys.size();
  }

  private static final class Expiring {
    private final byte[] key;
    private final long expires;

    private Expiring(byte[] key, long expires) {
      this.key = key;
      this.expires = expires;
    }
  }

  private void deleteUnlessChanged(Expiring state) {
    file.run(
        "delete from " + name + " where pk = ? and expires = ?",
        statement -> {
          statement.setBytes(1, state.key);
          statement.setLong(2, state.expires);
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
