package io.cattleguard.edge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Small states in a DynamoDB table with the string key {@code pk}, each replaced only by who knew
 * the one before: a single conditional UpdateItem, whose refusal brings the current state along.
 *
 * <p>It remembers what it stored or saw last, so that the next write mostly succeeds at once. That
 * is a hint and may be stale; the condition decides.
 */
public final class DynamoTable implements VersionedTable {
  private static final JsonMapper JSON = Json.MAPPER;
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final int REMEMBERED = 1_000;
  private static final int BATCH_GET_LIMIT = 100;
  private static final int BATCH_GET_TRIES = 4;

  private final AwsService dynamoDb;
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

  /** Over a table. */
  public DynamoTable(AwsService dynamoDb, String table) {
    this(dynamoDb, table, () -> UUID.randomUUID().toString());
  }

  /**
   * Over a table.
   *
   * @param writes names each write, never twice the same
   */
  DynamoTable(AwsService dynamoDb, String table, Supplier<String> writes) {
    this.dynamoDb = dynamoDb;
    this.table = table;
    this.writes = writes;
  }

  @Override
  public Optional<State> remembered(String key) {
    return Optional.ofNullable(remembered.get(key));
  }

  @Override
  public Optional<State> read(String key) {
    JsonNode item = asking("GetItem", keyed(key).put("ConsistentRead", true)).path("Item");
    if (item.isEmpty()) {
      remembered.remove(key);
      return Optional.empty();
    }
    State state = state(key, item);
    remembered.put(key, state);
    return Optional.of(state);
  }

  /** What DynamoDB leaves out because it is busy is asked for again, a few times. */
  @Override
  public List<State> readAll(Collection<String> keys) {
    List<String> all = List.copyOf(keys);
    List<State> found = new ArrayList<>();
    for (int from = 0; from < all.size(); from += BATCH_GET_LIMIT) {
      ObjectNode request = NODES.objectNode();
      ObjectNode wanted = request.putObject("RequestItems").putObject(table);
      wanted.put("ConsistentRead", true);
      ArrayNode pks = wanted.putArray("Keys");
      all.subList(from, Math.min(all.size(), from + BATCH_GET_LIMIT))
          .forEach(key -> pks.addObject().putObject("pk").put("S", key));
      JsonNode pending = request.path("RequestItems");
      for (int tries = 0; tries < BATCH_GET_TRIES && !pending.isEmpty(); tries++) {
        request.set("RequestItems", pending);
        JsonNode answer = asking("BatchGetItem", request);
        for (JsonNode item : answer.path("Responses").path(table)) {
          found.add(state(item.path("pk").path("S").asText(), item));
        }
        pending = answer.path("UnprocessedKeys");
      }
    }
    return found;
  }

  /** One conditional UpdateItem; DynamoDB deletes days after {@code expires}. */
  @Override
  public Optional<State> store(State next, long expectedVersion, Instant expires) {
    String write = writes.get();
    ObjectNode request = keyed(next.key());
    request.put(
        "UpdateExpression",
        "SET version = :next, #state = :state, expiresAt = :expires, #write = :write");
    request.put(
        "ConditionExpression",
        expectedVersion == 0 ? "attribute_not_exists(pk)" : "version = :expected");
    request.put("ReturnValuesOnConditionCheckFailure", "ALL_OLD");
    request.putObject("ExpressionAttributeNames").put("#state", "state").put("#write", "write");
    ObjectNode values = request.putObject("ExpressionAttributeValues");
    values.putObject(":write").put("S", write);
    values.putObject(":next").put("N", Long.toString(next.version()));
    values.putObject(":state").put("S", next.text());
    values.putObject(":expires").put("N", Long.toString(expires.getEpochSecond()));
    if (expectedVersion != 0) {
      values.putObject(":expected").put("N", Long.toString(expectedVersion));
    }
    try {
      dynamoDb.call("UpdateItem", request);
      remembered.put(next.key(), next);
      return Optional.empty();
    } catch (AwsFailure e) {
      if (!e.code().equals("ConditionalCheckFailedException")) {
        throw unavailable(e);
      }
      JsonNode item = json(e).path("Item");
      if (item.isEmpty()) {
        remembered.remove(next.key());
        return Optional.of(new State(next.key(), 0, ""));
      }
      State current = state(next.key(), item);
      remembered.put(next.key(), current);
      // A second attempt meets what the first one wrote, whose answer was lost; the same state
      // written by somebody else is a refusal, or two would both believe that they were first.
      return write.equals(item.path("write").path("S").asText())
          ? Optional.empty()
          : Optional.of(current);
    }
  }

  @Override
  public void delete(String key) {
    remembered.remove(key);
    asking("DeleteItem", keyed(key));
  }

  @Override
  public List<State> scan(String prefix) {
    ObjectNode request = NODES.objectNode().put("TableName", table).put("ConsistentRead", true);
    request.put("FilterExpression", "begins_with(pk, :prefix)");
    request.putObject("ExpressionAttributeValues").putObject(":prefix").put("S", prefix);
    List<State> found = new ArrayList<>();
    JsonNode last;
    do {
      JsonNode page = asking("Scan", request);
      for (JsonNode item : page.path("Items")) {
        found.add(state(item.path("pk").path("S").asText(), item));
      }
      last = page.path("LastEvaluatedKey");
      request.set("ExclusiveStartKey", last);
    } while (!last.isEmpty());
    return found;
  }

  private ObjectNode keyed(String key) {
    ObjectNode request = NODES.objectNode().put("TableName", table);
    request.putObject("Key").putObject("pk").put("S", key);
    return request;
  }

  private JsonNode asking(String operation, ObjectNode request) {
    try {
      return dynamoDb.call(operation, request);
    } catch (AwsFailure e) {
      throw unavailable(e);
    }
  }

  private static TableUnavailable unavailable(AwsFailure e) {
    return new TableUnavailable(String.valueOf(e.getMessage()), e);
  }

  private static JsonNode json(AwsFailure e) {
    try {
      return JSON.readTree(e.body());
    } catch (JsonProcessingException notJson) {
      throw unavailable(e);
    }
  }

  private static State state(String key, JsonNode item) {
    String version = item.path("version").path("N").asText();
    JsonNode text = item.path("state").path("S");
    try {
      if (text.isTextual()) {
        return new State(key, Long.parseLong(version), text.asText());
      }
    } catch (NumberFormatException e) {
      throw new TableUnavailable("its item was written by something else", e);
    }
    throw new TableUnavailable("its item was written by something else");
  }
}
