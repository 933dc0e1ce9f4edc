package io.cattleguard.edge.lambda;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsFailure;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.endpoints.AccountIdEndpointMode;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/**
 * A DynamoDB table with the string key {@code pk}. A write is one conditional UpdateItem, and a
 * failed condition returns the current state.
 *
 * <p>The last known states are cached, so that the next write usually succeeds at the first
 * attempt. The cache may be stale; the condition decides.
 */
public final class DynamoTable implements VersionedTable {
  private static final String SERVICE = "DynamoDB";
  private static final String LIST = "list";
  private static final int REMEMBERED = 1_000;
  private static final int BATCH_GET_LIMIT = 100;
  private static final int BATCH_GET_TRIES = 4;

  private final DynamoDbClient dynamoDb;
  private final String table;
  private final Supplier<String> writes;
  private final Map<String, State> remembered =
      Collections.synchronizedMap(
          new LinkedHashMap<>(64, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, State> eldest) {
              return size() > REMEMBERED;
            }
          });

  /** Uses a table. */
  public DynamoTable(AwsClients aws, String table) {
    this(client(aws), table, () -> UUID.randomUUID().toString());
  }

  /**
   * Uses a table.
   *
   * @param writes generates a unique id per write
   */
  DynamoTable(DynamoDbClient dynamoDb, String table, Supplier<String> writes) {
    this.dynamoDb = dynamoDb;
    this.table = table;
    this.writes = writes;
  }

  /** Uses the regional endpoint, which a VPC endpoint for DynamoDB serves. */
  static DynamoDbClient client(AwsClients aws) {
    return aws.build(
        SERVICE, DynamoDbClient.builder().accountIdEndpointMode(AccountIdEndpointMode.DISABLED));
  }

  @Override
  public Optional<State> remembered(String key) {
    return Optional.ofNullable(remembered.get(key));
  }

  @Override
  public Optional<State> read(String key) {
    GetItemRequest request =
        GetItemRequest.builder().tableName(table).key(keyed(key)).consistentRead(true).build();
    Map<String, AttributeValue> item = asking(() -> dynamoDb.getItem(request)).item();
    if (item.isEmpty()) {
      remembered.remove(key);
      return Optional.empty();
    }
    State state = state(key, item);
    remembered.put(key, state);
    return Optional.of(state);
  }

  /** Retries unprocessed keys a few times. */
  @Override
  public List<State> readAll(Collection<String> keys) {
    List<String> all = List.copyOf(keys);
    List<State> found = new ArrayList<>();
    for (int from = 0; from < all.size(); from += BATCH_GET_LIMIT) {
      KeysAndAttributes wanted =
          KeysAndAttributes.builder()
              .consistentRead(true)
              .keys(
                  all.subList(from, Math.min(all.size(), from + BATCH_GET_LIMIT)).stream()
                      .map(DynamoTable::keyed)
                      .toList())
              .build();
      Map<String, KeysAndAttributes> pending = Map.of(table, wanted);
      for (int tries = 0; tries < BATCH_GET_TRIES && !pending.isEmpty(); tries++) {
        BatchGetItemRequest request = BatchGetItemRequest.builder().requestItems(pending).build();
        BatchGetItemResponse answer = asking(() -> dynamoDb.batchGetItem(request));
        for (Map<String, AttributeValue> item : answer.responses().getOrDefault(table, List.of())) {
          found.add(state(item));
        }
        pending = answer.unprocessedKeys();
      }
      if (!pending.isEmpty()) {
        throw new Unavailable("DynamoDB left keys of " + table + " unread");
      }
    }
    return found;
  }

  /** One conditional UpdateItem. DynamoDB deletes the item up to days after {@code expires}. */
  @Override
  public Optional<State> store(State next, long expectedVersion, Instant expires) {
    return store(next, expectedVersion, expires, Optional.empty());
  }

  /**
   * The sparse index {@code listed} contains the states that belong to a list, by the time of their
   * expiry.
   */
  @Override
  public Optional<State> store(State next, long expectedVersion, Instant expires, String list) {
    return store(next, expectedVersion, expires, Optional.of(list));
  }

  private Optional<State> store(
      State next, long expectedVersion, Instant expires, Optional<String> list) {
    String write = writes.get();
    Map<String, AttributeValue> values = new HashMap<>();
    values.put(":write", text(write));
    values.put(":next", number(next.version()));
    values.put(":state", text(next.text()));
    values.put(":expires", number(expires.getEpochSecond()));
    if (expectedVersion != 0) {
      values.put(":expected", number(expectedVersion));
    }
    Map<String, String> names = new HashMap<>(Map.of("#state", "state", "#write", "write"));
    list.ifPresent(
        one -> {
          names.put("#list", LIST);
          values.put(":list", text(one));
        });
    UpdateItemRequest request =
        UpdateItemRequest.builder()
            .tableName(table)
            .key(keyed(next.key()))
            .updateExpression(
                "SET version = :next, #state = :state, expiresAt = :expires, #write = :write"
                    + (list.isPresent() ? ", #list = :list" : ""))
            .conditionExpression(
                expectedVersion == 0 ? "attribute_not_exists(pk)" : "version = :expected")
            .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
            .expressionAttributeNames(names)
            .expressionAttributeValues(values)
            .build();
    try {
      dynamoDb.updateItem(request);
      remembered.put(next.key(), next);
      return Optional.empty();
    } catch (ConditionalCheckFailedException e) {
      Map<String, AttributeValue> item = e.item();
      if (item.isEmpty()) {
        remembered.remove(next.key());
        return Optional.of(new State(next.key(), 0, ""));
      }
      State current = state(next.key(), item);
      remembered.put(next.key(), current);
      // A retry may find the result of its own first attempt, whose response was lost; the write id
      // shows this.
      // An equal state with another write id is a conflict, otherwise two writers would both
      // believe that they were first.
      return write.equals(string(item, "write")) ? Optional.empty() : Optional.of(current);
    } catch (SdkException e) {
      throw unavailable(e);
    }
  }

  @Override
  public void delete(String key) {
    remembered.remove(key);
    DeleteItemRequest request =
        DeleteItemRequest.builder().tableName(table).key(keyed(key)).build();
    var unused = asking(() -> dynamoDb.deleteItem(request));
  }

  @Override
  public List<State> scan(String prefix) {
    List<State> found = new ArrayList<>();
    Map<String, AttributeValue> last = Map.of();
    do {
      ScanRequest.Builder request =
          ScanRequest.builder()
              .tableName(table)
              .consistentRead(true)
              .filterExpression("begins_with(pk, :prefix)")
              .expressionAttributeValues(Map.of(":prefix", text(prefix)));
      if (!last.isEmpty()) {
        request.exclusiveStartKey(last);
      }
      ScanResponse page = asking(() -> dynamoDb.scan(request.build()));
      page.items().forEach(item -> found.add(state(item)));
      last = page.lastEvaluatedKey();
    } while (!last.isEmpty());
    return found;
  }

  /** One query per megabyte of the index. */
  @Override
  public List<State> listed(String list, int limit) {
    List<State> found = new ArrayList<>();
    Map<String, AttributeValue> last = Map.of();
    do {
      QueryRequest.Builder request =
          QueryRequest.builder()
              .tableName(table)
              .indexName("listed")
              .scanIndexForward(false)
              .limit(limit - found.size())
              .keyConditionExpression("#list = :list")
              .expressionAttributeNames(Map.of("#list", LIST))
              .expressionAttributeValues(Map.of(":list", text(list)));
      if (!last.isEmpty()) {
        request.exclusiveStartKey(last);
      }
      QueryResponse page = asking(() -> dynamoDb.query(request.build()));
      page.items().forEach(item -> found.add(state(item)));
      last = page.lastEvaluatedKey();
    } while (!last.isEmpty() && found.size() < limit);
    return found;
  }

  private static Map<String, AttributeValue> keyed(String key) {
    return Map.of("pk", text(key));
  }

  private static AttributeValue text(String text) {
    return AttributeValue.builder().s(text).build();
  }

  private static AttributeValue number(long number) {
    return AttributeValue.builder().n(Long.toString(number)).build();
  }

  private static <T> T asking(Supplier<T> call) {
    try {
      return call.get();
    } catch (SdkException e) {
      throw unavailable(e);
    }
  }

  private static Unavailable unavailable(SdkException e) {
    AwsFailure failure = new AwsFailure(SERVICE, e);
    return new Unavailable(String.valueOf(failure.getMessage()), failure);
  }

  private static State state(Map<String, AttributeValue> item) {
    String key = string(item, "pk");
    if (key == null) {
      throw new Unavailable("unexpected format of a stored item");
    }
    return state(key, item);
  }

  private static State state(String key, Map<String, AttributeValue> item) {
    AttributeValue version = item.get("version");
    String text = string(item, "state");
    if (version == null || version.n() == null || text == null) {
      throw new Unavailable("unexpected format of a stored item");
    }
    try {
      return new State(key, Long.parseLong(version.n()), text);
    } catch (NumberFormatException e) {
      throw new Unavailable("unexpected format of a stored item", e);
    }
  }

  private static @Nullable String string(Map<String, AttributeValue> item, String name) {
    AttributeValue value = item.get(name);
    return value == null ? null : value.s();
  }
}
