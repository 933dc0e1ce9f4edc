package io.cattleguard.sensor.spool;

import io.cattleguard.sensor.store.Session;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Removes events that cannot be read or sent from the spool's queue, and keeps the last of them in
 * a separate table. Part of one transaction.
 */
final class Quarantine {
  private static final int PARKED = 1_000;
  private static final int PARKED_BYTES = 64 << 10;

  private final Session session;
  private final SpoolBalance balance;

  Quarantine(Session session, SpoolBalance balance) {
    this.session = session;
    this.balance = balance;
  }

  /** The part of a row of the log that can be read; the row itself is parked if that is not all. */
  byte[] readable(long id, byte @Nullable [] chunk, long alertsOfIt) throws SQLException {
    byte[] whole = chunk == null ? new byte[0] : chunk;
    int length = Chunk.readableBytes(whole);
    byte[] readable = length == whole.length ? whole : Arrays.copyOf(whole, length);
    long missing = alertsOfIt - Chunk.count(readable);
    if (missing != 0 || length < whole.length) {
      balance.missing(missing);
      parkDamaged(whole, "row " + id + " of the spool's log is damaged", Math.max(1, missing));
    }
    return readable;
  }

  private void parkDamaged(byte[] row, String reason, long alertsOfIt) throws SQLException {
    park(Arrays.copyOf(row, Math.min(row.length, PARKED_BYTES)), reason);
    balance.lose(alertsOfIt, reason);
  }

  /** Keeps the readable part of a row of the log. */
  void rewriteChunk(long id) throws SQLException {
    PreparedStatement select =
        session.prepared(
            "select "
                + SpoolTables.LOGGED
                + ", "
                + SpoolTables.LOGGED_SIZE
                + ", events from log where id = ?");
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
        session.prepared("update log set alerts = ?, size = ?, events = ? where id = ?");
    update.setInt(1, count);
    update.setInt(2, left);
    update.setBytes(3, readable);
    update.setLong(4, id);
    update.executeUpdate();
    balance.logged(0, left - size);
  }

  /** Removes a row of a lane. */
  void dropFiled(long id) throws SQLException {
    PreparedStatement select =
        session.prepared("select " + SpoolTables.FILED_SIZE + ", event from alert where id = ?");
    select.setLong(1, id);
    try (ResultSet row = select.executeQuery()) {
      if (!row.next()) {
        return;
      }
      balance.removedFiled(1, row.getLong(1));
      byte[] event = row.getBytes(2);
      parkDamaged(event == null ? new byte[0] : event, "alert " + id + " is damaged", 1);
    }
    PreparedStatement delete = session.prepared("delete from alert where id = ?");
    delete.setLong(1, id);
    delete.executeUpdate();
  }

  /** Keeps an event that the bus will never accept, the last {@value #PARKED} of them. */
  void park(String event, String reason) throws SQLException {
    park(event.getBytes(StandardCharsets.UTF_8), reason);
  }

  private void park(byte[] event, String reason) throws SQLException {
    PreparedStatement keep =
        session.prepared("insert into undeliverable (reason, event) values (?, ?)");
    keep.setString(1, reason);
    keep.setBytes(2, event);
    keep.executeUpdate();
    PreparedStatement forget =
        session.prepared(
            "delete from undeliverable where id <= (select max(id) from undeliverable) - ?");
    forget.setInt(1, PARKED);
    forget.executeUpdate();
  }
}
