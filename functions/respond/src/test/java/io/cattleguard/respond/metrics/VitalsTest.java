package io.cattleguard.respond.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.respond.action.Allowance;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class VitalsTest {
  private static final Instant NOW = Instant.parse("2026-03-02T09:15:00Z");
  private static final Budget BREAKER = new Budget(Budget.Per.CLUSTER, 2, Duration.ofMinutes(10));

  private final InMemoryLedger blue = new InMemoryLedger();
  private final InMemoryLedger green = new InMemoryLedger();

  private Vitals vitals(Instant now) {
    return Vitals.of(List.of(blue, green), BREAKER, now);
  }

  private static void contain(Ledger ledger, String uid) {
    ledger.remember(
        new Containment(
            "isolate-pod",
            uid,
            JsonNodeFactory.instance.objectNode(),
            "shell",
            NOW,
            NOW.plusSeconds(3_600),
            "{}"));
  }

  private static void fail(Ledger ledger, String uid, Instant at) {
    ledger.change(new Ledger.Key("isolate-pod", uid), one -> one.failedAt(at));
  }

  @Test
  void withoutContainmentsAndFailuresEverythingIsZero() {
    assertEquals(Vitals.NONE, vitals(NOW));
  }

  @Test
  void containmentsOfAllLedgersAreCountedAndTheOldestFailedUndoIsTold() {
    contain(blue, "uid-1");
    contain(blue, "uid-2");
    contain(green, "uid-3");
    fail(blue, "uid-2", NOW.plusSeconds(10));
    fail(green, "uid-3", NOW.plusSeconds(40));
    fail(blue, "uid-2", NOW.plusSeconds(70));

    assertEquals(new Vitals(3, 2, Duration.ofSeconds(90), 0), vitals(NOW.plusSeconds(100)));
  }

  @Test
  void aBreakerIsOpenFromItsLastFailureUntilTheWindowEnds() {
    blue.spend(Allowance.CIRCUIT_BREAKER, "delete-pod/uid-1", NOW, BREAKER.window(), 2);
    assertEquals(0, vitals(NOW).breakersOpen());

    blue.spend(
        Allowance.CIRCUIT_BREAKER, "delete-pod/uid-2", NOW.plusSeconds(60), BREAKER.window(), 2);
    assertEquals(1, vitals(NOW.plusSeconds(60)).breakersOpen());
    assertEquals(1, vitals(NOW.plusSeconds(599)).breakersOpen());
    assertEquals(0, vitals(NOW.plusSeconds(600)).breakersOpen());
  }

  @Test
  void aBreakerOfActionsThatOnlyLimitIsTold() {
    String key = Allowance.breaker(Effect.LIMITS);
    blue.spend(key, "block-egress/uid-1", NOW, BREAKER.window(), 2);
    blue.spend(key, "block-egress/uid-2", NOW, BREAKER.window(), 2);

    assertEquals(1, vitals(NOW).breakersOpen());
  }
}
