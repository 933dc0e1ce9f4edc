package io.cattleguard.score;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.events.TestAlerts;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What every memory of workloads must do. */
abstract class WorkloadHistoriesContract {
  /** An empty memory. */
  abstract WorkloadHistories histories();

  private static WorkloadHistory history(long version, String rule) {
    return new WorkloadHistory(
        "blue/shop/web",
        version,
        TestAlerts.AT,
        Map.of(rule, "a1"),
        Map.of("TA0002", TestAlerts.AT.plusNanos(1)));
  }

  @Test
  void whatWasStoredIsRecalledWhole() {
    WorkloadHistories histories = histories();

    assertEquals(Optional.empty(), histories.store(history(1, "r"), 0));

    assertEquals(Optional.of(history(1, "r")), histories.recall("blue/shop/web"));
    assertEquals(Optional.empty(), histories.recall("blue/shop/api"));
  }

  @Test
  void aStateMadeFromAnOldOneIsRefusedAndShownTheCurrentOne() {
    WorkloadHistories histories = histories();
    assertEquals(Optional.empty(), histories.store(history(1, "r"), 0));
    assertEquals(Optional.empty(), histories.store(history(2, "s"), 1));

    assertEquals(Optional.of(history(2, "s")), histories.store(history(2, "t"), 1));
    assertEquals(Optional.of(history(2, "s")), histories.store(history(1, "t"), 0));
  }

  @Test
  void aStateMadeFromOneThatIsGoneIsRefusedAndTheNextTrySucceeds() {
    WorkloadHistories histories = histories();

    assertEquals(0, histories.store(history(8, "r"), 7).orElseThrow().version());
    assertEquals(Optional.empty(), histories.store(history(1, "r"), 0));
  }
}
