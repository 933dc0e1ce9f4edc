package io.cattleguard.sensor.intake;

import java.time.Duration;
import java.util.Optional;

/**
 * The metadata of an event in addition to its text. It is stored in the spool before the text, so
 * that it survives a restart. A client cannot forge it, because the server stamps every text that
 * could be read as stamped.
 *
 * @param node the node that the sender's credential proves
 * @param clockOffset our clock minus the node's clock, in milliseconds
 * @param count equal events that the event represents, itself included
 * @param report whether the text is a report of what workloads do that a sensor made itself, and
 *     not an event that a sensor passed on
 */
public record Stamp(Optional<String> node, Duration clockOffset, long count, boolean report) {
  /** A stamp without metadata. */
  public static final Stamp NONE = new Stamp(Optional.empty(), Duration.ZERO, 1);

  private static final String REPORT = " report";

  private static final char MARK = '\u0001';
  private static final int LINES = 4;

  /** The stamp of an event. */
  public Stamp(Optional<String> node, Duration clockOffset, long count) {
    this(node, clockOffset, count, false);
  }

  /** A stamp and its event. */
  public record Stamped(Stamp stamp, String event) {}

  /** The text to store. */
  String write(String event) {
    return equals(NONE) && (event.isEmpty() || event.charAt(0) != MARK)
        ? event
        : MARK
            + node.orElse("")
            + "\n"
            + clockOffset.toMillis()
            + "\n"
            + count
            + (report ? REPORT : "")
            + "\n"
            + event;
  }

  /** Reads what was stored. */
  public static Stamped read(String stored) {
    if (stored.isEmpty() || stored.charAt(0) != MARK) {
      return new Stamped(NONE, stored);
    }
    String[] parts = stored.substring(1).split("\n", LINES);
    boolean report = parts[2].endsWith(REPORT);
    Stamp stamp =
        new Stamp(
            Optional.of(parts[0]).filter(node -> !node.isEmpty()),
            Duration.ofMillis(Long.parseLong(parts[1])),
            Long.parseLong(
                report ? parts[2].substring(0, parts[2].length() - REPORT.length()) : parts[2]),
            report);
    return new Stamped(stamp, parts[3]);
  }
}
