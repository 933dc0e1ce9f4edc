package io.cattleguard.sensor.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.sqlite.SQLiteConfig;

/** Opens connections to the file of a store. */
final class SqliteConnections {
  private static final int PAGE_BYTES = 4_096;

  private final Path directory;
  private final SqliteStore.Settings settings;

  SqliteConnections(Path directory, SqliteStore.Settings settings) {
    this.directory = directory;
    this.settings = settings;
  }

  Connection open() throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(
        settings.flushed()
            ? SQLiteConfig.SynchronousMode.FULL
            : SQLiteConfig.SynchronousMode.NORMAL);
    config.setPageSize(PAGE_BYTES);
    config.setCacheSize(-settings.cacheKilobytes());
    config.setBusyTimeout(5_000);
    config.setJournalSizeLimit(settings.logBytes());
    config.setPragma(SQLiteConfig.Pragma.TEMP_STORE, "MEMORY");
    // Otherwise the driver runs a query after each statement, for a generated key that is not used.
    config.setGetGeneratedKeys(false);
    config.setPragma(SQLiteConfig.Pragma.LIMIT_LENGTH, String.valueOf(SqliteStore.VALUE_BYTES));
    Path file = directory.resolve(settings.file()).toAbsolutePath();
    Connection connection = config.createConnection("jdbc:sqlite:" + file);
    try {
      try (Statement statement = connection.createStatement()) {
        statement.execute("pragma wal_autocheckpoint = " + settings.logPages());
        statement.execute("pragma max_page_count = " + settings.limitBytes() / PAGE_BYTES);
      }
      // After the statements are closed: a transaction begun among them would read for ever.
      connection.setAutoCommit(false);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** Opens a connection after checking each page of the file. */
  Session checked() throws SQLException {
    Connection connection = open();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("pragma quick_check(1)")) {
      if (!result.next() || !"ok".equals(result.getString(1))) {
        throw DamagedFile.damage(String.valueOf(result.getString(1)));
      }
      connection.commit();
      return new Session(connection);
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }
}
