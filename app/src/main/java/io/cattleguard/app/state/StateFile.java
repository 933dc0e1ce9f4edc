package io.cattleguard.app.state;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.port.Unavailable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

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

  private static final int PAGE_BYTES = 4_096;

  /** Maximum size of the file, so that it does not fill a disk that other programs use. */
  private static final long LIMIT_BYTES = 4L << 30;

  private final Path directory;
  private final long limitBytes;
  private final FileChannel lockFile;
  private final boolean wasReplaced;
  private final List<String> schema = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<String, PreparedStatement> statements = new HashMap<>();

  @GuardedBy("lock")
  private final List<Runnable> afterCommit = new ArrayList<>();

  @GuardedBy("lock")
  private Connection writer;

  @GuardedBy("lock")
  private int depth;

  @GuardedBy("lock")
  private boolean broken;

  private volatile Optional<Unavailable> lastOutage = Optional.empty();

  private volatile FileChannel log;

  @GuardedBy("lock")
  private boolean closed;

  /** Executes a prepared statement. */
  @FunctionalInterface
  public interface Sql<T> {
    public T run(PreparedStatement statement) throws SQLException;
  }

  private StateFile(Path directory, FileChannel lockFile, boolean wasReplaced, long limitBytes)
      throws SQLException, IOException {
    this.directory = directory;
    this.lockFile = lockFile;
    this.wasReplaced = wasReplaced;
    this.limitBytes = limitBytes;
    this.writer = writer();
    try {
      try (Statement check = writer.createStatement()) {
        check.execute("create table if not exists format (version integer)");
        check.executeQuery("select count(*) from sqlite_schema").close();
      }
      writer.commit();
      this.log = openLog();
      try (FileChannel folder = FileChannel.open(directory, StandardOpenOption.READ)) {
        folder.force(true);
      }
    } catch (SQLException | IOException e) {
      writer.close();
      throw e;
    }
  }

  /**
   * Opens the file in a directory, and creates both if necessary. A damaged file is renamed, and a
   * new one is created.
   *
   * @throws UsageError if another process has it open, or it cannot be used
   */
  public static StateFile open(Path directory) {
    return open(directory, LIMIT_BYTES);
  }

  /** Opens a file with a maximum size; at that size it behaves like a full disk. */
  public static StateFile open(Path directory, long limitBytes) {
    FileChannel lockFile = lock(directory);
    try {
      return new StateFile(directory, lockFile, false, limitBytes);
    } catch (SQLException | IOException e) {
      if (!(e instanceof SQLException sql && isDamaged(sql))) {
        release(lockFile);
        throw unusable(directory, e);
      }
    }
    try {
      setAside(directory);
      return new StateFile(directory, lockFile, true, limitBytes);
    } catch (SQLException | IOException e) {
      release(lockFile);
      throw unusable(directory, e);
    }
  }

  private static FileChannel lock(Path directory) {
    FileChannel channel;
    try {
      Files.createDirectories(directory);
      channel =
          FileChannel.open(
              directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw unusable(directory, e);
    }
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // This process has it open already, which is the same error.
    } catch (IOException e) {
      release(channel);
      throw unusable(directory, e);
    }
    release(channel);
    throw new UsageError(
        "--data "
            + directory
            + " is in use by another cattleguard; stop that process, or set another folder");
  }

  private static void release(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // The lock ends with the process.
      return;
    }
  }

  private static UsageError unusable(Path directory, Exception e) {
    return new UsageError("--data " + directory + " cannot be used: " + reason(e));
  }

  private static void setAside(Path directory) throws IOException {
    for (String suffix : List.of("", "-wal", "-shm")) {
      Path part = directory.resolve(NAME + suffix);
      if (Files.exists(part)) {
        Files.move(
            part,
            directory.resolve(NAME + ".broken" + suffix),
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static boolean isDamaged(SQLException e) {
    return e instanceof SQLiteException sqlite
        && (sqlite.getResultCode() == SQLiteErrorCode.SQLITE_CORRUPT
            || sqlite.getResultCode() == SQLiteErrorCode.SQLITE_NOTADB);
  }

  private Connection connect() throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
    config.setPageSize(PAGE_BYTES);
    config.setCacheSize(-4_000);
    config.setBusyTimeout(5_000);
    config.setJournalSizeLimit(16 << 20);
    config.setPragma(SQLiteConfig.Pragma.TEMP_STORE, "MEMORY");
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    Connection connection = config.createConnection("jdbc:sqlite:" + file("").toAbsolutePath());
    try (Statement statement = connection.createStatement()) {
      statement.execute("pragma wal_autocheckpoint = " + LOG_PAGES);
      statement.execute("pragma max_page_count = " + limitBytes / PAGE_BYTES);
    }
    return connection;
  }

  private Connection writer() throws SQLException {
    Connection connection = connect();
    connection.setAutoCommit(false);
    return connection;
  }

  private FileChannel openLog() throws IOException {
    return FileChannel.open(file("-wal"), StandardOpenOption.WRITE);
  }

  private Path file(String suffix) {
    return directory.resolve(NAME + suffix);
  }

  /** Whether the file was damaged and renamed, so that all earlier state is lost. */
  public boolean wasReplaced() {
    return wasReplaced;
  }

  /** Runs a statement that creates a table if it does not exist. */
  void create(String statement) {
    transaction(
        () -> {
          run(statement, PreparedStatement::execute);
          return true;
        });
    lock.lock();
    try {
      schema.add(statement);
    } finally {
      lock.unlock();
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
      if (depth > 0) {
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
  private <T> T outermost(Supplier<T> work) {
    depth = 1;
    afterCommit.clear();
    boolean done = false;
    try {
      reopenIfBroken();
      T result = work.get();
      writer.commit();
      done = true;
      return result;
    } catch (SQLException e) {
      throw failed(e);
    } finally {
      if (!done) {
        afterCommit.clear();
        rollBack();
      }
      depth = 0;
    }
  }

  @GuardedBy("lock")
  private void rollBack() {
    try {
      writer.rollback();
    } catch (SQLException e) {
      broken = true;
    }
  }

  @GuardedBy("lock")
  private void reopenIfBroken() {
    if (closed) {
      throw new Unavailable("the state in " + directory + " is closed");
    }
    if (!broken) {
      return;
    }
    try {
      statements.clear();
      writer.close();
      writer = writer();
      for (String statement : schema) {
        try (Statement create = writer.createStatement()) {
          create.execute(statement);
        }
      }
      writer.commit();
      // Closing the last connection deletes the log file, so open the new one.
      log.close();
      log = openLog();
      broken = false;
    } catch (SQLException | IOException e) {
      throw unavailable(e);
    }
  }

  /** Runs an action after the current transaction is committed; never if it is rolled back. */
  public void afterCommit(Runnable then) {
    lock.lock();
    try {
      if (depth > 0) {
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
      return depth == 0 ? outermost(() -> run(statement, sql)) : sql.run(prepared(statement));
    } catch (SQLException e) {
      throw failed(e);
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private PreparedStatement prepared(String statement) throws SQLException {
    PreparedStatement known = statements.get(statement);
    if (known == null) {
      known = writer.prepareStatement(statement);
      statements.put(statement, known);
    }
    return known;
  }

  /** The last failure that was caused by the disk rather than by the statement. */
  public Optional<Unavailable> lastOutage() {
    return lastOutage;
  }

  @GuardedBy("lock")
  private Unavailable failed(SQLException e) {
    broken = broken || !isPassing(e);
    Unavailable unavailable = unavailable(e);
    if (isOutage(e)) {
      lastOutage = Optional.of(unavailable);
    }
    return unavailable;
  }

  private static boolean isOutage(SQLException e) {
    return e instanceof SQLiteException sqlite
        && switch (SQLiteErrorCode.getErrorCode(sqlite.getResultCode().code & 0xff)) {
          case SQLITE_FULL, SQLITE_BUSY, SQLITE_IOERR, SQLITE_READONLY, SQLITE_CANTOPEN -> true;
          default -> false;
        };
  }

  /** Whether the connection is still usable after the error. */
  private static boolean isPassing(SQLException e) {
    return e instanceof SQLiteException sqlite
        && (sqlite.getResultCode() == SQLiteErrorCode.SQLITE_FULL
            || sqlite.getResultCode() == SQLiteErrorCode.SQLITE_BUSY);
  }

  private Unavailable unavailable(Exception e) {
    return new Unavailable("the state in " + directory + ": " + reason(e), e);
  }

  private static String reason(Exception e) {
    return e instanceof SQLiteException sqlite
            && sqlite.getResultCode() == SQLiteErrorCode.SQLITE_FULL
        ? "the disk is full; free space on it"
        : String.valueOf(e.getMessage());
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
    try (Connection reader = connect();
        PreparedStatement prepared = reader.prepareStatement(statement)) {
      return sql.run(prepared);
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
    lock.lock();
    try {
      closed = true;
      statements.clear();
      writer.close();
      log.close();
      lockFile.close();
    } catch (SQLException | IOException e) {
      throw unavailable(e);
    } finally {
      lock.unlock();
    }
  }
}
