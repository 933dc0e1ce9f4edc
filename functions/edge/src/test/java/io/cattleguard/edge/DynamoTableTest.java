package io.cattleguard.edge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.VersionedTable.State;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class DynamoTableTest extends VersionedTableContract {
  private static final AtomicInteger TABLES = new AtomicInteger();
  private static final Instant LATER = Instant.parse("2030-01-01T00:00:00Z");

  private final String name = "versioned-" + TABLES.incrementAndGet();

  DynamoTableTest() {
    DynamoDbLocal.createTable(name);
  }

  @Override
  protected VersionedTable table() {
    return new DynamoTable(DynamoDbLocal.service(), name);
  }

  @Test
  void aLostAnswerIsNoRefusal() {
    VersionedTable lossy = new DynamoTable(new LosesAnAnswer(DynamoDbLocal.service()), name);

    assertEquals(Optional.empty(), lossy.store(new State("k", 1, "a"), 0, LATER));
    assertEquals(Optional.of(new State("k", 1, "a")), table().read("k"));
  }

  @Test
  void aTableThatIsNotThereIsNamedByTheServicesErrorAlone() {
    VersionedTable nowhere = new DynamoTable(DynamoDbLocal.service(), "no-such-table");

    TableUnavailable e = assertThrows(TableUnavailable.class, () -> nowhere.read("k"));
    assertEquals("DynamoDB: ResourceNotFoundException", e.getMessage());
    assertThrows(TableUnavailable.class, () -> nowhere.store(new State("k", 1, ""), 0, LATER));
  }

  /** The service does what it is asked, its answer does not arrive, and it is asked again. */
  private record LosesAnAnswer(AwsService service) implements AwsService {
    @Override
    public JsonNode call(String operation, JsonNode request) {
      service.call(operation, request);
      return service.call(operation, request);
    }
  }
}
