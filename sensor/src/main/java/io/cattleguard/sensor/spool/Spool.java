package io.cattleguard.sensor.spool;

import io.cattleguard.events.Severity;
import io.cattleguard.sensor.intake.Observation;
import io.cattleguard.sensor.store.CountFile;
import io.cattleguard.sensor.store.Salvaged;
import io.cattleguard.sensor.store.Session;
import io.cattleguard.sensor.store.SqliteErrors;
import io.cattleguard.sensor.store.SqliteStore;
import io.cattleguard.sensor.store.StoreInUse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

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
  private static final int PARKED_BYTES = 64 << 10;
  private static final int CHECKPOINT_PAGES = 1_000;
  private static final long NO_FILE_LIMIT = 1L << 40;

  private static final List<String> TABLES =
      List.of(
          "create table if not exists alert (id integer primary key, size integer, fold_key text,"
              + " observed integer, received integer, event blob)",
          "create table if not exists log (id integer primary key, alerts integer, size integer,"
              + " events blob)",
          "create table if not exists undeliverable (id integer primary key, reason text,"
              + " event blob)",
          "create table if not exists mark (name text primary key, value text)");
  private static final String INSERT =
      "insert into alert (id, size, fold_key, observed, received, event)"
          + " values (?, ?, ?, ?, ?, ?)";
  private static final String INSERT_CHUNK =
      "insert into log (id, alerts, size, events) values (?, ?, ?, ?)";
  static final String ROUND = "round";

  // A damaged number must not look like a loss of a billion alerts, or like a full spool.
  private static final String FILED_SIZE = "coalesce(length(event), 0)";
  private static final String LOGGED =
      "case when alerts between 0 and 500000 then alerts else coalesce(length(events), 0) / "
          + Chunk.HEADER
          + " end";
  private static final String LOGGED_SIZE =
      "max(0, coalesce(length(events), 0) - " + Chunk.HEADER + " * (" + LOGGED + "))";
  private static final String OLDEST_CHUNKS =
      "select id, " + LOGGED_SIZE + ", events, " + LOGGED + " from log where id > ? order by id";
  private static final String SHED = "shed.";
  static final List<Severity> LANES = List.of(Severity.values());

  private final SqliteStore store;
  private final SpoolReader reader;
  private final CountFile waiting;
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
  private final AtomicLong lost = new AtomicLong();
  private final Queue<String> reports = new ConcurrentLinkedQueue<>();
  private boolean salvaged;
  private Optional<Session> current = Optional.empty();

  /** When an acknowledged alert is safe. */
  public enum Sync {
    /** Flushed to the device at each commit: a power loss takes nothing that was acknowledged. */
    COMMIT,
    /** Handed to the operating system: a killed process loses nothing, a power loss may. */
    OS
  }

  private Spool(Path directory, long limitBytes, SqliteStore.Settings settings, Instant now)
      throws SQLException, IOException {
    this.limitBytes = limitBytes;
    // Never reuse an id that an earlier round may have covered.
    this.nextSequence =
        TimeUnit.SECONDS.toMicros(now.getEpochSecond())
            + TimeUnit.NANOSECONDS.toMicros(now.getNano());
    this.store = SqliteStore.open(directory, settings, this::salvaged);
    try {
      for (String table : TABLES) {
        store.create(table);
      }
      this.reader = new SpoolReader(store);
      this.waiting = CountFile.open(directory, "spool.count");
      waiting.before(salvaged).ifPresent(alerts::set);
      store.onOpened(this::count);
    } catch (SQLException | RuntimeException e) {
      store.close();
      throw e;
    }
    for (Severity lane : LANES) {
      reader
          .marked(SHED + lane.jsonName())
          .filter(before -> before.matches("\\d{1,18}")) // a damaged one is no number
          .ifPresent(before -> shedEver.put(lane, Long.valueOf(before)));
    }
    this.underWay =
        reader.marked(ROUND).map(Round::readStretches).orElse(List.of()).stream()
            .filter(Spool::isOfLog)
            .mapToLong(Round.Stretch::to)
            .max()
            .orElse(0);
  }

  /**
   * Opens the spool in a directory, and creates the directory if it is missing. From a damaged file
   * the readable alerts are kept; the file itself is renamed to {@code spool.db.broken}.
   *
   * @param limitBytes how many bytes of alerts may wait; the file grows to about a fifth more
   * @throws SpoolUnavailable where the directory cannot be used, or another process uses it
   */
  public static Spool open(Path directory, long limitBytes, Sync sync, Instant now) {
    return open(directory, limitBytes, sync, now, NO_FILE_LIMIT);
  }

  /** Opens a spool whose file has a maximum size; at that size it behaves like a full disk. */
  static Spool open(Path directory, long limitBytes, Sync sync, Instant now, long fileBytes) {
    SqliteStore.Settings settings =
        new SqliteStore.Settings(
            "spool.db", sync == Sync.COMMIT, 2_000, 8 << 20, CHECKPOINT_PAGES, fileBytes);
    try {
      return new Spool(directory, limitBytes, settings, now);
    } catch (StoreInUse e) {
      throw new SpoolUnavailable("spool " + e.getMessage() + "; use one directory per process", e);
    } catch (SQLException e) {
      throw unavailable("spool " + directory + " cannot be opened", e);
    } catch (IOException e) {
      throw new SpoolUnavailable("spool " + directory + " cannot be written: " + e, e);
    }
  }

  private void salvaged(Salvaged from) {
    salvaged = true;
    reports.add(
        "the spool was damaged: "
            + from.rows()
            + " rows were read and kept, the damaged file is now "
            + from.brokenFile()
            + (from.isComplete() ? "" : "; rows that could not be read are lost"));
  }

  /** Counts what waits in a file that was just opened. What is missing since before is lost. */
  private void count(Session session) throws SQLException {
    long before = alerts.get();
    try (ResultSet sum =
        session.prepared("select count(*), sum(" + FILED_SIZE + ") from alert").executeQuery()) {
      filed.set(sum.getLong(1));
      alerts.set(sum.getLong(1));
      bytes.set(sum.getLong(2));
    }
    long highest;
    try (ResultSet sum =
        session
            .prepared("select sum(" + LOGGED + "), sum(" + LOGGED_SIZE + "), max(id) from log")
            .executeQuery()) {
      alerts.addAndGet(sum.getLong(1));
      logBytes = sum.getLong(2);
      bytes.addAndGet(logBytes);
      highest = sum.getLong(3);
    }
    for (Severity lane : LANES) {
      String max =
          "select max(id) from alert where id between " + first(lane) + " and " + last(lane);
      try (ResultSet row = session.prepared(max).executeQuery()) {
        highest = Math.max(highest, row.getLong(1) & ((1L << LANE_SHIFT) - 1));
      }
    }
    nextSequence = Math.max(nextSequence, highest + 1);
    lose(before - alerts.get(), "alerts are missing from the spool");
    waiting.write(alerts.get());
  }

  private void lose(long count, String what) {
    if (count > 0) {
      lost.addAndGet(count);
      reports.add(what + ": " + count + " lost");
    }
  }

  /** How many alerts were lost to damage since the start. */
  public long lost() {
    return lost.get();
  }

  /** Sentences on damage for the log, each of them once. */
  public List<String> takeReports() {
    List<String> taken = new ArrayList<>();
    for (String report = reports.poll(); report != null; report = reports.poll()) {
      taken.add(report);
    }
    return taken;
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
    Transaction transaction = new Transaction(changes);
    boolean done = false;
    try {
      Map<Severity, Long> shed = store.write(transaction);
      done = true;
      shed.forEach((severity, count) -> shedEver.merge(severity, count, Long::sum));
      return shed;
    } catch (SQLException e) {
      throw unavailable("the spool cannot be written", e);
    } catch (SpoolUnavailable e) {
      throw e;
    } catch (RuntimeException e) {
      throw new SpoolUnavailable("the spool cannot be written: " + e.getClass().getName(), e);
    } finally {
      if (!done) {
        transaction.before.ifPresent(this::restore);
      }
      waiting.write(alerts.get());
      appended.clear();
    }
  }

  /** Changes, what they append, and the shedding that makes room for it. */
  private final class Transaction implements SqliteStore.Work<Map<Severity, Long>> {
    private final List<Change> changes;
    private Optional<Balance> before = Optional.empty();

    Transaction(List<Change> changes) {
      this.changes = changes;
    }

    @Override
    public Map<Severity, Long> run(Session session) throws SQLException {
      // A new connection starts the count again, so the balance is taken here.
      Balance balance = balance();
      before = Optional.of(balance);
      current = Optional.of(session);
      for (Change change : changes) {
        change.make(Spool.this);
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
      if (alerts.get() < balance.alerts) {
        // A kill right after the commit must not look like a loss.
        waiting.write(alerts.get());
      }
      return shed;
    }
  }

  private Session session() {
    return current.orElseThrow(() -> new IllegalStateException("outside of a transaction"));
  }

  /** What is counted in memory, to take back what was not committed. */
  private record Balance(
      long alerts, long filed, long bytes, long logBytes, long underWay, long lost) {}

  private Balance balance() {
    return new Balance(alerts.get(), filed.get(), bytes.get(), logBytes, underWay, lost.get());
  }

  private void restore(Balance balance) {
    alerts.set(balance.alerts);
    filed.set(balance.filed);
    bytes.set(balance.bytes);
    logBytes = balance.logBytes;
    underWay = balance.underWay;
    lost.set(balance.lost);
  }

  /** Keeps observations; what one commit appends shares a row. */
  public void append(List<Observation> observations) {
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
    PreparedStatement insertChunk = session().prepared(INSERT_CHUNK);
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
    PreparedStatement oldest = session().prepared(OLDEST_CHUNKS);
    oldest.setLong(1, underWay);
    try (ResultSet rows = oldest.executeQuery()) {
      while (left > 0 && rows.next()) {
        long id = rows.getLong(1);
        long size = rows.getLong(2);
        Chunk.read(readable(id, rows.getBytes(3), rows.getLong(4)), this::fileOne);
        delete("delete from log where id between ? and ?", id, id);
        logBytes -= size;
        left -= size;
      }
    }
  }

  private void delete(String statement, long from, long to) throws SQLException {
    PreparedStatement delete = session().prepared(statement);
    delete.setLong(1, from);
    delete.setLong(2, to);
    delete.executeUpdate();
  }

  /** The part of a row of the log that can be read; the row itself is parked if that is not all. */
  private byte[] readable(long id, byte @Nullable [] chunk, long alertsOfIt) throws SQLException {
    byte[] whole = chunk == null ? new byte[0] : chunk;
    int length = Chunk.readableBytes(whole);
    byte[] readable = length == whole.length ? whole : Arrays.copyOf(whole, length);
    long missing = alertsOfIt - Chunk.count(readable);
    if (missing != 0 || length < whole.length) {
      alerts.addAndGet(-missing);
      parkDamaged(whole, "row " + id + " of the spool's log is damaged", Math.max(1, missing));
    }
    return readable;
  }

  private void parkDamaged(byte[] row, String reason, long alertsOfIt) throws SQLException {
    park(Arrays.copyOf(row, Math.min(row.length, PARKED_BYTES)), reason);
    lose(alertsOfIt, reason);
  }

  /**
   * Takes a row that cannot be read out of the way, so that it does not block the rows behind it.
   * What can be read of it stays.
   */
  private void quarantine(SpoolReader.DamagedRow row) {
    if (row.isOfLog()) {
      commit(List.of(to -> to.rewriteChunk(row.id())));
    } else {
      commit(List.of(to -> to.dropFiled(row.id())));
    }
  }

  private void rewriteChunk(long id) throws SQLException {
    PreparedStatement select =
        session()
            .prepared("select " + LOGGED + ", " + LOGGED_SIZE + ", events from log where id = ?");
    select.setLong(1, id);
    byte[] readable;
    long size;
    try (ResultSet row = select.executeQuery()) {
      if (!row.next()) {
        return;
      }
      size = row.getLong(2);
      readable = readable(id, row.getBytes(3), row.getLong(1));
    }
    int count = Chunk.count(readable);
    int left = Chunk.textBytes(readable, count);
    PreparedStatement update =
        session().prepared("update log set alerts = ?, size = ?, events = ? where id = ?");
    update.setInt(1, count);
    update.setInt(2, left);
    update.setBytes(3, readable);
    update.setLong(4, id);
    update.executeUpdate();
    bytes.addAndGet(left - size);
    logBytes += left - size;
  }

  private void dropFiled(long id) throws SQLException {
    PreparedStatement select =
        session().prepared("select " + FILED_SIZE + ", event from alert where id = ?");
    select.setLong(1, id);
    try (ResultSet row = select.executeQuery()) {
      if (!row.next()) {
        return;
      }
      bytes.addAndGet(-row.getLong(1));
      byte[] event = row.getBytes(2);
      parkDamaged(event == null ? new byte[0] : event, "alert " + id + " is damaged", 1);
    }
    alerts.decrementAndGet();
    filed.decrementAndGet();
    delete("delete from alert where id between ? and ?", id, id);
  }

  private void fileOne(
      Severity severity, String foldKey, long observedNanos, long receivedMillis, ByteBuffer text)
      throws SQLException {
    byte[] event = new byte[text.remaining()];
    text.get(event);
    PreparedStatement insert = session().prepared(INSERT);
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
    PreparedStatement setMark =
        session().prepared("insert or replace into mark (name, value) values (?, ?)");
    setMark.setString(1, name);
    setMark.setString(2, value);
    setMark.executeUpdate();
  }

  /** What was remembered under a name. */
  public Optional<String> marked(String name) {
    return reader.marked(name);
  }

  /** Whether a round was recorded and has not arrived: the next one is that round again. */
  public boolean isInterrupted() {
    return marked(ROUND).filter(round -> !round.isEmpty()).isPresent();
  }

  /** Remembers which stretches are on their way, so that a crash makes the same round again. */
  public void begin(Round round) throws SQLException {
    mark(ROUND, round.write());
  }

  /** Removes what has arrived. */
  public void finish(Round round) throws SQLException {
    for (Round.Stretch stretch : round.stretches()) {
      boolean ofLog = isOfLog(stretch);
      PreparedStatement sum =
          session()
              .prepared(
                  ofLog
                      ? "select sum("
                          + LOGGED
                          + "), sum("
                          + LOGGED_SIZE
                          + ") from log where id between ? and ?"
                      : "select count(*), sum("
                          + FILED_SIZE
                          + ") from alert where id between ? and ?");
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
      delete(
          ofLog
              ? "delete from log where id between ? and ?"
              : "delete from alert where id between ? and ?",
          stretch.from(),
          stretch.to());
    }
    underWay = 0;
    mark(ROUND, "");
  }

  private static boolean isOfLog(Round.Stretch stretch) {
    return stretch.to() < first(LANES.get(0));
  }

  /** Keeps an event that the bus will never take, the last {@value #PARKED} of them. */
  public void park(String event, String reason) throws SQLException {
    park(event.getBytes(StandardCharsets.UTF_8), reason);
  }

  private void park(byte[] event, String reason) throws SQLException {
    PreparedStatement keep =
        session().prepared("insert into undeliverable (reason, event) values (?, ?)");
    keep.setString(1, reason);
    keep.setBytes(2, event);
    keep.executeUpdate();
    PreparedStatement forget =
        session()
            .prepared(
                "delete from undeliverable where id <= (select max(id) from undeliverable) - ?");
    forget.setInt(1, PARKED);
    forget.executeUpdate();
  }

  /** Writes to the disk and changes nothing, to see whether it can be written. */
  void probe() throws SQLException {
    session()
        .prepared("insert or replace into mark (name, value) values ('probe', zeroblob(65536))")
        .executeUpdate();
  }

  /** Makes room: the least severe first, the oldest of them before the others. */
  private Map<Severity, Long> shed() throws SQLException {
    Map<Severity, Long> shed = new EnumMap<>(Severity.class);
    while (bytes.get() > limitBytes) {
      long upTo = -1;
      long freed = 0;
      PreparedStatement oldest =
          session()
              .prepared(
                  "select id, " + FILED_SIZE + " from alert order by id limit " + SHED_AT_ONCE);
      try (ResultSet rows = oldest.executeQuery()) {
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
      delete("delete from alert where id between ? and ?", 0, upTo);
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
      Round round = readNext(maxBytes);
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

  private Round readNext(long maxBytes) {
    long before = -1;
    while (true) {
      try {
        return reader.next(maxBytes);
      } catch (SpoolReader.DamagedRow e) {
        if (e.id() == before) {
          // It was not found under its id: the order of the rows is damaged.
          throw unavailable("the spool is damaged", store.damaged("row " + before));
        }
        before = e.id();
        quarantine(e);
      } catch (SpoolReader.DamagedMark e) {
        // Its alerts still wait; some of them may be sent twice.
        reports.add("the mark of the round under way was damaged: the round is built again");
        commit(List.of(to -> to.mark(ROUND, "")));
      }
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
    return new SpoolUnavailable(what + ": " + SqliteErrors.reason(e), e);
  }

  @Override
  public void close() {
    try {
      store.close();
    } catch (SQLException e) {
      throw unavailable("the spool cannot be closed", e);
    }
    waiting.close();
  }
}
