package io.cattleguard.sensor;

import io.cattleguard.events.Severity;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The alerts that were taken in and not yet sent on, in one SQLite file with a write-ahead log.
 *
 * <p>A row's id begins with its severity, so the most severe leave first, and when the spool is
 * full the least severe are shed first, the oldest of them before the others. Writes are for one
 * thread ({@link GroupCommit}), reads for one other.
 */
public final class Spool implements AutoCloseable {
  private static final int LANE_SHIFT = 56;
  private static final int SHED_AT_ONCE = 256;
  private static final int PARKED = 1_000;
  static final String ROUND = "round";
  static final List<Severity> LANES = List.of(Severity.values());

  private final FileChannel lockFile;
  private final Connection writer;
  private final SpoolReader reader;
  private final PreparedStatement insert;
  private final PreparedStatement deleteStretch;
  private final PreparedStatement setMark;
  private final long limitBytes;

  private long nextSequence;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong alerts = new AtomicLong();

  /** When an acknowledged alert is safe. */
  public enum Sync {
    /** Flushed to the device at each commit: a power loss takes nothing that was acknowledged. */
    COMMIT,
    /** Handed to the operating system: a killed process loses nothing, a power loss may. */
    OS
  }

  private Spool(FileChannel lockFile, Path file, long limitBytes, Sync sync, Instant now)
      throws SQLException {
    this.lockFile = lockFile;
    this.limitBytes = limitBytes;
    this.writer = connect(file, sync);
    create();
    this.reader = new SpoolReader(connect(file, Sync.OS));
    this.insert =
        writer.prepareStatement(
            "insert into alert (id, size, fold_key, observed, received, event)"
                + " values (?, ?, ?, ?, ?, ?)");
    this.deleteStretch = writer.prepareStatement("delete from alert where id between ? and ?");
    this.setMark =
        writer.prepareStatement("insert or replace into mark (name, value) values (?, ?)");
    long last = count();
    // Never again a number that a round of before may have covered.
    this.nextSequence =
        Math.max(
            last + 1,
            TimeUnit.SECONDS.toMicros(now.getEpochSecond())
                + TimeUnit.NANOSECONDS.toMicros(now.getNano()));
  }

  /**
   * Opens the spool in a directory, which is made where there is none. What is broken beyond
   * reading is moved aside, to {@code spool.db.broken}, and the spool starts empty.
   *
   * @param limitBytes how many bytes of alerts may wait; the file grows to about a fifth more
   * @throws SpoolUnavailable where the directory cannot be used, or another process uses it
   */
  public static Spool open(Path directory, long limitBytes, Sync sync, Instant now) {
    Path file = directory.resolve("spool.db");
    FileChannel lockFile = lock(directory);
    try {
      return new Spool(lockFile, file, limitBytes, sync, now);
    } catch (SQLException e) {
      if (!isBroken(e)) {
        close(lockFile);
        throw unavailable("spool " + directory + " cannot be opened", e);
      }
    }
    try {
      setAside(file);
      return new Spool(lockFile, file, limitBytes, sync, now);
    } catch (SQLException | IOException e) {
      close(lockFile);
      throw new SpoolUnavailable("spool " + directory + " cannot be opened: " + e.getMessage(), e);
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
      throw new SpoolUnavailable("spool " + directory + " cannot be written: " + e, e);
    }
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return channel;
      }
    } catch (IOException | OverlappingFileLockException e) {
      close(channel);
      throw new SpoolUnavailable("spool " + directory + " cannot be locked: " + e, e);
    }
    close(channel);
    throw new SpoolUnavailable(
        "spool " + directory + " is in use by another process; give each its own directory");
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new SpoolUnavailable("the spool's lock cannot be given back: " + e, e);
    }
  }

  private static void setAside(Path file) throws IOException {
    for (String suffix : List.of("", "-wal", "-shm")) {
      Path part = file.resolveSibling(file.getFileName() + suffix);
      if (Files.exists(part)) {
        Files.move(
            part,
            file.resolveSibling(file.getFileName() + ".broken" + suffix),
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static boolean isBroken(SQLException e) {
    return e instanceof SQLiteException sqlite
        && (sqlite.getResultCode() == SQLiteErrorCode.SQLITE_CORRUPT
            || sqlite.getResultCode() == SQLiteErrorCode.SQLITE_NOTADB);
  }

  private static Connection connect(Path file, Sync sync) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(
        sync == Sync.COMMIT
            ? SQLiteConfig.SynchronousMode.FULL
            : SQLiteConfig.SynchronousMode.NORMAL);
    config.setCacheSize(-2_000);
    config.setBusyTimeout(5_000);
    config.setJournalSizeLimit(8 << 20);
    Connection connection = config.createConnection("jdbc:sqlite:" + file.toAbsolutePath());
    connection.setAutoCommit(false);
    return connection;
  }

  private void create() throws SQLException {
    try (Statement statement = writer.createStatement()) {
      statement.execute(
          "create table if not exists alert (id integer primary key, size integer, fold_key text,"
              + " observed integer, received integer, event blob)");
      statement.execute(
          "create table if not exists undeliverable (id integer primary key, reason text,"
              + " event blob)");
      statement.execute("create table if not exists mark (name text primary key, value text)");
    }
    writer.commit();
  }

  /** Counts what waits; returns the highest number in any lane. */
  private long count() throws SQLException {
    long highest = 0;
    try (Statement statement = writer.createStatement()) {
      try (ResultSet sum = statement.executeQuery("select count(*), sum(size) from alert")) {
        alerts.set(sum.getLong(1));
        bytes.set(sum.getLong(2));
      }
      for (Severity lane : LANES) {
        try (ResultSet max =
            statement.executeQuery(
                "select max(id) from alert where id between "
                    + first(lane)
                    + " and "
                    + last(lane))) {
          highest = Math.max(highest, max.getLong(1) & ((1L << LANE_SHIFT) - 1));
        }
      }
    }
    writer.commit();
    return highest;
  }

  /** How many alerts wait. */
  public long alerts() {
    return alerts.get();
  }

  /** How many bytes of alerts wait. */
  public long bytes() {
    return bytes.get();
  }

  /** How many bytes may wait. */
  public long limitBytes() {
    return limitBytes;
  }

  /** Work on the spool that is committed with others', or not at all. */
  public interface Change {
    /** Makes it. */
    void make(Spool spool) throws SQLException;
  }

  /**
   * Makes changes in one transaction, sheds what is beyond the bound, and returns what it shed.
   *
   * @throws SpoolUnavailable where that failed; then nothing was changed
   */
  Map<Severity, Long> commit(List<Change> changes) {
    long alertsBefore = alerts.get();
    long bytesBefore = bytes.get();
    try {
      for (Change change : changes) {
        change.make(this);
      }
      Map<Severity, Long> shed = shed();
      writer.commit();
      return shed;
    } catch (SQLException e) {
      alerts.set(alertsBefore);
      bytes.set(bytesBefore);
      rollBack(e);
      throw unavailable("the spool cannot be written", e);
    }
  }

  private void rollBack(SQLException cause) {
    try {
      writer.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  void append(List<Observation> observations) throws SQLException {
    for (Observation observation : observations) {
      append(observation);
    }
  }

  private void append(Observation observation) throws SQLException {
    byte[] event = observation.text().getBytes(StandardCharsets.UTF_8);
    insert.setLong(1, first(observation.severity()) | nextSequence++);
    insert.setInt(2, event.length);
    insert.setString(3, observation.foldKey());
    insert.setLong(4, nanos(observation.observedAt()));
    insert.setLong(5, observation.receivedAt().toEpochMilli());
    insert.setBytes(6, event);
    insert.executeUpdate();
    alerts.incrementAndGet();
    bytes.addAndGet(event.length);
  }

  /** Remembers a value under a name, in the same transaction as what else is changed. */
  void mark(String name, String value) throws SQLException {
    setMark.setString(1, name);
    setMark.setString(2, value);
    setMark.executeUpdate();
  }

  /** What was remembered under a name. */
  Optional<String> marked(String name) {
    return reader.marked(name);
  }

  /** Remembers which stretches are on their way, so that a crash makes the same round again. */
  public void begin(Round round) throws SQLException {
    mark(ROUND, round.write());
  }

  /** Removes what has arrived. */
  public void finish(Round round) throws SQLException {
    for (Round.Stretch stretch : round.stretches()) {
      try (PreparedStatement sum =
          writer.prepareStatement(
              "select count(*), sum(size) from alert where id between ? and ?")) {
        sum.setLong(1, stretch.from());
        sum.setLong(2, stretch.to());
        try (ResultSet row = sum.executeQuery()) {
          alerts.addAndGet(-row.getLong(1));
          bytes.addAndGet(-row.getLong(2));
        }
      }
      deleteStretch.setLong(1, stretch.from());
      deleteStretch.setLong(2, stretch.to());
      deleteStretch.executeUpdate();
    }
    mark(ROUND, "");
  }

  /** Keeps an event that the bus will never take, the last {@value #PARKED} of them. */
  void park(String event, String reason) throws SQLException {
    try (PreparedStatement keep =
            writer.prepareStatement("insert into undeliverable (reason, event) values (?, ?)");
        PreparedStatement forget =
            writer.prepareStatement(
                "delete from undeliverable where id <= (select max(id) from undeliverable) - ?")) {
      keep.setString(1, reason);
      keep.setBytes(2, event.getBytes(StandardCharsets.UTF_8));
      keep.executeUpdate();
      forget.setInt(1, PARKED);
      forget.executeUpdate();
    }
  }

  /** Makes room: the least severe first, the oldest of them before the others. */
  private Map<Severity, Long> shed() throws SQLException {
    Map<Severity, Long> shed = new EnumMap<>(Severity.class);
    while (bytes.get() > limitBytes) {
      long upTo = -1;
      long freed = 0;
      try (Statement statement = writer.createStatement();
          ResultSet rows =
              statement.executeQuery(
                  "select id, size from alert order by id limit " + SHED_AT_ONCE)) {
        while (bytes.get() - freed > limitBytes && rows.next()) {
          upTo = rows.getLong(1);
          freed += rows.getLong(2);
          shed.merge(lane(upTo), 1L, Long::sum);
          alerts.decrementAndGet();
        }
      }
      if (upTo < 0) {
        break;
      }
      bytes.addAndGet(-freed);
      deleteStretch.setLong(1, 0);
      deleteStretch.setLong(2, upTo);
      deleteStretch.executeUpdate();
    }
    return shed;
  }

  /**
   * The next alerts: those of a round that a crash interrupted, else what waits, the most severe
   * first, repeats folded into the first of them.
   *
   * @param atLeast the least severity that is wanted
   * @param maxBytes of text, about
   */
  public Round next(Severity atLeast, long maxBytes) {
    return reader.next(atLeast, maxBytes);
  }

  /** When the alert that waits longest was received. */
  public Optional<Instant> oldest() {
    return reader.oldest();
  }

  static Severity lane(long id) {
    return LANES.get((int) (id >> LANE_SHIFT));
  }

  static long first(Severity lane) {
    return (long) (lane.ocsfId() - 1) << LANE_SHIFT;
  }

  static long last(Severity lane) {
    return ((long) lane.ocsfId() << LANE_SHIFT) - 1;
  }

  /** Nanoseconds since 1970, held within what 64 bits can say: 1677 to 2262. */
  private static long nanos(Instant instant) {
    long seconds = Math.clamp(instant.getEpochSecond(), -9_000_000_000L, 9_000_000_000L);
    return TimeUnit.SECONDS.toNanos(seconds) + instant.getNano();
  }

  static SpoolUnavailable unavailable(String what, SQLException e) {
    boolean full =
        e instanceof SQLiteException sqlite
            && sqlite.getResultCode() == SQLiteErrorCode.SQLITE_FULL;
    return new SpoolUnavailable(
        what + ": " + (full ? "the disk is full; make room on it" : e.getMessage()), e);
  }

  @Override
  public void close() {
    try {
      reader.close();
      writer.close();
      lockFile.close();
    } catch (SQLException | IOException e) {
      throw new SpoolUnavailable("the spool cannot be closed: " + e.getMessage(), e);
    }
  }
}
