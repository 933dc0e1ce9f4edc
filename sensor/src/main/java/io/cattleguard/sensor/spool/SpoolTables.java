package io.cattleguard.sensor.spool;

import io.cattleguard.events.Severity;
import java.util.List;

/**
 * The tables of the spool: their definitions, the sizes of their rows, and the ids of the lanes.
 */
final class SpoolTables {
  private static final int LANE_SHIFT = 56;

  static final List<String> ALL =
      List.of(
          "create table if not exists alert (id integer primary key, size integer, fold_key text,"
              + " observed integer, received integer, event blob)",
          "create table if not exists log (id integer primary key, alerts integer, size integer,"
              + " events blob)",
          "create table if not exists undeliverable (id integer primary key, reason text,"
              + " event blob)",
          "create table if not exists mark (name text primary key, value text)");

  /** The mark of the round under way. */
  static final String ROUND = "round";

  // A damaged number must not look like a loss of a billion alerts, or like a full spool.
  static final String FILED_SIZE = "coalesce(length(event), 0)";
  static final String LOGGED =
      "case when alerts between 0 and 500000 then alerts else coalesce(length(events), 0) / "
          + Chunk.HEADER
          + " end";
  static final String LOGGED_SIZE =
      "max(0, coalesce(length(events), 0) - " + Chunk.HEADER + " * (" + LOGGED + "))";

  static final List<Severity> LANES = List.of(Severity.values());

  private SpoolTables() {}

  /** The lane of an id. */
  static Severity lane(long id) {
    return LANES.get((int) (id >> LANE_SHIFT) - 1);
  }

  /** The lowest id of a lane. */
  static long first(Severity lane) {
    return (long) lane.ocsfId() << LANE_SHIFT;
  }

  /** The highest id of a lane. */
  static long last(Severity lane) {
    return ((long) (lane.ocsfId() + 1) << LANE_SHIFT) - 1;
  }

  /** The part of a lane's id that is counted up. */
  static long sequence(long id) {
    return id & ((1L << LANE_SHIFT) - 1);
  }

  /** Whether an id is one of the log. */
  static boolean isOfLog(long id) {
    return id < first(LANES.get(0));
  }
}
