package io.cattleguard.sensor.spool;

import io.cattleguard.events.Severity;
import io.cattleguard.sensor.store.CountFile;
import io.cattleguard.sensor.store.Session;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the waiting alerts in the spool, and those lost to damage. One thread changes the counts;
 * others read them.
 */
final class SpoolBalance {
  private final CountFile waiting;
  private final AtomicLong filed = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong alerts = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();
  private final Queue<String> reports;
  private long nextSequence;
  private long logBytes;

  /** The log's rows up to here are on their way, and stay where they are until they arrive. */
  private long underWay;

  /** What is counted in memory, to take back what was not committed. */
  record Snapshot(long alerts, long filed, long bytes, long logBytes, long underWay, long lost) {}

  /**
   * Starts with what waited before.
   *
   * @param waiting beside the spool, because damage may take some of the alerts
   * @param salvaged whether the spool was damaged
   */
  SpoolBalance(CountFile waiting, boolean salvaged, long nextSequence, Queue<String> reports) {
    this.waiting = waiting;
    this.nextSequence = nextSequence;
    this.reports = reports;
    waiting.before(salvaged).ifPresent(alerts::set);
  }

  /**
   * Counts what waits in a file that was just opened. Alerts that are missing since then are lost.
   */
  void count(Session session) throws SQLException {
    long before = alerts.get();
    try (ResultSet sum =
        session
            .prepared("select count(*), sum(" + SpoolTables.FILED_SIZE + ") from alert")
            .executeQuery()) {
      filed.set(sum.getLong(1));
      alerts.set(sum.getLong(1));
      bytes.set(sum.getLong(2));
    }
    long highest;
    try (ResultSet sum =
        session
            .prepared(
                "select sum("
                    + SpoolTables.LOGGED
                    + "), sum("
                    + SpoolTables.LOGGED_SIZE
                    + "), max(id) from log")
            .executeQuery()) {
      alerts.addAndGet(sum.getLong(1));
      logBytes = sum.getLong(2);
      bytes.addAndGet(logBytes);
      highest = sum.getLong(3);
    }
    for (Severity lane : SpoolTables.LANES) {
      String max =
          "select max(id) from alert where id between "
              + SpoolTables.first(lane)
              + " and "
              + SpoolTables.last(lane);
      try (ResultSet row = session.prepared(max).executeQuery()) {
        highest = Math.max(highest, SpoolTables.sequence(row.getLong(1)));
      }
    }
    nextSequence = Math.max(nextSequence, highest + 1);
    lose(before - alerts.get(), "alerts are missing from the spool");
    waiting.write(alerts.get());
  }

  /** Counts alerts that damage took. */
  void lose(long count, String what) {
    if (count > 0) {
      lost.addAndGet(count);
      reports.add(what + ": " + count + " lost");
    }
  }

  /** An id that no row had before. */
  long nextSequence() {
    return nextSequence++;
  }

  /** Counts alerts that were appended to the log. */
  void logged(long count, long size) {
    alerts.addAndGet(count);
    bytes.addAndGet(size);
    logBytes += size;
  }

  /** Counts alerts that a damaged row of the log does not have. */
  void missing(long count) {
    alerts.addAndGet(-count);
  }

  /** A row of the log was moved into lanes; its alerts were counted by {@link #filedOne}. */
  void leftLog(long size) {
    logBytes -= size;
  }

  void filedOne() {
    filed.incrementAndGet();
  }

  /** Counts alerts that were removed from lanes. */
  void removedFiled(long count, long size) {
    alerts.addAndGet(-count);
    filed.addAndGet(-count);
    bytes.addAndGet(-size);
  }

  long filed() {
    return filed.get();
  }

  long alerts() {
    return alerts.get();
  }

  long bytes() {
    return bytes.get();
  }

  long lost() {
    return lost.get();
  }

  long logBytes() {
    return logBytes;
  }

  long underWay() {
    return underWay;
  }

  void underWay(long upTo) {
    underWay = upTo;
  }

  Snapshot snapshot() {
    return new Snapshot(alerts.get(), filed.get(), bytes.get(), logBytes, underWay, lost.get());
  }

  void restore(Snapshot before) {
    alerts.set(before.alerts);
    filed.set(before.filed);
    bytes.set(before.bytes);
    logBytes = before.logBytes;
    underWay = before.underWay;
    lost.set(before.lost);
  }

  /** Writes how many alerts wait, for the next start. */
  void write() {
    waiting.write(alerts.get());
  }

  /** Sentences on damage for the log, each of them once. */
  List<String> takeReports() {
    List<String> taken = new ArrayList<>();
    for (String report = reports.poll(); report != null; report = reports.poll()) {
      taken.add(report);
    }
    return taken;
  }

  void close() {
    waiting.close();
  }
}
