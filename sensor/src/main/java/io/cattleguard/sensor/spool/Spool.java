package io.cattleguard.sensor.spool;

import io.cattleguard.events.Severity;
import io.cattleguard.sensor.intake.Observation;
import java.io.IOException;
import java.nio.ByteBuffer;
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
import java.util.ArrayList;
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
 * The alerts that were received and not yet sent, in one SQLite file with a write-ahead log.
 *
 * <p>New alerts are appended to a log, one row per commit, and usually leave from there a moment
 * later. Alerts that wait longer are moved into lanes, one row per alert, whose ids start with the
 * severity. So the most severe alerts are sent first. When the spool is full, the least severe are
 * shed first, oldest first. One thread writes ({@link GroupCommit}); other threads read.
 */
public final class Spool implements AutoCloseable {
  private static final int LANE_SHIFT = 56;
  private static final int SHED_AT_ONCE = 256;
  private static final int CHUNK_BYTES = 1 << 20;

  /** What the log may hold before it is filed: a second's worth, and more. */
  private static final long LOG_BYTES = 8 << 20;

  private static final int FILED_AT_ONCE = 1 << 20;
  private static final int PARKED = 1_000;
  static final String ROUND = "round";
  private static final String SHED = "shed.";
  static final List<Severity> LANES = List.of(Severity.values());

  private final FileChannel lockFile;
  private final Connection writer;
  private final SpoolReader reader;
  private final PreparedStatement insert;
  private final PreparedStatement insertChunk;
  private final PreparedStatement deleteChunks;
  private final PreparedStatement deleteChunk;
  private final PreparedStatement oldestChunks;
  private final PreparedStatement deleteStretch;
  private final PreparedStatement setMark;
  private final long limitBytes;

  private final List<Observation> appended = new ArrayList<>();
  private final Map<Severity, Long> shedEver = new EnumMap<>(Severity.class);
  private final AtomicLong filed = new AtomicLong();
  private long nextSequence;
  private long logBytes;

  /** The log's rows up to here are on their way, and stay where they are until they arrive. */
  private long underWay;

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
    this.insertChunk =
        writer.prepareStatement("insert into log (id, alerts, size, events) values (?, ?, ?, ?)");
    this.deleteChunks = writer.prepareStatement("delete from log where id between ? and ?");
    this.deleteChunk = writer.prepareStatement("delete from log where id = ?");
    this.oldestChunks =
        writer.prepareStatement("select id, size, events from log where id > ? order by id");
    this.deleteStretch = writer.prepareStatement("delete from alert where id between ? and ?");
    this.setMark =
        writer.prepareStatement("insert or replace into mark (name, value) values (?, ?)");
    long last = count();
    for (Severity lane : LANES) {
      reader
          .marked(SHED + lane.jsonName())
          .ifPresent(before -> shedEver.put(lane, Long.valueOf(before)));
    }
    this.underWay =
        reader.marked(ROUND).filter(text -> !text.isEmpty()).stream()
            .flatMap(text -> Round.readStretches(text).stream())
            .filter(Spool::isOfLog)
            .mapToLong(Round.Stretch::to)
            .max()
            .orElse(0);
    // Never reuse an id that an earlier round may have covered.
    this.nextSequence =
        Math.max(
            last + 1,
            TimeUnit.SECONDS.toMicros(now.getEpochSecond())
                + TimeUnit.NANOSECONDS.toMicros(now.getNano()));
  }

  /**
   * Opens the spool in a directory, and creates the directory if it is missing. A file that is
   * damaged beyond reading is renamed to {@code spool.db.broken}, and the spool starts empty.
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
        "spool " + directory + " is in use by another process; use one directory per process");
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new SpoolUnavailable("cannot release the spool's lock: " + e, e);
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
          "create table if not exists log (id integer primary key, alerts integer, size integer,"
              + " events blob)");
      statement.execute(
          "create table if not exists undeliverable (id integer primary key, reason text,"
              + " event blob)");
      statement.execute("create table if not exists mark (name text primary key, value text)");
    }
    writer.commit();
  }

  /** Counts what waits; returns the highest number in the log and in any lane. */
  private long count() throws SQLException {
    long highest;
    try (Statement statement = writer.createStatement()) {
      try (ResultSet sum = statement.executeQuery("select count(*), sum(size) from alert")) {
        filed.set(sum.getLong(1));
        alerts.set(sum.getLong(1));
        bytes.set(sum.getLong(2));
      }
      try (ResultSet sum =
          statement.executeQuery("select sum(alerts), sum(size), max(id) from log")) {
        alerts.addAndGet(sum.getLong(1));
        logBytes = sum.getLong(2);
        bytes.addAndGet(logBytes);
        highest = sum.getLong(3);
      }
      for (Severity lane : LANES) {
        String max =
            "select max(id) from alert where id between " + first(lane) + " and " + last(lane);
        try (ResultSet row = statement.executeQuery(max)) {
          highest = Math.max(highest, row.getLong(1) & ((1L << LANE_SHIFT) - 1));
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

  /**
   * Alerts shed since the spool was created, by severity, as of the time it was opened. The counter
   * is stored in the same transaction as the alerts, so it survives a kill.
   */
  public Map<Severity, Long> shedBefore() {
    return Map.copyOf(shedEver);
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
   * Applies changes in one transaction, sheds alerts beyond the limit, and returns what it shed.
   *
   * @throws SpoolUnavailable where that failed; then nothing was changed
   */
  synchronized Map<Severity, Long> commit(List<Change> changes) {
    Balance before = balance();
    try {
      for (Change change : changes) {
        change.make(this);
      }
      writeChunks();
      Map<Severity, Long> shed = Map.of();
      if (bytes.get() > limitBytes) {
        file(Long.MAX_VALUE);
        shed = shed();
      } else if (logBytes > LOG_BYTES) {
        file(FILED_AT_ONCE);
      }
      for (Map.Entry<Severity, Long> lane : shed.entrySet()) {
        long ever = shedEver.getOrDefault(lane.getKey(), 0L) + lane.getValue();
        mark(SHED + lane.getKey().jsonName(), String.valueOf(ever));
      }
      writer.commit();
      shed.forEach((severity, count) -> shedEver.merge(severity, count, Long::sum));
      return shed;
    } catch (SQLException e) {
      restore(before);
      rollBack(e);
      throw unavailable("the spool cannot be written", e);
    } finally {
      appended.clear();
    }
  }

  /** What is counted in memory, to take back what was not committed. */
  private record Balance(long alerts, long filed, long bytes, long logBytes, long underWay) {}

  private Balance balance() {
    return new Balance(alerts.get(), filed.get(), bytes.get(), logBytes, underWay);
  }

  private void restore(Balance balance) {
    alerts.set(balance.alerts);
    filed.set(balance.filed);
    bytes.set(balance.bytes);
    logBytes = balance.logBytes;
    underWay = balance.underWay;
  }

  private void rollBack(SQLException cause) {
    try {
      writer.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  /** Keeps observations; what one commit appends shares a row. */
  void append(List<Observation> observations) {
    appended.addAll(observations);
  }

  private void writeChunks() throws SQLException {
    int from = 0;
    int length = 0;
    for (int i = 0; i < appended.size(); i++) {
      length += appended.get(i).text().length();
      if (length >= CHUNK_BYTES || i == appended.size() - 1) {
        writeChunk(appended.subList(from, i + 1));
        from = i + 1;
        length = 0;
      }
    }
  }

  private void writeChunk(List<Observation> observations) throws SQLException {
    byte[] chunk = Chunk.write(observations);
    int size = Chunk.textBytes(chunk, observations.size());
    insertChunk.setLong(1, nextSequence++);
    insertChunk.setInt(2, observations.size());
    insertChunk.setInt(3, size);
    insertChunk.setBytes(4, chunk);
    insertChunk.executeUpdate();
    alerts.addAndGet(observations.size());
    bytes.addAndGet(size);
    logBytes += size;
  }

  /** Files the oldest of the log into lanes, about so many bytes of it. */
  public void file(long atMost) throws SQLException {
    long left = atMost;
    oldestChunks.setLong(1, underWay);
    try (ResultSet rows = oldestChunks.executeQuery()) {
      while (left > 0 && rows.next()) {
        long size = rows.getLong(2);
        Chunk.read(rows.getBytes(3), this::fileOne);
        deleteChunk.setLong(1, rows.getLong(1));
        deleteChunk.executeUpdate();
        logBytes -= size;
        left -= size;
      }
    }
  }

  private void fileOne(
      Severity severity, String foldKey, long observedNanos, long receivedMillis, ByteBuffer text)
      throws SQLException {
    byte[] event = new byte[text.remaining()];
    text.get(event);
    insert.setLong(1, first(severity) | nextSequence++);
    insert.setInt(2, event.length);
    insert.setString(3, foldKey);
    insert.setLong(4, observedNanos);
    insert.setLong(5, receivedMillis);
    insert.setBytes(6, event);
    insert.executeUpdate();
    filed.incrementAndGet();
  }

  /** Whether alerts have waited for so long that they were filed by severity. */
  public boolean hasBacklog() {
    return filed.get() > 0;
  }

  /** Remembers a value under a name, in the same transaction as what else is changed. */
  void mark(String name, String value) throws SQLException {
    setMark.setString(1, name);
    setMark.setString(2, value);
    setMark.executeUpdate();
  }

  /** What was remembered under a name. */
  public Optional<String> marked(String name) {
    return reader.marked(name);
  }

  /** Remembers which stretches are on their way, so that a crash makes the same round again. */
  public void begin(Round round) throws SQLException {
    mark(ROUND, round.write());
  }

  /** Removes what has arrived. */
  public void finish(Round round) throws SQLException {
    for (Round.Stretch stretch : round.stretches()) {
      boolean ofLog = isOfLog(stretch);
      try (PreparedStatement sum =
          writer.prepareStatement(
              ofLog
                  ? "select sum(alerts), sum(size) from log where id between ? and ?"
                  : "select count(*), sum(size) from alert where id between ? and ?")) {
        sum.setLong(1, stretch.from());
        sum.setLong(2, stretch.to());
        try (ResultSet row = sum.executeQuery()) {
          alerts.addAndGet(-row.getLong(1));
          bytes.addAndGet(-row.getLong(2));
          if (ofLog) {
            logBytes -= row.getLong(2);
          } else {
            filed.addAndGet(-row.getLong(1));
          }
        }
      }
      PreparedStatement delete = ofLog ? deleteChunks : deleteStretch;
      delete.setLong(1, stretch.from());
      delete.setLong(2, stretch.to());
      delete.executeUpdate();
    }
    underWay = 0;
    mark(ROUND, "");
  }

  private static boolean isOfLog(Round.Stretch stretch) {
    return stretch.to() < first(LANES.get(0));
  }

  /** Keeps an event that the bus will never take, the last {@value #PARKED} of them. */
  public void park(String event, String reason) throws SQLException {
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
          filed.decrementAndGet();
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
   * Returns the next alerts to send: those of a round that a crash interrupted, else the most
   * severe of the lanes, else those of the log. Repeats are folded into the first alert of their
   * kind.
   *
   * @param maxBytes of text, about
   */
  public Round next(long maxBytes) {
    // Nothing is filed while it is read, nor what it holds until that has arrived: it would be
    // looked for where it no longer is.
    hold(Long.MAX_VALUE);
    long held = 0;
    try {
      Round round = reader.next(maxBytes);
      held =
          round.stretches().stream()
              .filter(Spool::isOfLog)
              .mapToLong(Round.Stretch::to)
              .max()
              .orElse(0);
      return round;
    } finally {
      hold(held);
    }
  }

  private synchronized void hold(long upTo) {
    underWay = upTo;
  }

  /** When the alert that waits longest was received. */
  public Optional<Instant> oldest() {
    return reader.oldest();
  }

  static Severity lane(long id) {
    return LANES.get((int) (id >> LANE_SHIFT) - 1);
  }

  static long first(Severity lane) {
    return (long) lane.ocsfId() << LANE_SHIFT;
  }

  static long last(Severity lane) {
    return ((long) (lane.ocsfId() + 1) << LANE_SHIFT) - 1;
  }

  static SpoolUnavailable unavailable(String what, SQLException e) {
    boolean full =
        e instanceof SQLiteException sqlite
            && sqlite.getResultCode() == SQLiteErrorCode.SQLITE_FULL;
    return new SpoolUnavailable(
        what + ": " + (full ? "the disk is full; free disk space" : e.getMessage()), e);
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
