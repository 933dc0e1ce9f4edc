package io.cattleguard.route;

import io.cattleguard.edge.DynamoDbLocal;
import java.util.concurrent.atomic.AtomicInteger;

final class DynamoConversationsTest extends ConversationsContract {
  private static final AtomicInteger TABLES = new AtomicInteger();

  @Override
  Conversations conversations() {
    String table = "conversations-" + TABLES.incrementAndGet();
    DynamoDbLocal.createTable(table);
    return new DynamoConversations(DynamoDbLocal.client(), table);
  }
}
