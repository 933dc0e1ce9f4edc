package io.cattleguard.route.stored;

import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.events.TakesLong;
import io.cattleguard.route.Conversations;
import io.cattleguard.route.ConversationsContract;
import java.util.concurrent.atomic.AtomicInteger;

@TakesLong
final class StoredConversationsTest extends ConversationsContract {
  private static final AtomicInteger TABLES = new AtomicInteger();

  @Override
  protected Conversations conversations() {
    String table = "conversations-" + TABLES.incrementAndGet();
    DynamoDbLocal.createTable(table);
    return new StoredConversations(new DynamoTable(DynamoDbLocal.aws(), table));
  }
}
