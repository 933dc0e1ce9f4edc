package io.cattleguard.app.road;

import io.cattleguard.deduplicate.Verdict;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Counts each event in exactly one column, so that the columns add up to the events received. */
public final class EventCounts {
  private final Map<Column, Long> columns = new EnumMap<>(Column.class);
  private long received;

  /** The outcome of an event. */
  public enum Column {
    OPENED,
    SPREAD,
    MERGED,
    SUPPRESSED,
    IGNORED,
    UNREADABLE
  }

  public void receive() {
    received++;
  }

  public void count(Column column) {
    columns.merge(column, 1L, Long::sum);
  }

  public void count(Verdict.Column column) {
    switch (column) {
      case OPENED -> count(Column.OPENED);
      case SPREAD -> count(Column.SPREAD);
      case MERGED -> count(Column.MERGED);
      case SUPPRESSED -> count(Column.SUPPRESSED);
      case FAILED -> {
        // not counted, so imbalance() reports it
      }
    }
  }

  public long received() {
    return received;
  }

  public long of(Column column) {
    return columns.getOrDefault(column, 0L);
  }

  /** An error message if the columns do not add up to the events received, else empty. */
  public Optional<String> imbalance() {
    long sum = columns.values().stream().mapToLong(Long::longValue).sum();
    return sum == received
        ? Optional.empty()
        : Optional.of(
            "The event counts do not add up: "
                + received
                + " received, "
                + sum
                + " counted. This is a bug in Cattleguard; please report it.");
  }
}
