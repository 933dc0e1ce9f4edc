package io.cattleguard.edge;

import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;

/**
 * Small states in a DynamoDB table with the string key {@code pk}, each replaced only by who knew
 * the one before: a single conditional UpdateItem, whose refusal brings the current state along.
 *
 * <p>It remembers what it stored or saw last, so that the next write mostly succeeds at once. That
 * is a hint and may be stale; the condition decides.
 */
public final class VersionedTable {
  private static final int REMEMBERED = 1_000;

  private final DynamoDbClient client;
  private final String table;
  private final Map<String, State> remembered =
      Collections.synchronizedMap(
          new LinkedHashMap<>(64, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, State> eldest) {
              return size() > REMEMBERED;
            }
          });

  /** Over a table. */
  public VersionedTable(DynamoDbClient client, String table) {
    this.client = client;
    this.table = table;
  }

  /**
   * A state.
   *
   * @param version counts the writes from 1; 0 says that there is none
   * @param text what it says, empty where there is none
   */
  public record State(String key, long version, String text) {}

  /** What this process stored or saw last of a key. */
  public Optional<State> remembered(String key) {
    return Optional.ofNullable(remembered.get(key));
  }

  /** What the table has of a key, read consistently. */
  public Optional<State> read(String key) {
    GetItemResponse response =
        client.getItem(
            request ->
                request
                    .tableName(table)
                    .key(Map.of("pk", AttributeValue.fromS(key)))
                    .consistentRead(true));
    return response.hasItem() && !response.item().isEmpty()
        ? Optional.of(state(key, response.item()))
        : Optional.empty();
  }

  /**
   * Stores a state if the table still has the one that it was made from.
   *
   * @param expectedVersion that one's version, 0 where there was none
   * @param expires when DynamoDB may delete it; housekeeping alone, days late, and no decision
   *     rests on it
   * @return empty when stored; else what the table has now, version 0 where it has none
   */
  public Optional<State> store(State next, long expectedVersion, Instant expires) {
    String write = UUID.randomUUID().toString();
    Map<String, AttributeValue> values = new HashMap<>();
    values.put(":write", AttributeValue.fromS(write));
    values.put(":next", AttributeValue.fromN(Long.toString(next.version())));
    values.put(":state", AttributeValue.fromS(next.text()));
    values.put(":expires", AttributeValue.fromN(Long.toString(expires.getEpochSecond())));
    if (expectedVersion != 0) {
      values.put(":expected", AttributeValue.fromN(Long.toString(expectedVersion)));
    }
    try {
      client.updateItem(
          request ->
              request
                  .tableName(table)
                  .key(Map.of("pk", AttributeValue.fromS(next.key())))
                  .updateExpression(
                      "SET version = :next, #state = :state, expiresAt = :expires, #write = :write")
                  .conditionExpression(
                      expectedVersion == 0 ? "attribute_not_exists(pk)" : "version = :expected")
                  .expressionAttributeNames(Map.of("#state", "state", "#write", "write"))
                  .expressionAttributeValues(values)
                  .returnValuesOnConditionCheckFailure(
                      ReturnValuesOnConditionCheckFailure.ALL_OLD));
      remembered.put(next.key(), next);
      return Optional.empty();
    } catch (ConditionalCheckFailedException e) {
      if (!e.hasItem() || e.item().isEmpty()) {
        remembered.remove(next.key());
        return Optional.of(new State(next.key(), 0, ""));
      }
      State current = state(next.key(), e.item());
      remembered.put(next.key(), current);
      // A retry inside the SDK meets what its own first attempt wrote; the same state written by
      // somebody else is a refusal, or two would both believe that they were first.
      AttributeValue writer = e.item().get("write");
      return writer != null && write.equals(writer.s()) ? Optional.empty() : Optional.of(current);
    }
  }

  /** Deletes a state; nothing happens where there is none. */
  public void delete(String key) {
    remembered.remove(key);
    client.deleteItem(
        request -> request.tableName(table).key(Map.of("pk", AttributeValue.fromS(key))));
  }

  /** Every state whose key begins so; reads the whole table, and is for small ones. */
  public List<State> scan(String prefix) {
    return client
        .scanPaginator(
            request ->
                request
                    .tableName(table)
                    .consistentRead(true)
                    .filterExpression("begins_with(pk, :prefix)")
                    .expressionAttributeValues(Map.of(":prefix", AttributeValue.fromS(prefix))))
        .items()
        .stream()
        .map(item -> state(Objects.requireNonNull(item.get("pk")).s(), item))
        .toList();
  }

  private State state(String key, Map<String, AttributeValue> item) {
    AttributeValue version = item.get("version");
    AttributeValue text = item.get("state");
    if (version == null || text == null) {
      throw new IllegalStateException(
          "table " + table + ": item " + key + " was written by something else");
    }
    return new State(key, Long.parseLong(version.n()), text.s());
  }
}
