package io.cattleguard.route;

import io.cattleguard.edge.DynamoDbLocal;
import io.cattleguard.edge.DynamoTable;
import java.util.concurrent.atomic.AtomicInteger;

final class StoredConversationsTest extends ConversationsContract {
  private static final AtomicInteger TABLES = new AtomicInteger();

  @Override
  protected Conversations conversations() {
    String table = "conversations-" + TABLES.incrementAndGet();
    DynamoDbLocal.createTable(table);
    return new StoredConversations(new DynamoTable(DynamoDbLocal.aws(), table));
  }
}
