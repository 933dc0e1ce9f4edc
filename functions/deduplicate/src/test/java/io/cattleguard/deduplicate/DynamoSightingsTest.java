package io.cattleguard.deduplicate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.edge.DynamoDbLocal;
import io.cattleguard.events.TestAlerts;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class DynamoSightingsTest extends SightingsContract {
  private final String table = "sightings-" + UUID.randomUUID();

  DynamoSightingsTest() {
    DynamoDbLocal.createTable(table);
  }

  @Override
  Sightings sightings() {
    return new DynamoSightings(DynamoDbLocal.client(), table);
  }

  @Test
  void twoContainersThatKnowNothingOfEachOtherCountTogether() {
    Deduplicator one = deduplicator();
    Deduplicator two = deduplicator();

    Verdict first = judge(one, "a1");
    Verdict second = judge(two, "a2");
    Verdict third = judge(one, "a3");

    assertEquals(Verdict.Column.OPENED, first.column());
    assertEquals(Verdict.Column.MERGED, second.column());
    assertEquals(Verdict.Column.MERGED, third.column());
    assertEquals(4, judge(two, "a4", "web-7c8d9f5b6d-zzzz9").publish().orElseThrow().count());
  }

  private Deduplicator deduplicator() {
    return new Deduplicator(sightings(), Suppressions.none(), DeduplicationSettings.DEFAULT);
  }

  private static Verdict judge(Deduplicator deduplicator, String id) {
    return deduplicator
        .deduplicate(List.of(new Arrival(TestAlerts.reverseShell(id), TestAlerts.AT)))
        .get(0);
  }

  private static Verdict judge(Deduplicator deduplicator, String id, String pod) {
    return deduplicator
        .deduplicate(
            List.of(
                new Arrival(
                    TestAlerts.alert(
                            id,
                            "Redirect STDOUT/STDIN to Network Connection in Container",
                            io.cattleguard.events.Severity.CRITICAL)
                        .pod(pod)
                        .build(),
                    TestAlerts.AT)))
        .get(0);
  }
}
