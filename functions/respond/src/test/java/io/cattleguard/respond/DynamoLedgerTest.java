package io.cattleguard.respond;

import io.cattleguard.edge.DynamoDbLocal;
import java.util.UUID;

final class DynamoLedgerTest extends LedgerContract {
  @Override
  Ledger ledger() {
    String table = "ledger-" + UUID.randomUUID();
    DynamoDbLocal.createTable(table);
    return new DynamoLedger(DynamoDbLocal.client(), table);
  }
}
