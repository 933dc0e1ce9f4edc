package io.cattleguard.sensor.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/** One connection to a store, with its prepared statements. */
public final class Session {
  private final Connection connection;
  private final Map<String, PreparedStatement> statements = new HashMap<>();

  Session(Connection connection) {
    this.connection = connection;
  }

  /** Returns the statement of that text; it is prepared once per connection. */
  public PreparedStatement prepared(String statement) throws SQLException {
    PreparedStatement known = statements.get(statement);
    if (known == null) {
      known = connection.prepareStatement(statement);
      statements.put(statement, known);
    }
    return known;
  }

  /** Executes a statement that is not used again. */
  void execute(String text) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(text);
    }
  }

  /**
   * Ends the transaction and begins the next one, as the driver does, but with statements that are
   * prepared once. The driver prepares them each time.
   */
  void commit() throws SQLException {
    prepared("commit").execute();
    prepared("begin").execute();
  }

  void rollBack() throws SQLException {
    prepared("rollback").execute();
    prepared("begin").execute();
  }

  void close() throws SQLException {
    connection.close();
  }
}
