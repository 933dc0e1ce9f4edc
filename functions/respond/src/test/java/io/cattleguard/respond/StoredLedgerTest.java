package io.cattleguard.respond;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.edge.DynamoDbLocal;
import io.cattleguard.edge.DynamoTable;
import io.cattleguard.events.ResponseOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class StoredLedgerTest extends LedgerContract {
  @Override
  protected Ledger ledger() {
    String table = "ledger-" + UUID.randomUUID();
    DynamoDbLocal.createTable(table);
    return new StoredLedger(new DynamoTable(DynamoDbLocal.service(), table));
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
}
