package io.cattleguard.deduplicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.TakesLong;
import io.cattleguard.events.TestAlerts;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

@TakesLong
final class StoredSightingsTest extends SightingsContract {
  private final String table = "sightings-" + UUID.randomUUID();

  StoredSightingsTest() {
    DynamoDbLocal.createTable(table);
  }

  @Override
  protected Sightings sightings() {
    return new StoredSightings(new DynamoTable(DynamoDbLocal.aws(), table));
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

  @Test
  void promise12ANoisyProblemOnOneObjectFitsTheSmallestWrite() {
    Deduplicator deduplicator = deduplicator();
    Verdict last = judge(deduplicator, Fingerprint.hash("opener"));
    for (int i = 1; i < 200; i++) {
      last = judge(deduplicator, Fingerprint.hash("alert " + i));
    }

    Alert many = TestAlerts.reverseShell(Fingerprint.hash("many")).withCount(1_000);
    deduplicator.deduplicate(List.of(new Arrival(many, TestAlerts.AT)));

    int bytes = 0;
    for (Map.Entry<String, AttributeValue> attribute : item(last.fingerprint()).entrySet()) {
      AttributeValue value = attribute.getValue();
      bytes += attribute.getKey().length() + (value.s() == null ? value.n() : value.s()).length();
    }
    assertTrue(bytes > 0);
    assertTrue(bytes <= 1_024, bytes + " bytes; a write of up to 1,024 costs one unit");
  }

  @Test
  void anItemMayBeDeletedWhenTwiceTheLongestWindowHasPassedSinceTheLatestTimeInIt() {
    Instant at = Instant.parse("2026-03-02T09:15:00Z");
    Sightings sightings = sightings();
    Duration twiceTheLongestWindow =
        Stream.of(DeduplicationSettings.DEFAULT.forget(), Suppressions.LONGEST_WINDOW)
            .max(Comparator.naturalOrder())
            .orElseThrow()
            .multipliedBy(2);
    sightings.store(
        new Sighting("cap", 1, at, Instant.EPOCH, 1, Published.NOTHING, new long[0]), 0);

    assertEquals(
        at.plus(twiceTheLongestWindow).getEpochSecond(),
        Long.parseLong(item("cap").getOrDefault("expiresAt", DynamoDbLocal.number(0)).n()));
  }

  /** The state of one reverse shell on one pod, as versions before {@code continuing} wrote it. */
  private static final String OLD_STATE =
      """
      {"firstAt":"2026-03-02T09:15:00Z","lastAt":"2026-03-02T09:15:00Z","count":1,"opener":"a1",\
      "targets":{"shop/web-7c8d9f5b6d-x2x4k/4f1c0ffee001":"a1"},"retold":[],"recent":""}\
      """;

  @Test
  void anItemOfAnEarlierVersionIsReadAndItsObjectsAreContinuingAtOnce() {
    put(
        Map.of(
            "pk", DynamoDbLocal.text(Fingerprint.of(TestAlerts.reverseShell("a1"))),
            "version", DynamoDbLocal.number(1),
            "state", DynamoDbLocal.text(OLD_STATE)));
    Deduplicator deduplicator = deduplicator();

    assertEquals(Acceptance.OPENED, judge(deduplicator, "a1").publish().orElseThrow().acceptance());
    assertEquals(
        Acceptance.CONTINUING, judge(deduplicator, "a2").publish().orElseThrow().acceptance());
    Verdict third = judge(deduplicator, "a3");
    assertEquals(Verdict.Column.MERGED, third.column());
    assertEquals(Optional.empty(), third.publish());
    assertEquals(
        Acceptance.CONTINUING,
        judge(deduplicator(), "a2").publish().orElseThrow().acceptance(),
        "a copy of it, in another container");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no JSON",
        "{}",
        "{\"firstAt\":\"yesterday\"}",
        "{\"firstAt\":\"2026-03-02T09:15:00Z\",\"lastAt\":\"2026-03-02T09:15:00Z\",\"gravity\":\"AAA\"}"
      })
  void whatSomethingElseWroteFailsItsOwnProblemAndNoOther(String state) {
    String broken = Fingerprint.of(TestAlerts.reverseShell("a1"));
    put(
        Map.of(
            "pk", DynamoDbLocal.text(broken),
            "version", DynamoDbLocal.number(3),
            "state", DynamoDbLocal.text(state)));

    assertEquals(List.of(Verdict.Column.FAILED, Verdict.Column.OPENED), columnsOfTwoProblems());
  }

  @Test
  void anItemWithoutAStateFailsItsOwnProblemAndNoOther() {
    String broken = Fingerprint.of(TestAlerts.reverseShell("a1"));
    put(Map.of("pk", DynamoDbLocal.text(broken)));

    assertEquals(List.of(Verdict.Column.FAILED, Verdict.Column.OPENED), columnsOfTwoProblems());
  }

  private List<Verdict.Column> columnsOfTwoProblems() {
    return deduplicator()
        .deduplicate(
            List.of(
                new Arrival(TestAlerts.reverseShell("a1"), TestAlerts.AT),
                new Arrival(TestAlerts.terminalShell("a2"), TestAlerts.AT)))
        .stream()
        .map(Verdict::column)
        .toList();
  }

  @Test
  void aTableThatIsNotThereFailsWhatItShouldHaveStored() {
    Verdict verdict =
        judge(
            new Deduplicator(
                new StoredSightings(new DynamoTable(DynamoDbLocal.aws(), "no-such-table")),
                Suppressions.none(),
                DeduplicationSettings.DEFAULT),
            "a1");

    assertEquals(Verdict.Column.FAILED, verdict.column());
  }

  private void put(Map<String, AttributeValue> item) {
    DynamoDbLocal.put(table, item);
  }

  private Map<String, AttributeValue> item(String key) {
    return DynamoDbLocal.item(table, key);
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
