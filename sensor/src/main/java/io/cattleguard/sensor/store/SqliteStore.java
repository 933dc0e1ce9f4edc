package io.cattleguard.sensor.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * One SQLite file with a write-ahead log, which one process uses at a time.
 *
 * <p>The store heals itself. After an error the next call opens a new connection, because SQLite
 * may have ended the transaction and the driver does not know it. A damaged file is set aside, and
 * its readable rows are copied to a new file. One thread writes at a time; another one reads
 * meanwhile through a connection of its own.
 */
public final class SqliteStore implements AutoCloseable {
  /** No value is longer; a longer one that is read is damaged, and memory could not hold it. */
  public static final int VALUE_BYTES = 16 << 20;

  private static final long LONGEST_SALVAGE_PAUSE_NANOS = 5_000_000_000L;

  private final Path directory;
  private final StoreLock lock;
  private final SqliteConnections connections;
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

  @GuardedBy("writing")
  private long nextSalvageNanos = System.nanoTime();

  private volatile boolean writerBroken;
  private volatile boolean readerBroken;
  private volatile boolean damaged;

  /**
   * The settings of a store.
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
    /** Runs the work. */
    T run(Session session) throws SQLException;
  }

  /** Is called with a new connection for writing, before its first transaction. */
  @FunctionalInterface
  public interface Opened {
    /** Reads the state that it needs; the content of the file may have changed. */
    void opened(Session session) throws SQLException;
  }

  private SqliteStore(
      Path directory, Settings settings, StoreLock lock, Consumer<Salvaged> salvaged, Runnable step)
      throws SQLException, IOException {
    this.directory = directory;
    this.lock = lock;
    this.salvaged = salvaged;
    this.connections = new SqliteConnections(directory, settings);
    this.files = new DamagedFile(directory, settings.file, step);
    files.finishSalvage().ifPresent(salvaged);
    Session first = firstConnection();
    try {
      this.writer = first;
      this.reader = new Session(connections.open());
    } catch (SQLException e) {
      first.close();
      throw e;
    }
  }

  private Session firstConnection() throws SQLException, IOException {
    try {
      if (files.isGone()) {
        throw DamagedFile.damage("the file is empty or missing");
      }
      return connections.checked();
    } catch (SQLException e) {
      if (!SqliteErrors.isDamage(e)) {
        throw e;
      }
      salvaged.accept(files.salvage(List.of()));
      return connections.checked();
    }
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
    return open(directory, settings, salvaged, () -> {});
  }

  /** Opens a store whose salvage calls back between its steps. */
  static SqliteStore open(
      Path directory, Settings settings, Consumer<Salvaged> salvaged, Runnable step)
      throws IOException, SQLException {
    Files.createDirectories(directory);
    StoreLock lock = StoreLock.take(directory);
    boolean opened = false;
    try {
      SqliteLibrary.load(directory);
      SqliteStore store = new SqliteStore(directory, settings, lock, salvaged, step);
      opened = true;
      return store;
    } finally {
      if (!opened) {
        lock.close();
      }
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
      // Reading the file releases SQLite's locks on it; closing this connection takes them again.
      try (Connection connection = connections.open()) {
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

  /** Reports that a read value is impossible; the next call salvages the file. */
  public SQLException damaged(String what) {
    SQLException e = DamagedFile.damage(what);
    failed(e);
    return e;
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
    boolean done = false;
    try {
      T result = work.run(reader);
      reader.rollBack();
      done = true;
      return result;
    } catch (SQLException e) {
      noteDamage(e);
      damaged |= SqliteErrors.isTooLong(e);
      throw e;
    } catch (RuntimeException e) {
      reader.rollBack();
      done = true;
      throw e;
    } finally {
      readerBroken |= !done;
      reading.unlock();
    }
  }

  /** Runs work on a connection of its own and outside a transaction, for long or rare work. */
  public <T> T look(String statement, SqlLook<T> look) throws SQLException {
    try (Connection connection = connections.open()) {
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
    /** Executes the statement. */
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
      writer = new Session(connections.open());
      for (String statement : schema) {
        writer.execute(statement);
      }
      writer.commit();
      if (readerBroken) {
        reader = new Session(connections.open());
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
    long began = System.nanoTime();
    if (began - nextSalvageNanos < 0) {
      throw DamagedFile.damage("the file is damaged; the salvage is retried shortly");
    }
    try {
      salvaged.accept(files.salvage(schema));
      damaged = false;
    } catch (IOException e) {
      throw new SQLException(String.valueOf(e.getMessage()), e);
    } finally {
      // Salvaging a file again and again would use a whole CPU.
      long now = System.nanoTime();
      nextSalvageNanos = now + Math.min(now - began, LONGEST_SALVAGE_PAUSE_NANOS);
    }
  }

  private static void closeQuietly(Session session) {
    try {
      session.close();
    } catch (SQLException e) {
      // The connection is closed in any case.
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
        closeQuietly(reader);
        try {
          writer.close();
        } finally {
          lock.close();
        }
      }
    } finally {
      reading.unlock();
      writing.unlock();
    }
  }
}
