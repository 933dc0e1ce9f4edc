package io.cattleguard.deduplicate.silence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class HidingRecordsTest {
  private static final Instant AT = Instant.parse("2026-03-02T09:15:00Z");
  private static final Set<String> POLICY = Set.of("suppression a", "inhibition b");

  private final InMemoryTable table = new InMemoryTable();
  private final List<String> reported = new ArrayList<>();
  private final HidingRecords records = new HidingRecords(table, reported::add);

  private long writes() {
    return table.read("hidden").map(state -> state.version()).orElse(0L);
  }

  private HidingRecord record(String name) {
    return records.all().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void whatHidesNothingForThirtyDaysIsToldOnceADay() {
    for (int hour = 0; hour < 33 * 24; hour++) {
      records.hid("suppression a");
      records.store(POLICY, AT.plus(Duration.ofHours(hour)));
    }

    assertEquals(
        List.of(
            "inhibition b has hidden nothing since 2026-03-02; remove it",
            "inhibition b has hidden nothing since 2026-03-02; remove it",
            "inhibition b has hidden nothing since 2026-03-02; remove it"),
        reported);
    assertEquals(33 * 24, record("suppression a").count());
  }

  @Test
  void theCountsAreWrittenOnceAMinute() {
    for (int second = 0; second < 120; second++) {
      records.hid("suppression a");
      records.store(POLICY, AT.plusSeconds(second));
    }

    assertEquals(2, writes());
    assertEquals(61, record("suppression a").count());
  }

  @Test
  void theFirstOfADayIsWrittenAtOnce() {
    records.store(POLICY, AT);
    records.hid("silence 1f2e3d4c");
    records.store(POLICY, AT.plusSeconds(1));

    assertEquals(Optional.of(AT.plusSeconds(1)), record("silence 1f2e3d4c").last());
  }

  @Test
  void aPolicyWithoutRulesWritesNothing() {
    for (int hour = 0; hour < 100; hour++) {
      records.store(Set.of(), AT.plus(Duration.ofHours(hour)));
    }

    assertEquals(0, writes());
    assertEquals(1, table.reads, "the one of this test");
  }

  @Test
  void aCapThatIsReachedAndASilenceThatHidesMuchAreTold() {
    records.store(POLICY, AT);
    records.cap("suppression a");
    for (long i = 0; i < HidingRecord.MUCH; i++) {
      records.hid("silence 1f2e3d4c");
    }
    records.store(POLICY, AT.plus(Duration.ofDays(1)));

    assertEquals(
        List.of(
            "silence 1f2e3d4c has hidden about 1000 alerts; fix their cause or the rule",
            "suppression a reached its cap on 2026-03-03: more alerts match it than before"),
        reported);
  }

  @Test
  void whatLeftThePolicyIsForgotten() {
    records.store(POLICY, AT);
    records.hid("inhibition b");
    records.store(Set.of("inhibition b"), AT.plus(Duration.ofDays(8)));

    assertEquals(List.of("inhibition b"), records.all().stream().map(HidingRecord::name).toList());
  }

  @Test
  void aFailureKeepsWhatWasCounted() {
    table.away = true;
    records.hid("suppression a");
    records.store(POLICY, AT);
    table.away = false;
    records.store(POLICY, AT.plusSeconds(61));

    assertEquals(1, record("suppression a").count());
    assertTrue(reported.isEmpty());
    assertFalse(record("suppression a").trouble(AT).isPresent());
  }

  @Test
  void twoHostsAddUp() {
    HidingRecords other = new HidingRecords(table, reported::add);
    records.hid("suppression a");
    other.hid("suppression a");
    records.store(POLICY, AT);
    other.store(POLICY, AT);

    assertEquals(2, record("suppression a").count());
  }
}
