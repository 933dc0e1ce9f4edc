package io.cattleguard.route;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BatchGetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;

/**
 * Conversations in a DynamoDB table with the string key {@code pk}: an item a delivery made and an
 * item a problem and destination. {@code expiresAt} is for housekeeping; nothing relies on it.
 *
 * <p>Throws the SDK's exceptions where the table is out of reach.
 */
public final class DynamoConversations implements Conversations {
  /** As long as SQS can keep a message; no delivery comes back after it. */
  private static final Duration DELIVERY_KEPT = Duration.ofDays(14);

  private static final Duration CONVERSATION_KEPT = Duration.ofDays(30);
  private static final int BATCH_GET_LIMIT = 100;
  private static final int BATCH_GET_TRIES = 4;

  private final DynamoDbClient client;
  private final String table;

  /** Over a table. */
  public DynamoConversations(DynamoDbClient client, String table) {
    this.client = client;
    this.table = table;
  }

  @Override
  public Set<String> delivered(Set<String> deliveryIds) {
    Map<String, String> idsByKey = new HashMap<>();
    deliveryIds.forEach(id -> idsByKey.put(deliveryKey(id), id));
    List<String> keys = new ArrayList<>(idsByKey.keySet());
    Set<String> known = new HashSet<>();
    for (int from = 0; from < keys.size(); from += BATCH_GET_LIMIT) {
      List<String> some = keys.subList(from, Math.min(keys.size(), from + BATCH_GET_LIMIT));
      stored(some).forEach(key -> known.add(idsByKey.getOrDefault(key, "")));
    }
    return known;
  }

  private List<String> stored(List<String> keys) {
    List<String> found = new ArrayList<>();
    Map<String, KeysAndAttributes> wanted =
        Map.of(
            table,
            KeysAndAttributes.builder()
                .keys(keys.stream().map(DynamoConversations::pk).toList())
                .projectionExpression("pk")
                .consistentRead(true)
                .build());
    // What DynamoDB leaves out when it is busy and we do not ask again for is told twice.
    for (int tries = 0; tries < BATCH_GET_TRIES && !wanted.isEmpty(); tries++) {
      Map<String, KeysAndAttributes> request = wanted;
      BatchGetItemResponse response = client.batchGetItem(get -> get.requestItems(request));
      response
          .responses()
          .getOrDefault(table, List.of())
          .forEach(item -> found.add(text(item, "pk")));
      wanted = response.unprocessedKeys();
    }
    return found;
  }

  @Override
  public void remember(String deliveryId, Instant now) {
    Map<String, AttributeValue> item = new HashMap<>(pk(deliveryKey(deliveryId)));
    item.put("expiresAt", number(now.plus(DELIVERY_KEPT).getEpochSecond()));
    client.putItem(put -> put.tableName(table).item(item));
  }

  @Override
  public Optional<Conversation> find(Conversation.Key key) {
    Map<String, AttributeValue> item =
        client
            .getItem(get -> get.tableName(table).key(pk(conversationKey(key))).consistentRead(true))
            .item();
    if (!item.containsKey("messageId")) {
      return Optional.empty(); // unknown, or only claimed
    }
    return Optional.of(
        new Conversation(
            text(item, "messageId"),
            Long.parseLong(value(item, "shownCount").n()),
            Instant.parse(text(item, "lastAt")),
            Instant.parse(text(item, "shownAt"))));
  }

  @Override
  public boolean claim(
      Conversation.Key key, Optional<Conversation> seen, Instant now, Instant until) {
    Map<String, AttributeValue> values = new HashMap<>();
    values.put(":until", number(until.toEpochMilli()));
    values.put(":now", number(now.toEpochMilli()));
    values.put(":expires", number(now.plus(CONVERSATION_KEPT).getEpochSecond()));
    seen.ifPresent(known -> values.put(":seen", AttributeValue.fromS(known.messageId())));
    String unclaimed = "(attribute_not_exists(claimedUntil) OR claimedUntil <= :now) AND ";
    String unchanged = seen.isPresent() ? "messageId = :seen" : "attribute_not_exists(messageId)";
    try {
      client.updateItem(
          update ->
              update
                  .tableName(table)
                  .key(pk(conversationKey(key)))
                  .updateExpression("SET claimedUntil = :until, expiresAt = :expires")
                  .conditionExpression(unclaimed + unchanged)
                  .expressionAttributeValues(values));
      return true;
    } catch (ConditionalCheckFailedException e) {
      return false;
    }
  }

  @Override
  public void save(Conversation.Key key, Conversation conversation) {
    Map<String, AttributeValue> item = new HashMap<>(pk(conversationKey(key)));
    item.put("messageId", AttributeValue.fromS(conversation.messageId()));
    item.put("shownCount", number(conversation.count()));
    item.put("lastAt", AttributeValue.fromS(conversation.lastAt().toString()));
    item.put("shownAt", AttributeValue.fromS(conversation.shownAt().toString()));
    item.put("expiresAt", number(conversation.shownAt().plus(CONVERSATION_KEPT).getEpochSecond()));
    client.putItem(put -> put.tableName(table).item(item));
  }

  @Override
  public void release(Conversation.Key key) {
    client.updateItem(
        update ->
            update
                .tableName(table)
                .key(pk(conversationKey(key)))
                .updateExpression("REMOVE claimedUntil"));
  }

  /** Hashed: a delivery's id holds names that others chose, and a key has 2,048 bytes. */
  private static String deliveryKey(String deliveryId) {
    return "delivery#" + hash(deliveryId);
  }

  private static String conversationKey(Conversation.Key key) {
    return "conversation#" + key.destination() + "#" + hash(key.fingerprint());
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static Map<String, AttributeValue> pk(String key) {
    return Map.of("pk", AttributeValue.fromS(key));
  }

  private static AttributeValue number(long value) {
    return AttributeValue.fromN(Long.toString(value));
  }

  private static String text(Map<String, AttributeValue> item, String name) {
    return value(item, name).s();
  }

  private static AttributeValue value(Map<String, AttributeValue> item, String name) {
    AttributeValue value = item.get(name);
    if (value == null) {
      throw new IllegalStateException("an item of the conversations lacks " + name);
    }
    return value;
  }
}
