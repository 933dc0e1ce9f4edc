package io.cattleguard.record.stored;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.lambda.DynamoDbLocal;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.TakesLong;
import io.cattleguard.record.IncidentJson;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.Incidents;
import io.cattleguard.record.IncidentsContract;
import io.cattleguard.record.Recorder;
import io.cattleguard.record.TestIncidents;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.Projection;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** Tests the store with DynamoDB Local. */
@TakesLong
public final class DynamoIncidentsTest extends IncidentsContract {
  private static final Duration KEPT = Duration.ofDays(90);
  private final List<String> calls = new ArrayList<>();

  /** The maximum size of an index entry's keys and their names, in addition to the summary. */
  private static final int KEYS = 200;

  /** Creates the table that Terraform creates, in the DynamoDB of this JVM. */
  public static void createTable(String name) {
    createTable(DynamoDbLocal.client(), name);
  }

  /** Creates the table that Terraform creates. */
  public static void createTable(DynamoDbClient dynamoDb, String name) {
    try {
      var unused =
          dynamoDb.createTable(
              table ->
                  table
                      .tableName(name)
                      .billingMode(BillingMode.PAY_PER_REQUEST)
                      .attributeDefinitions(
                          attribute("pk", ScalarAttributeType.S),
                          attribute("list", ScalarAttributeType.S),
                          attribute("holding", ScalarAttributeType.S),
                          attribute("lastAt", ScalarAttributeType.N))
                      .keySchema(key("pk", KeyType.HASH))
                      .globalSecondaryIndexes(
                          index("latest", "list"), index("holding", "holding")));
    } catch (ResourceInUseException e) {
      // An earlier attempt created it but timed out; names are unique.
    }
  }

  private static AttributeDefinition attribute(String name, ScalarAttributeType type) {
    return AttributeDefinition.builder().attributeName(name).attributeType(type).build();
  }

  private static KeySchemaElement key(String name, KeyType type) {
    return KeySchemaElement.builder().attributeName(name).keyType(type).build();
  }

  private static GlobalSecondaryIndex index(String name, String key) {
    return GlobalSecondaryIndex.builder()
        .indexName(name)
        .keySchema(key(key, KeyType.HASH), key("lastAt", KeyType.RANGE))
        .projection(
            Projection.builder()
                .projectionType(ProjectionType.INCLUDE)
                .nonKeyAttributes("summary")
                .build())
        .build();
  }

  @Override
  protected Incidents incidents() {
    String name = "incidents-" + UUID.randomUUID();
    createTable(DynamoDbLocal.client(), name);
    return new DynamoIncidents(counted(), name, KEPT);
  }

  private DynamoDbClient counted() {
    return (DynamoDbClient)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {DynamoDbClient.class},
            (proxy, method, arguments) -> {
              synchronized (calls) {
                calls.add(method.getName());
              }
              try {
                return method.invoke(DynamoDbLocal.client(), arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void aListIsTwoQueriesAndAnEventThatIsKnownIsNoWrite() {
    Incidents incidents = incidents();
    Recorder recorder = new Recorder(incidents);
    for (int i = 0; i < 40; i++) {
      recorder.record(
          TestIncidents.detail(
              TestIncidents.decided(
                  TestIncidents.opened("incident-" + i),
                  "isolate-pod",
                  ResponseOutcome.TAKEN,
                  i,
                  TestIncidents.AT.plusSeconds(3_600))),
          Recorder.OPERATOR);
    }
    calls.clear();

    List<IncidentSummary> latest = incidents.latest(TestIncidents.AT, Incidents.LIMIT);
    assertEquals(40, latest.size());
    assertEquals(40, incidents.holding(Incidents.LIMIT).size());
    assertEquals(List.of("query", "query"), calls);
    // A query reads one megabyte of the index. DynamoDB Local counts the whole items instead.
    for (IncidentSummary one : latest) {
      int bytes = IncidentJson.write(one).toString().length() + KEYS;
      assertTrue(bytes * Incidents.LIMIT < 1 << 20, "a full list is one query: " + bytes);
    }

    calls.clear();
    recorder.record(TestIncidents.detail(TestIncidents.opened("incident-1")), Recorder.OPERATOR);
    assertEquals(List.of("getItem"), calls);
  }

  @Test
  void anItemExpiresAfterTheLatestEvent() {
    String name = "incidents-" + UUID.randomUUID();
    createTable(DynamoDbLocal.client(), name);
    Incidents incidents = new DynamoIncidents(DynamoDbLocal.aws(), name, KEPT);
    new Recorder(incidents)
        .record(TestIncidents.detail(TestIncidents.opened("one")), Recorder.OPERATOR);

    assertEquals(
        DynamoDbLocal.number(TestIncidents.AT.plus(KEPT).getEpochSecond()),
        DynamoDbLocal.item(name, "one").get("expiresAt"));
  }

  @Test
  void aDamagedItemAndAMissingTableAreNamed() {
    String name = "incidents-" + UUID.randomUUID();
    createTable(DynamoDbLocal.client(), name);
    Incidents incidents = new DynamoIncidents(DynamoDbLocal.aws(), name, KEPT);
    for (String state : List.of("{", "{}", "null", "{\"firstAt\":\"yesterday\"}")) {
      DynamoDbLocal.put(
          name,
          Map.of(
              "pk", DynamoDbLocal.text("one"),
              "version", DynamoDbLocal.number(1),
              "state", DynamoDbLocal.text(state)));
      assertThrows(Unavailable.class, () -> incidents.find("one"), state);
    }
    Incidents missing = new DynamoIncidents(DynamoDbLocal.aws(), "no-such-table", KEPT);
    assertEquals(
        "DynamoDB: ResourceNotFoundException",
        assertThrows(Unavailable.class, () -> missing.holding(1)).getMessage());
  }
}
