package io.cattleguard.score;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.events.Points;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.TakesLong;
import io.cattleguard.events.TestAlerts;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

@TakesLong
final class StoredWorkloadHistoriesTest extends WorkloadHistoriesContract {
  private String table = "";

  @Override
  protected WorkloadHistories histories() {
    table = "histories-" + UUID.randomUUID();
    DynamoDbLocal.createTable(table);
    return new StoredWorkloadHistories(new DynamoTable(DynamoDbLocal.aws(), table));
  }

  @Override
  protected WorkloadHistories elsewhere(WorkloadHistories histories) {
    return new StoredWorkloadHistories(new DynamoTable(DynamoDbLocal.aws(), table));
  }

  @Test
  void aTableThatIsAwayCostsThePastAndNamesNoAccount() {
    ScoredAlert scored =
        new Scorer(
                ScorerTest.POLICY,
                new StoredWorkloadHistories(new DynamoTable(DynamoDbLocal.aws(), "no-such-table")))
            .score(TestAlerts.opened(TestAlerts.terminalShell("a")));

    assertEquals(30, scored.score());
    assertEquals(
        "workload history unavailable (DynamoDB: ResourceNotFoundException): no kill-chain, no"
            + " new-rule and no novelty points",
        scored.reasons().getLast().reason());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "{}", "{\"since\":\"yesterday\"}", "null"})
  void aDamagedItemCostsThePastAndNotTheAlert(String state) {
    WorkloadHistories histories = histories();
    put(Map.of("version", DynamoDbLocal.number(7), "state", DynamoDbLocal.text(state)));

    assertPastIsUnknown(histories);
  }

  @Test
  void anItemOfSomethingElseCostsThePastAndNotTheAlert() {
    WorkloadHistories histories = histories();
    put(Map.of("name", DynamoDbLocal.text("not ours")));

    assertPastIsUnknown(histories);
  }

  private void put(Map<String, AttributeValue> attributes) {
    Map<String, AttributeValue> item = new HashMap<>(attributes);
    item.put("pk", DynamoDbLocal.text("blue/shop/web"));
    DynamoDbLocal.put(table, item);
  }

  private static void assertPastIsUnknown(WorkloadHistories histories) {
    Scorer scorer = new Scorer(ScorerTest.POLICY, histories);
    for (String id : new String[] {"first", "second"}) {
      ScoredAlert scored = scorer.score(TestAlerts.opened(TestAlerts.terminalShell(id)));
      Points last = scored.reasons().getLast();
      assertTrue(last.reason().startsWith(Signals.UNKNOWN_PAST), last.reason());
      assertEquals(0, last.value());
    }
  }
}
