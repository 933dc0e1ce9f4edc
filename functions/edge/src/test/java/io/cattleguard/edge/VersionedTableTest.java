package io.cattleguard.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.edge.VersionedTable.State;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

final class VersionedTableTest {
  private static final AtomicInteger TABLES = new AtomicInteger();
  private static final Instant LATER = Instant.parse("2030-01-01T00:00:00Z");

  private final String name = "versioned-" + TABLES.incrementAndGet();
  private final VersionedTable table = table();

  VersionedTableTest() {
    DynamoDbLocal.createTable(name);
  }

  /** As another process would see it: it remembers nothing of this one. */
  private VersionedTable table() {
    return new VersionedTable(DynamoDbLocal.client(), name);
  }

  @Test
  void aStateIsStoredAndReplacedByWhoKnewTheOneBefore() {
    assertEquals(Optional.empty(), table.store(new State("k", 1, "a"), 0, LATER));
    assertEquals(Optional.empty(), table.store(new State("k", 2, "b"), 1, LATER));
    assertEquals(Optional.of(new State("k", 2, "b")), table().read("k"));
  }

  @Test
  void whoKnewAnOlderOneIsRefusedWithTheCurrentOneAndKnowsItThen() {
    table.store(new State("k", 1, "a"), 0, LATER);
    VersionedTable other = table();

    assertEquals(
        Optional.of(new State("k", 1, "a")), other.store(new State("k", 1, "b"), 0, LATER));
    assertEquals(Optional.of(new State("k", 1, "a")), other.remembered("k"));
    assertEquals(Optional.of(new State("k", 1, "a")), table.read("k"));
  }

  @Test
  void theSameStateFromTwoIsStoredForOneOfThem() {
    State same = new State("k", 1, "a");

    assertEquals(Optional.empty(), table.store(same, 0, LATER));
    assertEquals(Optional.of(same), table().store(same, 0, LATER));
  }

  @Test
  void ofManyAtOnceOneStores() {
    long stored =
        IntStream.range(0, 8)
            .parallel()
            .filter(i -> table().store(new State("k", 1, "same"), 0, LATER).isEmpty())
            .count();

    assertEquals(1, stored);
  }

  @Test
  void aLostAnswerIsNoRefusal() {
    VersionedTable lossy = new VersionedTable(new LosesAnAnswer(DynamoDbLocal.client()), name);

    assertEquals(Optional.empty(), lossy.store(new State("k", 1, "a"), 0, LATER));
    assertEquals(Optional.of(new State("k", 1, "a")), table.read("k"));
  }

  @Test
  void aStateThatIsGoneIsToldAsVersionZero() {
    table.store(new State("k", 1, "a"), 0, LATER);
    table().delete("k");

    assertEquals(Optional.of(new State("k", 0, "")), table.store(new State("k", 2, "b"), 1, LATER));
    assertEquals(Optional.empty(), table.remembered("k"));
    assertEquals(Optional.empty(), table.read("k"));
  }

  @Test
  void aScanFindsWhatBeginsSo() {
    table.store(new State("a/1", 1, ""), 0, LATER);
    table.store(new State("b/1", 1, ""), 0, LATER);

    assertEquals(List.of(new State("a/1", 1, "")), table.scan("a/"));
  }

  /** The service does what it is asked, its answer does not arrive, and the SDK asks again. */
  private record LosesAnAnswer(DynamoDbClient client) implements DynamoDbClient {
    @Override
    public UpdateItemResponse updateItem(UpdateItemRequest request) {
      client.updateItem(request);
      return client.updateItem(request);
    }

    @Override
    public String serviceName() {
      return client.serviceName();
    }

    @Override
    public void close() {}
  }
}
