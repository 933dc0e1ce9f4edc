package io.cattleguard.score;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.VersionedTable;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/** Histories in a DynamoDB table: one conditional UpdateItem an alert that brings something new. */
public final class DynamoWorkloadHistories implements WorkloadHistories {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration KEPT = Duration.ofDays(90);

  private final VersionedTable table;

  /** Over a table with the string key {@code pk}. */
  public DynamoWorkloadHistories(DynamoDbClient client, String table) {
    this.table = new VersionedTable(client, table);
  }

  @Override
  public Optional<WorkloadHistory> recall(String workload) {
    return table.remembered(workload).map(DynamoWorkloadHistories::read);
  }

  @Override
  public Optional<WorkloadHistory> store(WorkloadHistory next, long expectedVersion) {
    try {
      Instant latest =
          next.tactics().values().stream().max(Instant::compareTo).orElse(next.since());
      return table
          .store(
              new VersionedTable.State(next.workload(), next.version(), write(next)),
              expectedVersion,
              latest.plus(KEPT))
          .map(DynamoWorkloadHistories::read);
    } catch (SdkException e) {
      throw new HistoryUnavailable(String.valueOf(e.getMessage()), e);
    }
  }

  private static String write(WorkloadHistory history) {
    ObjectNode out = JSON.createObjectNode();
    out.put("since", history.since().toString());
    ObjectNode rules = out.putObject("rules");
    history.rules().forEach(rules::put);
    ObjectNode tactics = out.putObject("tactics");
    history.tactics().forEach((tactic, at) -> tactics.put(tactic, at.toString()));
    return out.toString();
  }

  private static WorkloadHistory read(VersionedTable.State state) {
    if (state.version() == 0) {
      return WorkloadHistory.unknown(state.key());
    }
    JsonNode in;
    try {
      in = JSON.readTree(state.text());
    } catch (JsonProcessingException e) {
      throw new HistoryUnavailable("what is stored of " + state.key() + " is no JSON", e);
    }
    Map<String, String> rules = new LinkedHashMap<>();
    in.path("rules")
        .properties()
        .forEach(rule -> rules.put(rule.getKey(), rule.getValue().asText()));
    Map<String, Instant> tactics = new LinkedHashMap<>();
    in.path("tactics")
        .properties()
        .forEach(tactic -> tactics.put(tactic.getKey(), Instant.parse(tactic.getValue().asText())));
    return new WorkloadHistory(
        state.key(), state.version(), Instant.parse(in.path("since").asText()), rules, tactics);
  }
}
