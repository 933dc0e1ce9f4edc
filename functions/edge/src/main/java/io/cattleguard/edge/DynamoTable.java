package io.cattleguard.edge;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;

/**
 * Small states in a DynamoDB table with the string key {@code pk}, each replaced only by who knew
 * the one before: a single conditional UpdateItem, whose refusal brings the current state along.
 *
 * <p>It remembers what it stored or saw last, so that the next write mostly succeeds at once. That
 * is a hint and may be stale; the condition decides.
 */
public final class DynamoTable implements VersionedTable {
  private static final int REMEMBERED = 1_000;
  private static final int BATCH_GET_LIMIT = 100;
  private static final int BATCH_GET_TRIES = 4;

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
  public DynamoTable(DynamoDbClient client, String table) {
    this.client = client;
    this.table = table;
  }

  @Override
  public Optional<State> remembered(String key) {
    return Optional.ofNullable(remembered.get(key));
  }

  @Override
  public Optional<State> read(String key) {
    GetItemResponse response =
        asking(
            () ->
                client.getItem(
                    request ->
                        request
                            .tableName(table)
                            .key(Map.of("pk", AttributeValue.fromS(key)))
                            .consistentRead(true)));
    if (!response.hasItem() || response.item().isEmpty()) {
      remembered.remove(key);
      return Optional.empty();
    }
    State state = state(key, response.item());
    remembered.put(key, state);
    return Optional.of(state);
  }

  /** What DynamoDB leaves out because it is busy is asked for again, a few times. */
  @Override
  public List<State> readAll(Collection<String> keys) {
    List<String> all = List.copyOf(keys);
    List<State> found = new ArrayList<>();
    for (int from = 0; from < all.size(); from += BATCH_GET_LIMIT) {
      Map<String, KeysAndAttributes> wanted =
          Map.of(
              table,
              KeysAndAttributes.builder()
                  .keys(
                      all.subList(from, Math.min(all.size(), from + BATCH_GET_LIMIT)).stream()
                          .map(key -> Map.of("pk", AttributeValue.fromS(key)))
                          .toList())
                  .consistentRead(true)
                  .build());
      for (int tries = 0; tries < BATCH_GET_TRIES && !wanted.isEmpty(); tries++) {
        Map<String, KeysAndAttributes> request = wanted;
        BatchGetItemResponse response =
            asking(() -> client.batchGetItem(get -> get.requestItems(request)));
        for (Map<String, AttributeValue> item :
            response.responses().getOrDefault(table, List.of())) {
          found.add(state(Objects.requireNonNull(item.get("pk")).s(), item));
        }
        wanted = response.unprocessedKeys();
      }
    }
    return found;
  }

  /** One conditional UpdateItem; DynamoDB deletes days after {@code expires}. */
  @Override
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
    } catch (SdkException e) {
      throw unavailable(e);
    }
  }

  @Override
  public void delete(String key) {
    remembered.remove(key);
    asking(
        () ->
            client.deleteItem(
                request -> request.tableName(table).key(Map.of("pk", AttributeValue.fromS(key)))));
  }

  @Override
  public List<State> scan(String prefix) {
    return asking(
        () ->
            client
                .scanPaginator(
                    request ->
                        request
                            .tableName(table)
                            .consistentRead(true)
                            .filterExpression("begins_with(pk, :prefix)")
                            .expressionAttributeValues(
                                Map.of(":prefix", AttributeValue.fromS(prefix))))
                .items()
                .stream()
                .map(item -> state(Objects.requireNonNull(item.get("pk")).s(), item))
                .toList());
  }

  private static <T> T asking(Supplier<T> question) {
    try {
      return question.get();
    } catch (SdkException e) {
      throw unavailable(e);
    }
  }

  /** People read this, and the SDK's own message names the account and the request. */
  private static TableUnavailable unavailable(SdkException e) {
    return new TableUnavailable("DynamoDB: " + e.getClass().getSimpleName(), e);
  }

  private static State state(String key, Map<String, AttributeValue> item) {
    AttributeValue version = item.get("version");
    AttributeValue text = item.get("state");
    if (version == null || text == null) {
      throw new TableUnavailable("its item was written by something else");
    }
    return new State(key, Long.parseLong(version.n()), text.s());
  }
}
