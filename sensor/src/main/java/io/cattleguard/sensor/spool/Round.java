package io.cattleguard.sensor.spool;

import io.cattleguard.events.Severity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One batch of alerts to send, the most severe first. It records which rows of the spool it holds,
 * so that the same batch can be built again after a crash.
 *
 * @param more whether more waited than went into it
 * @param entries the alerts of each entry, if the round was divided before a crash
 * @param again whether it was begun before, so that the bus may have accepted some of it
 */
public record Round(
    List<Folded> alerts,
    List<Stretch> stretches,
    boolean more,
    List<List<Folded>> entries,
    boolean again) {
  private static final Pattern STRETCHES =
      Pattern.compile("\\d{1,18}-\\d{1,18}(,\\d{1,18}-\\d{1,18})*+");
  private static final char DIVIDED = '/';

  /** Copies the lists. */
  public Round {
    alerts = List.copyOf(alerts);
    stretches = List.copyOf(stretches);
    entries = List.copyOf(entries);
  }

  /** A round that was not begun before. */
  static Round first(List<Folded> alerts, List<Stretch> stretches, boolean more) {
    return new Round(alerts, stretches, more, List.of(), false);
  }

  /** The same round, divided into entries; an entry's id depends on the alerts in it. */
  public Round dividedInto(List<List<Folded>> into) {
    return new Round(alerts, stretches, more, into, again);
  }

  /**
   * Alerts that are sent as one, with a count.
   *
   * @param text the first one's
   */
  public record Folded(
      Severity severity,
      String foldKey,
      String text,
      long count,
      Instant firstAt,
      Instant lastAt,
      Instant receivedAt) {}

  /** The rows of the spool from one id to another, both included. */
  record Stretch(long from, long to) {}

  /** How many alerts were taken in for it. */
  public long count() {
    return alerts.stream().mapToLong(Folded::count).sum();
  }

  /** Whether it is empty. */
  public boolean isEmpty() {
    return stretches.isEmpty();
  }

  /** The stretches as text, {@code from-to,from-to}, and the entries after a slash, if any. */
  String write() {
    String rows =
        String.join(
            ",", stretches.stream().map(stretch -> stretch.from + "-" + stretch.to).toList());
    return entries.isEmpty() ? rows : rows + DIVIDED + Division.write(alerts, entries);
  }

  /** Reads the entries that {@link #write} wrote, of these alerts. */
  static List<List<Folded>> readEntries(String text, List<Folded> alerts) {
    int slash = text.indexOf(DIVIDED);
    return slash < 0 ? List.of() : Division.read(alerts, text.substring(slash + 1));
  }

  /** Reads the stretches that {@link #write} wrote; a damaged text yields nothing. */
  static List<Stretch> readStretches(String written) {
    int slash = written.indexOf(DIVIDED);
    String text = slash < 0 ? written : written.substring(0, slash);
    if (!STRETCHES.matcher(text).matches()) {
      return List.of();
    }
    List<Stretch> stretches = new ArrayList<>();
    for (String stretch : Arrays.asList(text.split(",", -1))) {
      int dash = stretch.indexOf('-');
      stretches.add(
          new Stretch(
              Long.parseLong(stretch.substring(0, dash)),
              Long.parseLong(stretch.substring(dash + 1))));
    }
    return stretches;
  }
}
