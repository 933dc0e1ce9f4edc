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
 */
public record Round(List<Folded> alerts, List<Stretch> stretches, boolean more) {
  private static final Pattern STRETCHES =
      Pattern.compile("\\d{1,18}-\\d{1,18}(,\\d{1,18}-\\d{1,18})*+");

  /** Copies the lists. */
  public Round {
    alerts = List.copyOf(alerts);
    stretches = List.copyOf(stretches);
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

  /** The stretches as text, {@code from-to,from-to}. */
  String write() {
    return String.join(
        ",", stretches.stream().map(stretch -> stretch.from + "-" + stretch.to).toList());
  }

  /** Reads what {@link #write} wrote; a damaged text yields nothing. */
  static List<Stretch> readStretches(String text) {
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
