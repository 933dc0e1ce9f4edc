package io.cattleguard.record.stored;

import io.cattleguard.aws.AwsClients;
import io.cattleguard.aws.AwsFailure;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.record.IncidentJson;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.Incidents;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.endpoints.AccountIdEndpointMode;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/**
 * Records in a DynamoDB table, one item per incident. Two indexes answer the two questions of a
 * list, each with one query per megabyte: {@code latest} has all incidents by the time of their
 * latest event, {@code holding} only those with something in force.
 */
public final class DynamoIncidents implements Incidents {
  private static final String SERVICE = "DynamoDB";

  /** In each round, one of several concurrent writers succeeds. */
  private static final int TRIES = 30;

  private static final AttributeValue LISTED = AttributeValue.fromS("incident");

  private final DynamoDbClient dynamoDb;
  private final String table;
  private final Duration kept;

  /**
   * Uses a table.
   *
   * @param kept how long an item is kept after its incident's latest event
   */
  public DynamoIncidents(AwsClients aws, String table, Duration kept) {
    this(client(aws), table, kept);
  }

  DynamoIncidents(DynamoDbClient dynamoDb, String table, Duration kept) {
    this.dynamoDb = dynamoDb;
    this.table = table;
    this.kept = kept;
  }

  /** Uses the regional endpoint, which a VPC endpoint for DynamoDB serves. */
  private static DynamoDbClient client(AwsClients aws) {
    return aws.build(
        SERVICE, DynamoDbClient.builder().accountIdEndpointMode(AccountIdEndpointMode.DISABLED));
  }

  /** One read and one conditional write; no write if the event is known already. */
  @Override
  public void merge(IncidentRecord addition) {
    Map<String, AttributeValue> current = item(addition.id());
    for (int tries = 0; tries < TRIES; tries++) {
      Optional<IncidentRecord> before = record(current);
      IncidentRecord next = before.map(one -> one.merge(addition)).orElse(addition);
      if (before.filter(next::equals).isPresent()) {
        return;
      }
      Optional<Map<String, AttributeValue>> conflict = store(next, current.get("version"));
      if (conflict.isEmpty()) {
        return;
      }
      current = conflict.get();
    }
    throw new Unavailable("too many writers of one incident in " + table);
  }

  /** Returns the current item if another writer was faster. */
  private Optional<Map<String, AttributeValue>> store(
      IncidentRecord next, @Nullable AttributeValue expected) {
    long version = expected == null ? 0 : Long.parseLong(expected.n());
    IncidentSummary summary = IncidentSummary.of(next);
    Map<String, AttributeValue> values = new HashMap<>();
    values.put(":next", number(version + 1));
    values.put(":state", AttributeValue.fromS(IncidentJson.write(next).toString()));
    values.put(":summary", AttributeValue.fromS(IncidentJson.write(summary).toString()));
    values.put(":at", number(next.lastAt().toEpochMilli()));
    values.put(":expires", number(next.lastAt().plus(kept).getEpochSecond()));
    StringBuilder set =
        new StringBuilder(
            "SET version = :next, #state = :state, summary = :summary, lastAt = :at,"
                + " expiresAt = :expires");
    Map<String, String> names = new HashMap<>(Map.of("#state", "state"));
    if (next.isListed()) {
      set.append(", #list = :listed");
      names.put("#list", "list");
      values.put(":listed", LISTED);
      set.append(summary.holding() ? ", holding = :listed" : " REMOVE holding");
    }
    if (expected != null) {
      values.put(":expected", expected);
    }
    UpdateItemRequest request =
        UpdateItemRequest.builder()
            .tableName(table)
            .key(key(next.id()))
            .updateExpression(set.toString())
            .conditionExpression(
                expected == null ? "attribute_not_exists(pk)" : "version = :expected")
            .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
            .expressionAttributeNames(names)
            .expressionAttributeValues(values)
            .build();
    try {
      dynamoDb.updateItem(request);
      return Optional.empty();
    } catch (ConditionalCheckFailedException e) {
      // Also if a retry finds the result of its own first attempt: the next merge then finds
      // nothing to add.
      return Optional.of(e.item());
    } catch (SdkException e) {
      throw unavailable(e);
    }
  }

  @Override
  public Optional<IncidentRecord> find(String id) {
    return record(item(id));
  }

  private Map<String, AttributeValue> item(String id) {
    return asking(
            () -> dynamoDb.getItem(get -> get.tableName(table).key(key(id)).consistentRead(true)))
        .item();
  }

  private static Optional<IncidentRecord> record(Map<String, AttributeValue> item) {
    return item.isEmpty()
        ? Optional.empty()
        : Optional.of(IncidentJson.readRecord(text(item, "state")));
  }

  @Override
  public List<IncidentSummary> latest(Instant since, int limit) {
    return query(
        QueryRequest.builder()
            .indexName("latest")
            .keyConditionExpression("#key = :listed AND lastAt >= :since")
            .expressionAttributeNames(Map.of("#key", "list"))
            .expressionAttributeValues(
                Map.of(":listed", LISTED, ":since", number(since.toEpochMilli()))),
        limit);
  }

  @Override
  public List<IncidentSummary> holding(int limit) {
    return query(
        QueryRequest.builder()
            .indexName("holding")
            .keyConditionExpression("#key = :listed")
            .expressionAttributeNames(Map.of("#key", "holding"))
            .expressionAttributeValues(Map.of(":listed", LISTED)),
        limit);
  }

  private List<IncidentSummary> query(QueryRequest.Builder question, int limit) {
    List<IncidentSummary> found = new ArrayList<>();
    Map<String, AttributeValue> last = Map.of();
    do {
      question.tableName(table).scanIndexForward(false).limit(limit - found.size());
      if (!last.isEmpty()) {
        question.exclusiveStartKey(last);
      }
      QueryResponse page = asking(() -> dynamoDb.query(question.build()));
      page.items().forEach(item -> found.add(IncidentJson.readSummary(text(item, "summary"))));
      last = page.lastEvaluatedKey();
    } while (!last.isEmpty() && found.size() < limit);
    return found;
  }

  private static Map<String, AttributeValue> key(String id) {
    return Map.of("pk", AttributeValue.fromS(id));
  }

  private static AttributeValue number(long number) {
    return AttributeValue.fromN(Long.toString(number));
  }

  private static String text(Map<String, AttributeValue> item, String name) {
    AttributeValue value = item.get(name);
    if (value == null || value.s() == null) {
      throw new Unavailable("unexpected format of a stored incident");
    }
    return value.s();
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
}
