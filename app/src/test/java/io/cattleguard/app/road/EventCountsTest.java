package io.cattleguard.app.road;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.deduplicate.Verdict;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class EventCountsTest {
  private final EventCounts counts = new EventCounts();

  @Test
  void theCountsAddUpIfEveryEventIsInOneColumn() {
    for (Verdict.Column column : Verdict.Column.values()) {
      if (column != Verdict.Column.FAILED) {
        counts.receive();
        counts.count(column);
      }
    }
    counts.receive();
    counts.count(EventCounts.Column.UNREADABLE);

    assertEquals(Optional.empty(), counts.imbalance());
    assertEquals(1, counts.of(EventCounts.Column.SPREAD));
  }

  @Test
  void anEventInNoColumnIsReported() {
    counts.receive();
    counts.count(Verdict.Column.FAILED);

    String said = counts.imbalance().orElseThrow();
    assertTrue(said.startsWith("The event counts do not add up: 1 received, 0 counted"), said);
  }

  @Test
  void anEventInTwoColumnsIsReported() {
    counts.receive();
    counts.count(Verdict.Column.OPENED);
    counts.count(EventCounts.Column.IGNORED);

    assertTrue(counts.imbalance().isPresent());
  }
}
