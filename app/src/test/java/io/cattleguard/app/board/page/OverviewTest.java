package io.cattleguard.app.board.page;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class OverviewTest {
  private static List<Overview.Step> funnel(boolean isUnread) {
    Snapshot.Answer nothing = new Snapshot.Answer(List.of(), Optional.empty());
    Snapshot snapshot =
        new Snapshot(
            Instant.parse("2026-03-02T09:15:00Z"),
            List.of(),
            false,
            isUnread,
            nothing,
            Optional.empty(),
            nothing,
            List.of());
    return Overview.of(snapshot, Period.DAY).funnel();
  }

  private static Set<String> figures(boolean isUnread) {
    return funnel(isUnread).stream().map(Overview.Step::figure).collect(Collectors.toSet());
  }

  @Test
  void numbersThatWereNeverReadAreUnknownAndNotZero() {
    assertEquals(Set.of("–"), figures(true));
    assertEquals(Set.of("0"), figures(false));
  }

  @Test
  void theNumberOfAlertsSaysThatRepeatsAreAddedLater() {
    assertEquals("at least; repeats are added at 10, 100, 1,000", funnel(false).getFirst().note());
  }
}
