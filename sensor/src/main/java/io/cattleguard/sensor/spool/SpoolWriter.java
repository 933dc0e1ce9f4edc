package io.cattleguard.sensor.spool;

import io.cattleguard.events.Severity;
import io.cattleguard.sensor.intake.Observation;
import io.cattleguard.sensor.store.Session;
import java.nio.ByteBuffer;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Changes the spool's queue, in one transaction. */
public final class SpoolWriter {
  private static final int SHED_AT_ONCE = 256;
  private static final int CHUNK_BYTES = 1 << 20;
  private static final String INSERT =
      "insert into alert (id, size, fold_key, observed, received, event)"
          + " values (?, ?, ?, ?, ?, ?)";
  private static final String INSERT_CHUNK =
      "insert into log (id, alerts, size, events) values (?, ?, ?, ?)";
  private static final String OLDEST_CHUNKS =
      "select id, "
          + SpoolTables.LOGGED_SIZE
          + ", events, "
          + SpoolTables.LOGGED
          + " from log where id > ? order by id";

  private final Session session;
  private final SpoolBalance balance;
  private final Quarantine quarantine;
  private final List<Observation> appended = new ArrayList<>();

  SpoolWriter(Session session, SpoolBalance balance) {
    this.session = session;
    this.balance = balance;
    this.quarantine = new Quarantine(session, balance);
  }

  /** The store of events that cannot be read or sent. */
  Quarantine quarantine() {
    return quarantine;
  }

  /** Keeps observations; those of one commit share a row. */
  public void append(List<Observation> observations) {
    appended.addAll(observations);
  }

  /** Writes the appended observations. */
  void writeChunks() throws SQLException {
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
    PreparedStatement insertChunk = session.prepared(INSERT_CHUNK);
    insertChunk.setLong(1, balance.nextSequence());
    insertChunk.setInt(2, observations.size());
    insertChunk.setInt(3, size);
    insertChunk.setBytes(4, chunk);
    insertChunk.executeUpdate();
    balance.logged(observations.size(), size);
  }

  /** Moves the oldest rows of the log into lanes, about that many bytes. */
  public void file(long atMost) throws SQLException {
    long left = atMost;
    PreparedStatement oldest = session.prepared(OLDEST_CHUNKS);
    oldest.setLong(1, balance.underWay());
    try (ResultSet rows = oldest.executeQuery()) {
      while (left > 0 && rows.next()) {
        long id = rows.getLong(1);
        long size = rows.getLong(2);
        Chunk.read(quarantine.readable(id, rows.getBytes(3), rows.getLong(4)), this::fileOne);
        delete("delete from log where id between ? and ?", id, id);
        balance.leftLog(size);
        left -= size;
      }
    }
  }

  private void delete(String statement, long from, long to) throws SQLException {
    PreparedStatement delete = session.prepared(statement);
    delete.setLong(1, from);
    delete.setLong(2, to);
    delete.executeUpdate();
  }

  private void fileOne(
      Severity severity, String foldKey, long observedNanos, long receivedMillis, ByteBuffer text)
      throws SQLException {
    byte[] event = new byte[text.remaining()];
    text.get(event);
    PreparedStatement insert = session.prepared(INSERT);
    insert.setLong(1, SpoolTables.first(severity) | balance.nextSequence());
    insert.setInt(2, event.length);
    insert.setString(3, foldKey);
    insert.setLong(4, observedNanos);
    insert.setLong(5, receivedMillis);
    insert.setBytes(6, event);
    insert.executeUpdate();
    balance.filedOne();
  }

  /** Stores a value under a name, in the same transaction as the other changes. */
  void mark(String name, String value) throws SQLException {
    PreparedStatement setMark =
        session.prepared("insert or replace into mark (name, value) values (?, ?)");
    setMark.setString(1, name);
    setMark.setString(2, value);
    setMark.executeUpdate();
  }

  /**
   * Stores which ranges are being sent, and in which entries, so that after a crash the same round
   * is built again.
   */
  public void begin(Round round) throws SQLException {
    mark(SpoolTables.ROUND, round.write());
  }

  /** Removes the alerts that were accepted. */
  public void finish(Round round) throws SQLException {
    for (Round.Stretch stretch : round.stretches()) {
      boolean ofLog = SpoolTables.isOfLog(stretch.to());
      PreparedStatement sum =
          session.prepared(
              ofLog
                  ? "select sum("
                      + SpoolTables.LOGGED
                      + "), sum("
                      + SpoolTables.LOGGED_SIZE
                      + ") from log where id between ? and ?"
                  : "select count(*), sum("
                      + SpoolTables.FILED_SIZE
                      + ") from alert where id between ? and ?");
      sum.setLong(1, stretch.from());
      sum.setLong(2, stretch.to());
      try (ResultSet row = sum.executeQuery()) {
        if (ofLog) {
          balance.logged(-row.getLong(1), -row.getLong(2));
        } else {
          balance.removedFiled(row.getLong(1), row.getLong(2));
        }
      }
      delete(
          ofLog
              ? "delete from log where id between ? and ?"
              : "delete from alert where id between ? and ?",
          stretch.from(),
          stretch.to());
    }
    balance.underWay(0);
    mark(SpoolTables.ROUND, "");
  }

  /** Keeps an event that the bus will never accept. */
  public void park(String event, String reason) throws SQLException {
    quarantine.park(event, reason);
  }

  /** Writes to the disk and changes nothing, to see whether it can be written. */
  void probe() throws SQLException {
    session
        .prepared("insert or replace into mark (name, value) values ('probe', zeroblob(65536))")
        .executeUpdate();
  }

  /** Makes room: the least severe first, the oldest of them before the others. */
  Map<Severity, Long> shed(long limitBytes) throws SQLException {
    Map<Severity, Long> shed = new EnumMap<>(Severity.class);
    while (balance.bytes() > limitBytes) {
      long upTo = -1;
      long freed = 0;
      long count = 0;
      PreparedStatement oldest =
          session.prepared(
              "select id, "
                  + SpoolTables.FILED_SIZE
                  + " from alert order by id limit "
                  + SHED_AT_ONCE);
      try (ResultSet rows = oldest.executeQuery()) {
        while (balance.bytes() - freed > limitBytes && rows.next()) {
          upTo = rows.getLong(1);
          freed += rows.getLong(2);
          shed.merge(SpoolTables.lane(upTo), 1L, Long::sum);
          count++;
        }
      }
      if (upTo < 0) {
        break;
      }
      balance.removedFiled(count, freed);
      delete("delete from alert where id between ? and ?", 0, upTo);
    }
    return shed;
  }
}
