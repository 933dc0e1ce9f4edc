package io.cattleguard.respond;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.DynamoDbLocal;
import io.cattleguard.edge.DynamoTable;
import io.cattleguard.events.ResponseOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class StoredLedgerTest extends LedgerContract {
  @Override
  protected Ledger ledger() {
    String table = "ledger-" + UUID.randomUUID();
    DynamoDbLocal.createTable(table);
    return new StoredLedger(new DynamoTable(DynamoDbLocal.aws(), table));
  }

  @Test
  void whoBeginsAloneWaitsForNoDeadHolderAndUndoesNoSettlement() {
    StoredLedger ledger = (StoredLedger) ledger();
    Instant now = Instant.parse("2026-03-02T09:15:00Z");
    Ledger.Key held = new Ledger.Key("delete-pod", "held");
    Ledger.Key done = new Ledger.Key("delete-pod", "done");
    ledger.claim(held, "a1", now, Duration.ofMinutes(2));
    ledger.claim(done, "a1", now, Duration.ofMinutes(2));
    Ledger.Settlement settlement =
        new Ledger.Settlement("a1", ResponseOutcome.TAKEN, "deleted", now, Optional.empty());
    ledger.settle(done, settlement);

    ledger.forgetHolders(now);

    assertEquals(
        new Ledger.Claim.Granted(true), ledger.claim(held, "a1", now, Duration.ofMinutes(2)));
    assertEquals(
        new Ledger.Claim.Settled(settlement), ledger.claim(done, "a2", now, Duration.ofMinutes(2)));
  }

  @Test
  void promise10ClustersOfOneTableReleaseAndCountEachTheirOwn() {
    String name = "ledger-" + UUID.randomUUID();
    DynamoDbLocal.createTable(name);
    DynamoTable table = new DynamoTable(DynamoDbLocal.aws(), name);
    StoredLedger blue = StoredLedger.of(table, "blue");
    StoredLedger red = StoredLedger.of(table, "red");
    Instant now = Instant.parse("2026-03-02T09:15:00Z");
    Pod pod = Pods.of("shop", "web-1").uid("3f0c").build();
    blue.remember(new Ledger.Containment(pod, "shell", now, now, "{}"));
    blue.spend("shell/shop/Deployment/web", "a", now, Duration.ofMinutes(10), 1);

    assertEquals(List.of(), red.endedBy(now), "another cluster has no such pod to release");
    assertEquals(1, blue.endedBy(now).size());
    assertEquals(0, red.spent("shell/shop/Deployment/web", now.minusSeconds(600)));
    assertEquals(1, blue.spent("shell/shop/Deployment/web", now.minusSeconds(600)));
    blue.forget(blue.endedBy(now).getFirst());
    assertEquals(List.of(), blue.endedBy(now));
  }

  @Test
  void theKillSwitchOfATableStopsAllOfItsClusters() {
    String name = "ledger-" + UUID.randomUUID();
    DynamoDbLocal.createTable(name);
    DynamoTable table = new DynamoTable(DynamoDbLocal.aws(), name);
    new StoredLedger(table).halt(true);

    assertTrue(StoredLedger.of(table, "blue").halted());
  }
}
