package io.cattleguard.sensor.spool;

import io.cattleguard.events.Severity;
import io.cattleguard.sensor.store.CountFile;
import io.cattleguard.sensor.store.Salvaged;
import io.cattleguard.sensor.store.Session;
import io.cattleguard.sensor.store.SqliteErrors;
import io.cattleguard.sensor.store.SqliteStore;
import io.cattleguard.sensor.store.StoreInUse;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * The alerts that were received and not yet sent, in one SQLite file with a write-ahead log.
 *
 * <p>New alerts are appended to a log, one row per commit, and usually leave from there a moment
 * later. Alerts that wait longer are moved into lanes, one row per alert, whose ids start with the
 * severity. So the most severe alerts are sent first. When the spool is full, the least severe are
 * shed first, oldest first. One thread writes ({@link GroupCommit}); other threads read.
 */
public final class Spool implements AutoCloseable {
  /**
   * Maximum size of the log before its rows are moved into lanes: more than a second's worth of
   * alerts.
   */
  private static final long LOG_BYTES = 8 << 20;

  private static final int FILED_AT_ONCE = 1 << 20;
  private static final int CHECKPOINT_PAGES = 1_000;
  private static final long NO_FILE_LIMIT = 1L << 40;

  private static final String SHED = "shed.";
  private final SqliteStore store;
  private final SpoolReader reader;
  private final SpoolBalance balance;
  private final long limitBytes;

  private final Map<Severity, Long> shedEver = new EnumMap<>(Severity.class);
  private final Queue<String> reports = new ConcurrentLinkedQueue<>();
  private boolean salvaged;

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
    this.store = SqliteStore.open(directory, settings, this::salvaged);
    try {
      for (String table : SpoolTables.ALL) {
        store.create(table);
      }
      this.reader = new SpoolReader(store);
      // Never reuse an id that an earlier round may have covered.
      long sequence =
          TimeUnit.SECONDS.toMicros(now.getEpochSecond())
              + TimeUnit.NANOSECONDS.toMicros(now.getNano());
      CountFile waiting = CountFile.open(directory, "spool.count");
      this.balance = new SpoolBalance(waiting, salvaged, sequence, reports);
      store.onOpened(balance::count);
    } catch (SQLException | RuntimeException e) {
      store.close();
      throw e;
    }
    for (Severity lane : SpoolTables.LANES) {
      reader
          .marked(SHED + lane.jsonName())
          .filter(before -> before.matches("\\d{1,18}")) // a damaged one is no number
          .ifPresent(before -> shedEver.put(lane, Long.valueOf(before)));
    }
    balance.underWay(
        highestOfLog(reader.marked(SpoolTables.ROUND).map(Round::readStretches).orElse(List.of())));
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

  /** How many alerts were lost to damage since the start. */
  public long lost() {
    return balance.lost();
  }

  /** Sentences on damage for the log, each of them once. */
  public List<String> takeReports() {
    return balance.takeReports();
  }

  /** How many alerts wait. */
  public long alerts() {
    return balance.alerts();
  }

  /** How many bytes of alerts wait. */
  public long bytes() {
    return balance.bytes();
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
    void make(SpoolWriter spool) throws SQLException;
  }

  /**
   * Applies changes in one transaction, sheds alerts beyond the limit, and returns what it shed.
   *
   * @throws SpoolUnavailable if that failed; then nothing was changed
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
        transaction.before.ifPresent(balance::restore);
      }
      balance.write();
    }
  }

  /** Changes, what they append, and the shedding that makes room for it. */
  private final class Transaction implements SqliteStore.Work<Map<Severity, Long>> {
    private final List<Change> changes;
    private Optional<SpoolBalance.Snapshot> before = Optional.empty();

    Transaction(List<Change> changes) {
      this.changes = changes;
    }

    @Override
    public Map<Severity, Long> run(Session session) throws SQLException {
      // A new connection starts the count again, so the balance is taken here.
      SpoolBalance.Snapshot start = balance.snapshot();
      before = Optional.of(start);
      SpoolWriter writer = new SpoolWriter(session, balance);
      for (Change change : changes) {
        change.make(writer);
      }
      writer.writeChunks();
      Map<Severity, Long> shed = Map.of();
      if (balance.bytes() > limitBytes) {
        writer.file(Long.MAX_VALUE);
        shed = writer.shed(limitBytes);
      } else if (balance.logBytes() > LOG_BYTES) {
        writer.file(FILED_AT_ONCE);
      }
      for (Map.Entry<Severity, Long> lane : shed.entrySet()) {
        long ever = shedEver.getOrDefault(lane.getKey(), 0L) + lane.getValue();
        writer.mark(SHED + lane.getKey().jsonName(), String.valueOf(ever));
      }
      if (balance.alerts() < start.alerts()) {
        // A kill right after the commit must not look like a loss.
        balance.write();
      }
      return shed;
    }
  }

  /** Whether alerts have waited for so long that they were filed by severity. */
  public boolean hasBacklog() {
    return balance.filed() > 0;
  }

  /** The value that was stored under a name. */
  public Optional<String> marked(String name) {
    return reader.marked(name);
  }

  private static long highestOfLog(List<Round.Stretch> stretches) {
    return stretches.stream()
        .mapToLong(Round.Stretch::to)
        .filter(SpoolTables::isOfLog)
        .max()
        .orElse(0);
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
      held = highestOfLog(round.stretches());
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
        commit(List.of(to -> to.mark(SpoolTables.ROUND, "")));
      }
    }
  }

  /**
   * Removes an unreadable row, so that it does not block the rows behind it. Its readable part is
   * kept.
   */
  private void quarantine(SpoolReader.DamagedRow row) {
    if (row.isOfLog()) {
      commit(List.of(to -> to.quarantine().rewriteChunk(row.id())));
    } else {
      commit(List.of(to -> to.quarantine().dropFiled(row.id())));
    }
  }

  private synchronized void hold(long upTo) {
    balance.underWay(upTo);
  }

  /** When the alert that waits longest was received. */
  public Optional<Instant> oldest() {
    return reader.oldest();
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
    balance.close();
  }
}
