package io.cattleguard.respond;

import io.cattleguard.edge.DynamoDbLocal;
import io.cattleguard.edge.DynamoTable;
import java.util.UUID;

final class StoredLedgerTest extends LedgerContract {
  @Override
  protected Ledger ledger() {
    String table = "ledger-" + UUID.randomUUID();
    DynamoDbLocal.createTable(table);
    return new StoredLedger(new DynamoTable(DynamoDbLocal.client(), table));
  }
}
