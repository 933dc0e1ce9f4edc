package io.cattleguard.app.road;

import io.cattleguard.deduplicate.Verdict;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Counts every event once, in one column. */
public final class Books {
  private final Map<Column, Long> columns = new EnumMap<>(Column.class);
  private long received;

  /** What becomes of an event. */
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
        // counted nowhere, which is what imbalance() is there to tell
      }
    }
  }

  public long received() {
    return received;
  }

  public long of(Column column) {
    return columns.getOrDefault(column, 0L);
  }

  /** What does not add up, empty where every event stands in exactly one column. */
  public Optional<String> imbalance() {
    long sum = columns.values().stream().mapToLong(Long::longValue).sum();
    return sum == received
        ? Optional.empty()
        : Optional.of(
            "The books do not balance: "
                + received
                + " events were received, "
                + sum
                + " are accounted for. This is a defect of Cattleguard; please report it.");
  }
}
