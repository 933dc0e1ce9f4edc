package io.cattleguard.deduplicate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;

/**
 * Sightings in a DynamoDB table with the string key {@code pk}: one conditional UpdateItem a
 * problem and batch, whose refusal brings the current state along.
 */
public final class DynamoSightings implements Sightings {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int REMEMBERED = 1_000;

  /** Housekeeping only: DynamoDB deletes days late, so no decision rests on it. */
  private static final Duration KEPT_AFTER_LAST_ALERT = Duration.ofDays(14);

  private final DynamoDbClient client;
  private final String table;
  private final Map<String, Sighting> hints =
      Collections.synchronizedMap(
          new LinkedHashMap<String, Sighting>(64, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Sighting> eldest) {
              return size() > REMEMBERED;
            }
          });

  /** Over a table. */
  public DynamoSightings(DynamoDbClient client, String table) {
    this.client = client;
    this.table = table;
  }

  /** From what this process stored or saw last; never read from the table. */
  @Override
  public Optional<Sighting> recall(String fingerprint) {
    return Optional.ofNullable(hints.get(fingerprint));
  }

  @Override
  public Optional<Sighting> store(Sighting next, long expectedVersion) {
    try {
      client.updateItem(
          request ->
              request
                  .tableName(table)
                  .key(Map.of("pk", AttributeValue.fromS(next.fingerprint())))
                  .updateExpression("SET version = :next, #state = :state, expiresAt = :expires")
                  .conditionExpression(
                      expectedVersion == 0 ? "attribute_not_exists(pk)" : "version = :expected")
                  .expressionAttributeNames(Map.of("#state", "state"))
                  .expressionAttributeValues(values(next, expectedVersion))
                  .returnValuesOnConditionCheckFailure(
                      ReturnValuesOnConditionCheckFailure.ALL_OLD));
      hints.put(next.fingerprint(), next);
      return Optional.empty();
    } catch (ConditionalCheckFailedException e) {
      return Optional.of(current(next, e));
    } catch (SdkException e) {
      hints.remove(next.fingerprint());
      throw new StorageUnavailable("table " + table + ": " + e.getMessage(), e);
    }
  }

  private static Map<String, AttributeValue> values(Sighting next, long expectedVersion) {
    Map<String, AttributeValue> values = new java.util.HashMap<>();
    values.put(":next", AttributeValue.fromN(Long.toString(next.version())));
    values.put(":state", AttributeValue.fromS(write(next)));
    values.put(
        ":expires",
        AttributeValue.fromN(
            Long.toString(next.lastAt().plus(KEPT_AFTER_LAST_ALERT).getEpochSecond())));
    if (expectedVersion != 0) {
      values.put(":expected", AttributeValue.fromN(Long.toString(expectedVersion)));
    }
    return values;
  }

  private Sighting current(Sighting next, ConditionalCheckFailedException refusal) {
    if (!refusal.hasItem() || refusal.item().isEmpty()) {
      // The item is gone, by its time to live: what this process remembered is all there is.
      hints.remove(next.fingerprint());
      return next.unwritten();
    }
    Map<String, AttributeValue> item = refusal.item();
    AttributeValue version = item.get("version");
    AttributeValue state = item.get("state");
    if (version == null || state == null) {
      throw new IllegalStateException(
          "table " + table + ": item " + next.fingerprint() + " was written by something else");
    }
    Sighting current = read(next.fingerprint(), Long.parseLong(version.n()), state.s());
    hints.put(next.fingerprint(), current);
    return current;
  }

  private static String write(Sighting sighting) {
    ObjectNode state = JSON.createObjectNode();
    state.put("firstAt", sighting.firstAt().toString());
    state.put("lastAt", sighting.lastAt().toString());
    state.put("count", sighting.count());
    state.put("opener", sighting.opener());
    ObjectNode targets = state.putObject("targets");
    sighting.targets().forEach(targets::put);
    ArrayNode retold = state.putArray("retold");
    sighting.retold().forEach(retold::add);
    ArrayNode recent = state.putArray("recent");
    sighting.recentAsList().forEach(recent::add);
    return state.toString();
  }

  private static Sighting read(String fingerprint, long version, String text) {
    JsonNode state;
    try {
      state = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new StorageUnavailable("state of " + fingerprint + " is no JSON", e);
    }
    Map<String, String> targets = new LinkedHashMap<>();
    state.path("targets").properties().forEach(t -> targets.put(t.getKey(), t.getValue().asText()));
    List<String> retold = new ArrayList<>();
    state.path("retold").forEach(id -> retold.add(id.asText()));
    long[] recent = new long[state.path("recent").size()];
    for (int i = 0; i < recent.length; i++) {
      recent[i] = state.path("recent").get(i).asLong();
    }
    return new Sighting(
        fingerprint,
        version,
        Instant.parse(state.path("firstAt").asText()),
        Instant.parse(state.path("lastAt").asText()),
        state.path("count").asLong(),
        state.path("opener").asText(),
        targets,
        retold,
        recent);
  }
}
