package io.cattleguard.score;

import io.cattleguard.edge.DynamoDbLocal;
import java.util.UUID;

final class DynamoWorkloadHistoriesTest extends WorkloadHistoriesContract {
  @Override
  WorkloadHistories histories() {
    String table = "histories-" + UUID.randomUUID();
    DynamoDbLocal.createTable(table);
    return new DynamoWorkloadHistories(DynamoDbLocal.client(), table);
  }
}
