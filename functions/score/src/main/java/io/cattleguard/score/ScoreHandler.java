package io.cattleguard.score;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.BatchHandler;
import io.cattleguard.edge.Env;
import io.cattleguard.edge.EventBridgePublisher;
import io.cattleguard.edge.EventPublisher;
import io.cattleguard.edge.PolicyFiles;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.ScoredAlert;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;

/** The Lambda function: accepted alerts in, scored alerts out. */
public final class ScoreHandler extends BatchHandler {
  private static final String SOURCE = "cattleguard.score";

  private final Scorer scorer;
  private final EventPublisher publisher;
  private final InstantSource clock;

  /** Wires it from {@code HISTORIES_TABLE}, {@code BUS_NAME} and {@code POLICY_DIRECTORY}. */
  public ScoreHandler() {
    this(new Env());
  }

  private ScoreHandler(Env env) {
    this(
        new Scorer(
            ScoringPolicy.read(new PolicyFiles(Path.of(env.required("POLICY_DIRECTORY")))),
            new DynamoWorkloadHistories(
                DynamoDbClient.builder()
                    .httpClientBuilder(UrlConnectionHttpClient.builder())
                    .build(),
                env.required("HISTORIES_TABLE"))),
        new EventBridgePublisher(
            EventBridgeClient.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build(),
            env.required("BUS_NAME"),
            EventBridgePublisher.SLEEP),
        Clock.systemUTC());
  }

  ScoreHandler(Scorer scorer, EventPublisher publisher, InstantSource clock) {
    this.scorer = scorer;
    this.publisher = publisher;
    this.clock = clock;
  }

  @Override
  public Set<String> handle(List<Message> messages) {
    return each(messages, this::score);
  }

  private void score(Message message) {
    JsonNode envelope;
    try {
      envelope = JSON.readTree(message.body());
    } catch (JsonProcessingException e) {
      throw new ContractViolation("body: not JSON", e);
    }
    if (!DetailType.ALERT_ACCEPTED.wireName().equals(envelope.path("detail-type").asText())) {
      throw new ContractViolation("detail-type: score reads accepted alerts alone");
    }
    ScoredAlert scored = scorer.score(AlertJson.readAccepted(envelope.path("detail")));
    BusEvent event =
        new BusEvent(SOURCE, DetailType.ALERT_SCORED, clock.instant(), AlertJson.write(scored));
    if (!publisher.publish(List.of(event)).isEmpty()) {
      throw new IllegalStateException("the bus did not take the scored alert");
    }
  }
}
