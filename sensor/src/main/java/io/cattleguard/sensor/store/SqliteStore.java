package io.cattleguard.sensor.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.sqlite.SQLiteConfig;

/**
 * One SQLite file with a write-ahead log, which one process uses at a time.
 *
 * <p>The store heals itself. After an error the next call opens a new connection, because SQLite
 * may have ended the transaction and the driver does not know it. A damaged file is set aside, and
 * its readable rows are copied to a new file. One thread writes at a time; another one reads
 * meanwhile through a connection of its own.
 */
public final class SqliteStore implements AutoCloseable {
  private static final int PAGE_BYTES = 4_096;

  private final Path directory;
  private final Settings settings;
  private final FileChannel lockFile;
  private final DamagedFile files;
  private final Consumer<Salvaged> salvaged;
  private final ReentrantLock writing = new ReentrantLock();
  private final ReentrantLock reading = new ReentrantLock();

  @GuardedBy("writing")
  private final List<String> schema = new ArrayList<>();

  @GuardedBy("writing")
  private Session writer;

  @GuardedBy("reading")
  private Session reader;

  @GuardedBy("writing")
  private Opened opened = session -> {};

  @GuardedBy("writing")
  private boolean closed;

  private volatile boolean writerBroken;
  private volatile boolean readerBroken;
  private volatile boolean damaged;

  /**
   * How a store is kept.
   *
   * @param file the name of the file
   * @param flushed whether a commit is flushed to the device; otherwise a power loss may undo it
   * @param cacheKilobytes of each connection
   * @param logBytes what the log file shrinks to
   * @param logPages the log's pages at which a commit runs a checkpoint
   * @param limitBytes maximum size of the file; at that size it behaves like a full disk
   */
  public record Settings(
      String file,
      boolean flushed,
      int cacheKilobytes,
      int logBytes,
      int logPages,
      long limitBytes) {}

  /** Work on a connection, in a transaction. */
  @FunctionalInterface
  public interface Work<T> {
    /** Does it. */
    T run(Session session) throws SQLException;
  }

  /** Hears of a new connection for writing, before its first transaction. */
  @FunctionalInterface
  public interface Opened {
    /** Reads what it needs; what is in the file may differ from what it was before. */
    void opened(Session session) throws SQLException;
  }

  private SqliteStore(
      Path directory, Settings settings, FileChannel lockFile, Consumer<Salvaged> salvaged)
      throws SQLException, IOException {
    this.directory = directory;
    this.settings = settings;
    this.lockFile = lockFile;
    this.salvaged = salvaged;
    this.files = new DamagedFile(directory, settings.file);
    files.finishSalvage();
    Session first;
    try {
      first = checked();
    } catch (SQLException e) {
      if (!SqliteErrors.isDamage(e)) {
        throw e;
      }
      salvaged.accept(files.salvage());
      first = checked();
    }
    this.writer = first;
    this.reader = new Session(connect());
  }

  /**
   * Opens a store, and creates the directory and the file if necessary.
   *
   * @param salvaged receives what was read from a damaged file, now or later
   * @throws StoreInUse if it is open already
   * @throws IOException if the directory cannot be used
   * @throws SQLException if the file cannot be opened
   */
  public static SqliteStore open(Path directory, Settings settings, Consumer<Salvaged> salvaged)
      throws IOException, SQLException {
    Files.createDirectories(directory);
    FileChannel lockFile =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      lock(lockFile, directory);
      return new SqliteStore(directory, settings, lockFile, salvaged);
    } catch (IOException | SQLException | RuntimeException e) {
      lockFile.close();
      throw e;
    }
  }

  private static void lock(FileChannel lockFile, Path directory) throws IOException {
    try {
      if (lockFile.tryLock() != null) {
        return;
      }
    } catch (OverlappingFileLockException e) {
      // This process has it open, which is the same error.
    }
    throw new StoreInUse(directory + " is in use by another process");
  }

  /** Opens a connection after a look at each page of the file. */
  private Session checked() throws SQLException {
    Connection connection = connect();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("pragma quick_check(1)")) {
      if (!result.next() || !"ok".equals(result.getString(1))) {
        throw DamagedFile.damage(String.valueOf(result.getString(1)));
      }
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
    connection.commit();
    return new Session(connection);
  }

  private Connection connect() throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(
        settings.flushed ? SQLiteConfig.SynchronousMode.FULL : SQLiteConfig.SynchronousMode.NORMAL);
    config.setPageSize(PAGE_BYTES);
    config.setCacheSize(-settings.cacheKilobytes);
    config.setBusyTimeout(5_000);
    config.setJournalSizeLimit(settings.logBytes);
    config.setPragma(SQLiteConfig.Pragma.TEMP_STORE, "MEMORY");
    // Otherwise the driver runs a query after each statement, for a key that nobody asks for.
    config.setGetGeneratedKeys(false);
    Path file = directory.resolve(settings.file).toAbsolutePath();
    Connection connection = config.createConnection("jdbc:sqlite:" + file);
    try {
      try (Statement statement = connection.createStatement()) {
        statement.execute("pragma wal_autocheckpoint = " + settings.logPages);
        statement.execute("pragma max_page_count = " + settings.limitBytes / PAGE_BYTES);
      }
      // After the statements are closed: a transaction begun among them would read for ever.
      connection.setAutoCommit(false);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** Runs a statement that creates a table if it does not exist, now and in each new file. */
  public void create(String statement) throws SQLException {
    writing.lock();
    try {
      write(
          session -> {
            session.execute(statement);
            return true;
          });
      schema.add(statement);
      try (Connection connection = connect()) {
        connection.setAutoCommit(true);
        files.keepFirstPage(connection);
      }
    } finally {
      writing.unlock();
    }
  }

  /** Calls back for the present connection for writing, and for each one after it. */
  public void onOpened(Opened listener) throws SQLException {
    writing.lock();
    try {
      opened = listener;
      listener.opened(writer);
      writer.rollBack();
    } finally {
      writing.unlock();
    }
  }

  /**
   * Runs work in a transaction, which is committed, or rolled back if the work throws.
   *
   * @throws SQLException if it was rolled back; the next call has a working connection if one can
   *     be had
   */
  public <T> T write(Work<T> work) throws SQLException {
    writing.lock();
    try {
      heal();
      boolean done = false;
      try {
        T result = work.run(writer);
        writer.commit();
        done = true;
        return result;
      } catch (SQLException e) {
        writerBroken |= !SqliteErrors.isAboutValues(e);
        noteDamage(e);
        throw e;
      } finally {
        if (!done) {
          rollBack();
        }
      }
    } finally {
      writing.unlock();
    }
  }

  /** Says that an error was seen in a transaction whose work did not throw it as it was. */
  public void failed(SQLException e) {
    writerBroken |= !SqliteErrors.isAboutValues(e);
    noteDamage(e);
  }

  private void noteDamage(SQLException e) {
    damaged |= SqliteErrors.isDamage(e);
  }

  @GuardedBy("writing")
  private void rollBack() {
    try {
      writer.rollBack();
    } catch (SQLException e) {
      writerBroken = true;
    }
  }

  /** Runs work that only reads, on the connection for reading. */
  public <T> T read(Work<T> work) throws SQLException {
    if (damaged || readerBroken) {
      writing.lock();
      try {
        heal();
      } finally {
        writing.unlock();
      }
    }
    reading.lock();
    try {
      T result = work.run(reader);
      reader.rollBack();
      return result;
    } catch (SQLException e) {
      readerBroken = true;
      noteDamage(e);
      throw e;
    } catch (RuntimeException e) {
      reader.rollBack();
      throw e;
    } finally {
      reading.unlock();
    }
  }

  /** Runs work on a connection of its own and outside a transaction, for long or rare work. */
  public <T> T look(String statement, SqlLook<T> look) throws SQLException {
    try (Connection connection = connect()) {
      connection.setAutoCommit(true);
      try (PreparedStatement prepared = connection.prepareStatement(statement)) {
        return look.run(prepared);
      }
    } catch (SQLException e) {
      noteDamage(e);
      throw e;
    }
  }

  /** Executes a prepared statement. */
  @FunctionalInterface
  public interface SqlLook<T> {
    /** Executes it. */
    T run(PreparedStatement statement) throws SQLException;
  }

  @GuardedBy("writing")
  private void heal() throws SQLException {
    if (closed) {
      throw new SQLException(directory + " is closed");
    }
    if (!writerBroken && !readerBroken && !damaged) {
      return;
    }
    reading.lock();
    try {
      writerBroken = true;
      closeQuietly(writer);
      if (damaged || readerBroken) {
        // Otherwise the reader keeps the log file, so that a full disk does not prevent the
        // opening.
        readerBroken = true;
        closeQuietly(reader);
      }
      if (damaged) {
        salvageAtWork();
      }
      writer = new Session(connect());
      for (String statement : schema) {
        writer.execute(statement);
      }
      writer.commit();
      if (readerBroken) {
        reader = new Session(connect());
      }
      opened.opened(writer);
      writer.rollBack();
      readerBroken = false;
      writerBroken = false;
    } catch (SQLException e) {
      noteDamage(e);
      throw e;
    } finally {
      reading.unlock();
    }
  }

  @GuardedBy("writing")
  private void salvageAtWork() throws SQLException {
    try {
      salvaged.accept(files.salvage());
      damaged = false;
    } catch (IOException e) {
      throw new SQLException(String.valueOf(e.getMessage()), e);
    }
  }

  private static void closeQuietly(Session session) {
    try {
      session.close();
    } catch (SQLException e) {
      // The connection is given up in any case.
      return;
    }
  }

  @Override
  public void close() throws SQLException {
    writing.lock();
    reading.lock();
    try {
      if (!closed) {
        closed = true;
        reader.close();
        writer.close();
        lockFile.close();
      }
    } catch (IOException e) {
      throw new SQLException(String.valueOf(e.getMessage()), e);
    } finally {
      reading.unlock();
      writing.unlock();
    }
  }
}
