package io.cattleguard.app.state;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.sensor.store.CountFile;
import io.cattleguard.sensor.store.Salvaged;
import io.cattleguard.sensor.store.Session;
import io.cattleguard.sensor.store.SqliteErrors;
import io.cattleguard.sensor.store.SqliteStore;
import io.cattleguard.sensor.store.StoreInUse;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The state of a server, in one SQLite file with a write-ahead log. One process can open it at a
 * time.
 *
 * <p>A commit is written to the operating system, so a killed process loses no commit. A power loss
 * may lose the latest commits; {@link #flush} makes all earlier ones safe from that too.
 */
public final class StateFile implements AutoCloseable {
  private static final String NAME = "state.db";

  /** Pages of the log at which a commit runs a checkpoint itself; normally a timer does. */
  private static final int LOG_PAGES = 16_384;

  /** Maximum size of the file, so that it does not fill a disk that other programs use. */
  private static final long LIMIT_BYTES = 4L << 30;

  private final Path directory;
  private final SqliteStore store;
  private final List<Salvaged> salvaged = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final List<Runnable> afterCommit = new ArrayList<>();

  @GuardedBy("lock")
  private Optional<Session> current = Optional.empty();

  /** How many rows all tables have, and by how many the current transaction changes that. */
  @GuardedBy("lock")
  private long rows;

  @GuardedBy("lock")
  private long change;

  private final CountFile count;
  private volatile boolean uncounted = true;
  private final AtomicLong lost = new AtomicLong();

  private volatile Optional<Unavailable> lastOutage = Optional.empty();

  private volatile FileChannel log;

  /** Executes a prepared statement. */
  @FunctionalInterface
  public interface Sql<T> {
    public T run(PreparedStatement statement) throws SQLException;
  }

  private StateFile(Path directory, long limitBytes) throws SQLException, IOException {
    this.directory = directory;
    this.store =
        SqliteStore.open(
            directory,
            new SqliteStore.Settings(NAME, false, 4_000, 16 << 20, LOG_PAGES, limitBytes),
            this::salvaged);
    this.count = CountFile.open(directory, NAME + ".count");
    try {
      store.create("create table if not exists format (version integer)");
      this.log = openLog();
      lock.lock();
      try {
        rows = count.before(!salvaged.isEmpty()).orElse(0L);
        store.onOpened(this::opened);
      } finally {
        lock.unlock();
      }
      try (FileChannel folder = FileChannel.open(directory, StandardOpenOption.READ)) {
        folder.force(true);
      }
    } catch (SQLException | IOException e) {
      count.close();
      store.close();
      throw e;
    }
  }

  private void salvaged(Salvaged from) {
    salvaged.add(from);
    uncounted = true;
  }

  /** Called only in a transaction or at the start, so the lock is held. */
  @SuppressWarnings("GuardedBy")
  private void opened(Session session) throws SQLException {
    reopenLog();
    if (!uncounted) {
      return;
    }
    long found = 0;
    List<String> tables = new ArrayList<>();
    try (ResultSet names =
        session.prepared("select name from sqlite_schema where type = 'table'").executeQuery()) {
      while (names.next()) {
        tables.add(names.getString(1));
      }
    }
    for (String table : tables) {
      try (ResultSet row =
          session.prepared("select count(*) from \"" + table + '"').executeQuery()) {
        found += row.getLong(1);
      }
    }
    lost.addAndGet(Math.max(0, rows - found));
    rows = found;
    count.write(rows);
    uncounted = false;
  }

  /** How many rows were lost to damage, since the start or before it. */
  public long lost() {
    return lost.get();
  }

  /**
   * Opens the file in a directory, and creates both if necessary. From a damaged file the readable
   * rows are kept; the file itself is renamed.
   *
   * @throws UsageError if another process has it open, or it cannot be used
   */
  public static StateFile open(Path directory) {
    return open(directory, LIMIT_BYTES);
  }

  /** Opens a file with a maximum size; at that size it behaves like a full disk. */
  public static StateFile open(Path directory, long limitBytes) {
    try {
      return new StateFile(directory, limitBytes);
    } catch (StoreInUse e) {
      throw new UsageError(
          "--data "
              + directory
              + " is in use by another cattleguard; stop that process, or set another folder");
    } catch (SQLException | IOException e) {
      throw unusable(directory, e);
    }
  }

  private static UsageError unusable(Path directory, Exception e) {
    return new UsageError("--data " + directory + " cannot be used: " + SqliteErrors.reason(e));
  }

  private FileChannel openLog() throws IOException {
    return FileChannel.open(directory.resolve(NAME + "-wal"), StandardOpenOption.WRITE);
  }

  /** Closing the last connection deletes the log file, so a new connection may have a new one. */
  private void reopenLog() throws SQLException {
    try {
      FileChannel before = log;
      log = openLog();
      before.close();
    } catch (IOException e) {
      throw new SQLException(String.valueOf(e.getMessage()), e);
    }
  }

  /** What could be read from the file, for each time that it was damaged. */
  public List<Salvaged> salvaged() {
    return List.copyOf(salvaged);
  }

  /** Runs a statement that creates a table if it does not exist. */
  void create(String statement) {
    try {
      store.create(statement);
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  /**
   * Runs work in a transaction. A nested call on the same thread becomes part of the outer
   * transaction.
   *
   * @throws Unavailable if the transaction was rolled back
   */
  public <T> T transaction(Supplier<T> work) {
    List<Runnable> next;
    T result;
    lock.lock();
    try {
      if (current.isPresent()) {
        return work.get();
      }
      result = outermost(work);
      next = List.copyOf(afterCommit);
      afterCommit.clear();
    } finally {
      lock.unlock();
    }
    next.forEach(Runnable::run);
    return result;
  }

  @GuardedBy("lock")
  @SuppressWarnings("GuardedBy") // the store runs the work in this thread
  private <T> T outermost(Supplier<T> work) {
    afterCommit.clear();
    change = 0;
    boolean done = false;
    try {
      T result =
          store.write(
              session -> {
                current = Optional.of(session);
                T made = work.get();
                if (change < 0) {
                  // A kill right after the commit must not look like a loss.
                  count.write(rows + change);
                }
                return made;
              });
      done = true;
      rows += change;
      return result;
    } catch (SQLException e) {
      throw failed(e);
    } finally {
      current = Optional.empty();
      if (change != 0) {
        count.write(rows);
        change = 0;
      }
      if (!done) {
        afterCommit.clear();
      }
    }
  }

  /** Runs an action after the current transaction is committed; never if it is rolled back. */
  public void afterCommit(Runnable then) {
    lock.lock();
    try {
      if (current.isPresent()) {
        afterCommit.add(then);
        return;
      }
    } finally {
      lock.unlock();
    }
    then.run();
  }

  /** Runs a statement in the current transaction, or else in one of its own. */
  public <T> T run(String statement, Sql<T> sql) {
    lock.lock();
    try {
      return current.isEmpty()
          ? outermost(() -> run(statement, sql))
          : counted(statement, sql.run(current.get().prepared(statement)));
    } catch (SQLException e) {
      throw failed(e);
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private <T> T counted(String statement, T result) {
    if (result instanceof Integer number && statement.startsWith("insert")) {
      change += number;
    } else if (result instanceof Integer number && statement.startsWith("delete")) {
      change -= number;
    }
    return result;
  }

  /** The last failure that was caused by the disk rather than by the statement. */
  public Optional<Unavailable> lastOutage() {
    return lastOutage;
  }

  private Unavailable failed(SQLException e) {
    store.failed(e);
    Unavailable unavailable = unavailable(e);
    if (!SqliteErrors.isAboutValues(e)) {
      lastOutage = Optional.of(unavailable);
    }
    return unavailable;
  }

  private Unavailable unavailable(Exception e) {
    return new Unavailable("the state in " + directory + ": " + SqliteErrors.reason(e), e);
  }

  /**
   * Returns when all earlier commits are on the device. It flushes the log file directly, so other
   * threads can commit meanwhile.
   */
  public void flush() {
    try {
      log.force(false);
    } catch (IOException e) {
      throw unavailable(e);
    }
  }

  /** Reads on a connection of its own, so that writers do not wait. */
  <T> T look(String statement, Sql<T> sql) {
    try {
      return store.look(statement, sql::run);
    } catch (SQLException e) {
      throw unavailable(e);
    }
  }

  /** Runs a passive checkpoint, which moves the log into the file without blocking. */
  public void checkpoint() {
    look("pragma wal_checkpoint(passive)", PreparedStatement::execute);
  }

  @Override
  public void close() {
    try {
      store.close();
      count.close();
      log.close();
    } catch (SQLException | IOException e) {
      throw unavailable(e);
    }
  }
}
