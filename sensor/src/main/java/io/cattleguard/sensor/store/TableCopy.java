package io.cattleguard.sensor.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Locale;
import java.util.regex.Pattern;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * Copies the readable rows of damaged tables. It reads forwards to the damage and backwards to it,
 * and then looks for readable rows in each half of what is left, the widest stretch first.
 */
final class TableCopy {
  private static final int QUERIES = 4_000;
  private static final Pattern CREATE =
      Pattern.compile("^create table (if not exists )?", Pattern.CASE_INSENSITIVE);

  private long rows;
  private boolean complete = true;

  /** The new file cannot be written. */
  static final class TargetFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final SQLException reason;

    TargetFailed(SQLException reason) {
      super(reason);
      this.reason = reason;
    }

    SQLException reason() {
      return reason;
    }
  }

  /** Row ids from one to another, both included. */
  private record Stretch(long from, long to) {}

  long rows() {
    return rows;
  }

  boolean isComplete() {
    return complete;
  }

  void incomplete() {
    complete = false;
  }

  /**
   * Copies a table.
   *
   * @throws SQLException if its definition is damaged
   * @throws TargetFailed if the new file cannot be written
   */
  void table(Connection from, Connection to, String plainName, String sql) throws SQLException {
    if (plainName.startsWith("sqlite_")) {
      return;
    }
    String name = '"' + plainName.replace("\"", "\"\"") + '"';
    try (Statement create = to.createStatement()) {
      create.execute(CREATE.matcher(sql).replaceFirst("create table if not exists "));
    } catch (SQLException e) {
      throw blamed(e);
    }
    if (sql.toLowerCase(Locale.ROOT).contains("without rowid")) {
      keyed(from, to, name);
    } else {
      numbered(from, to, name);
    }
  }

  private void keyed(Connection from, Connection to, String name) {
    if (!copy(from, to, name, "select * from " + name + " order by 1")) {
      copy(from, to, name, "select * from " + name + " order by 1 desc");
    }
  }

  private boolean copy(Connection from, Connection to, String name, String query) {
    try (PreparedStatement select = from.prepareStatement(query);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        insert(to, name, row, 1);
      }
      return true;
    } catch (SQLException e) {
      complete = false;
      return false;
    }
  }

  private void numbered(Connection from, Connection to, String name) {
    Deque<Stretch> left = new ArrayDeque<>();
    left.add(new Stretch(0, Long.MAX_VALUE));
    for (int queries = 0; queries < QUERIES && !left.isEmpty(); queries += 2) {
      Stretch stretch = left.remove();
      long first = read(from, to, name, stretch, "asc");
      if (first == Long.MAX_VALUE) {
        continue;
      }
      complete = false;
      Stretch rest = new Stretch(first, stretch.to);
      long last = rest.from > rest.to ? Long.MAX_VALUE : read(from, to, name, rest, "desc");
      if (last == Long.MAX_VALUE || last <= rest.from) {
        continue;
      }
      long middle = rest.from + (last - rest.from) / 2;
      left.add(new Stretch(rest.from, middle));
      left.add(new Stretch(middle + 1, last));
    }
  }

  /** Copies a stretch to its end or to the damage; returns the id at which the damage is. */
  private long read(Connection from, Connection to, String name, Stretch stretch, String order) {
    boolean forwards = "asc".equals(order);
    long next = forwards ? stretch.from : stretch.to;
    String query =
        "select rowid, * from "
            + name
            + " not indexed where rowid between ? and ? order by rowid "
            + order;
    try (PreparedStatement select = from.prepareStatement(query)) {
      select.setLong(1, stretch.from);
      select.setLong(2, stretch.to);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          long id = row.getLong(1);
          insert(to, name, row, 2);
          next = forwards ? id + 1 : id - 1;
        }
      }
      return Long.MAX_VALUE;
    } catch (SQLException e) {
      return next;
    }
  }

  private void insert(Connection to, String name, ResultSet row, int first) throws SQLException {
    int columns = row.getMetaData().getColumnCount() - first + 1;
    Object[] values = new Object[columns];
    for (int i = 0; i < columns; i++) {
      values[i] = row.getObject(first + i);
    }
    String places = String.join(", ", Collections.nCopies(columns, "?"));
    try (PreparedStatement insert =
        to.prepareStatement("insert or ignore into " + name + " values (" + places + ")")) {
      for (int i = 0; i < columns; i++) {
        insert.setObject(i + 1, values[i]);
      }
      rows += insert.executeUpdate();
    } catch (SQLException e) {
      throw blamed(e);
    }
  }

  /** A row or a definition that SQLite refuses is damaged; any other error is the new file's. */
  private static SQLException blamed(SQLException e) {
    if (e instanceof SQLiteException sqlite
        && (sqlite.getResultCode() == SQLiteErrorCode.SQLITE_ERROR
            || SqliteErrors.isAboutValues(e))) {
      return e;
    }
    throw new TargetFailed(e);
  }
}
