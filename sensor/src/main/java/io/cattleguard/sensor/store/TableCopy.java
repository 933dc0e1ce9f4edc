package io.cattleguard.sensor.store;

import java.math.BigInteger;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.regex.Pattern;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * Copies the readable rows of damaged tables. It reads forwards to the damage and backwards to it,
 * and then looks for readable rows in each half of what is left, the widest stretch first.
 */
final class TableCopy {
  private static final int QUERIES = 4_000;

  /** A stretch narrower than 1/2<sup>20</sup> of the damaged one is skipped. */
  private static final int NARROWEST = 20;

  private static final Pattern CREATE =
      Pattern.compile("^create table (if not exists )?", Pattern.CASE_INSENSITIVE);

  private final Map<String, PreparedStatement> inserts = new HashMap<>();
  private long rows;
  private boolean complete = true;

  /** The new file cannot be written, or the damaged one cannot be read at present. */
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

  /**
   * What identifies the rows of a table, as numbers in the order of the rows.
   *
   * @param column its name in a query
   */
  private record Key(String column, boolean isBytes) {
    /** How much of a key is looked at; keys that are equal so far are next to each other. */
    private static final int BYTES = 200;

    BigInteger least() {
      return BigInteger.ZERO;
    }

    BigInteger greatest() {
      return isBytes
          ? BigInteger.ONE.shiftLeft(8 * BYTES).subtract(BigInteger.ONE)
          : BigInteger.valueOf(Long.MAX_VALUE);
    }

    BigInteger read(ResultSet row) throws SQLException {
      if (!isBytes) {
        return BigInteger.valueOf(row.getLong(1));
      }
      byte[] key = row.getBytes(1);
      return new BigInteger(1, Arrays.copyOf(key == null ? new byte[0] : key, BYTES));
    }

    void bind(PreparedStatement statement, int index, BigInteger key) throws SQLException {
      if (!isBytes) {
        statement.setLong(index, key.longValueExact());
        return;
      }
      byte[] number = key.toByteArray();
      byte[] bytes = new byte[BYTES];
      int length = Math.min(number.length, BYTES);
      System.arraycopy(number, number.length - length, bytes, BYTES - length, length);
      statement.setBytes(index, bytes);
    }
  }

  /** Keys from one to another, both included. */
  private record Stretch(BigInteger from, BigInteger to) {
    BigInteger width() {
      return to.subtract(from);
    }
  }

  long rows() {
    return rows;
  }

  boolean isComplete() {
    return complete;
  }

  void incomplete() {
    complete = false;
  }

  /** How many rows the tables of a file have. */
  static long rowsOf(Path file) throws SQLException {
    long rows = 0;
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement names = connection.createStatement();
        ResultSet name =
            names.executeQuery("select name from sqlite_schema where type = 'table'")) {
      while (name.next()) {
        try (Statement count = connection.createStatement();
            ResultSet row = count.executeQuery("select count(*) from " + quoted(name))) {
          rows += row.getLong(1);
        }
      }
    }
    return rows;
  }

  private static String quoted(ResultSet name) throws SQLException {
    return quoted(name.getString(1));
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** Creates the tables that are known, which may differ from what a damaged file says of them. */
  void create(Connection to, List<String> statements) throws SQLException {
    for (String statement : statements) {
      try (Statement create = to.createStatement()) {
        create.execute(statement);
      }
    }
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
    String name = quoted(plainName);
    try (Statement create = to.createStatement()) {
      create.execute(CREATE.matcher(sql).replaceFirst("create table if not exists "));
    } catch (SQLException e) {
      throw blamed(e);
    }
    if (!sql.toLowerCase(Locale.ROOT).contains("without rowid")) {
      stretches(from, to, name, new Key("rowid", false));
    } else {
      stretches(from, to, name, new Key(quoted(keyColumn(to, name)), true));
    }
  }

  private static String keyColumn(Connection to, String name) throws SQLException {
    try (Statement statement = to.createStatement();
        ResultSet row = statement.executeQuery("select * from " + name + " limit 0")) {
      return row.getMetaData().getColumnName(1);
    } catch (SQLException e) {
      throw blamed(e);
    }
  }

  private void stretches(Connection from, Connection to, String name, Key key) {
    Queue<Stretch> left = new PriorityQueue<>(Comparator.comparing(Stretch::width).reversed());
    left.add(new Stretch(key.least(), key.greatest()));
    BigInteger narrowest = BigInteger.ZERO;
    // Not more: each read of a damaged page fails again.
    for (int queries = 0; queries < QUERIES && !left.isEmpty(); queries += 2) {
      Stretch stretch = left.remove();
      Reading forwards = new Reading(from, to, name, key, "asc");
      if (forwards.read(stretch)) {
        continue;
      }
      complete = false;
      BigInteger first = forwards.isEmpty() ? stretch.from : forwards.last.add(BigInteger.ONE);
      if (first.compareTo(stretch.to) > 0) {
        continue;
      }
      Reading backwards = new Reading(from, to, name, key, "desc");
      if (backwards.read(new Stretch(first, stretch.to))) {
        continue;
      }
      BigInteger last = backwards.isEmpty() ? stretch.to : backwards.last.subtract(BigInteger.ONE);
      Stretch rest = new Stretch(first, last);
      if (!forwards.isEmpty() || !backwards.isEmpty()) {
        narrowest = narrowest.signum() == 0 ? rest.width().shiftRight(NARROWEST) : narrowest;
      }
      if (rest.width().compareTo(narrowest) > 0) {
        BigInteger middle = first.add(rest.width().shiftRight(1));
        left.add(new Stretch(first, middle));
        left.add(new Stretch(middle.add(BigInteger.ONE), last));
      }
    }
  }

  /** Reads and copies a stretch in one direction, to its end or to the damage. */
  private final class Reading {
    private final Connection from;
    private final Connection to;
    private final String name;
    private final Key key;
    private final String query;
    private BigInteger last = BigInteger.valueOf(-1);

    Reading(Connection from, Connection to, String name, Key key, String order) {
      this.from = from;
      this.to = to;
      this.name = name;
      this.key = key;
      this.query =
          "select %1$s, * from %2$s%4$s where %1$s between ? and ? order by %1$s %3$s"
              .formatted(key.column, name, order, key.isBytes ? "" : " not indexed");
    }

    boolean isEmpty() {
      return last.signum() < 0;
    }

    /** False if it came to damage. */
    boolean read(Stretch stretch) {
      try (PreparedStatement select = from.prepareStatement(query)) {
        key.bind(select, 1, stretch.from);
        key.bind(select, 2, stretch.to);
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            BigInteger at = key.read(row);
            insert(to, name, row);
            last = at;
          }
        }
        return true;
      } catch (SQLException e) {
        if (!SqliteErrors.isUnreadable(e)) {
          throw new TargetFailed(e);
        }
        return false;
      }
    }
  }

  private void insert(Connection to, String name, ResultSet row) throws SQLException {
    int columns = row.getMetaData().getColumnCount() - 1;
    Object[] values = new Object[columns];
    for (int i = 0; i < columns; i++) {
      values[i] = row.getObject(2 + i);
    }
    try {
      PreparedStatement insert = inserts.get(name);
      if (insert == null) {
        String places = String.join(", ", Collections.nCopies(columns, "?"));
        insert = to.prepareStatement("insert or ignore into " + name + " values (" + places + ")");
        inserts.put(name, insert);
      }
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
