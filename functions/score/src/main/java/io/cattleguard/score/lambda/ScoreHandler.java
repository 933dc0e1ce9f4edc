package io.cattleguard.score.lambda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.lambda.BatchHandler;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.lambda.EventBridgePublisher;
import io.cattleguard.edge.lambda.Rehearsal;
import io.cattleguard.edge.lambda.StructuredLog;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.reviewed.ReviewedModels;
import io.cattleguard.score.Scorer;
import io.cattleguard.score.ScoringPolicy;
import io.cattleguard.score.StoredWorkloadHistories;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** The Lambda function score: reads accepted alerts, publishes scored alerts. */
public final class ScoreHandler extends BatchHandler {
  private static final String SOURCE = "cattleguard.score";

  private final Scorer scorer;
  private final EventPublisher publisher;
  private final InstantSource clock;
  private final boolean withoutModels;

  /**
   * Wires the function from {@code HISTORIES_TABLE}, {@code BUS_NAME} and {@code POLICY_DIRECTORY}.
   */
  public ScoreHandler() {
    this(new Env(), Clock.systemUTC());
  }

  ScoreHandler(Env env, InstantSource clock) {
    this(env, env.aws(), clock);
    Rehearsal.play(env, ScoreHandler.class, "alert-accepted.json", () -> rehearsed(env));
  }

  private static ScoreHandler rehearsed(Env env) {
    return new ScoreHandler(
        new Scorer(
            policy(env),
            new StoredWorkloadHistories(Rehearsal.table()),
            models(directory(env)).orElse(ReviewedModels.NONE)),
        Rehearsal.publisher(),
        () -> Rehearsal.AT);
  }

  /** The models; empty if they are unreadable, because alerts matter more than models. */
  static Optional<ReviewedModels> models(Path policy) {
    try {
      return Optional.of(ReviewedModels.read(new PolicyFiles(policy)));
    } catch (PolicyException e) {
      StructuredLog.error("the models are unreadable; score runs without them", e);
      return Optional.empty();
    }
  }

  private static Path directory(Env env) {
    return Path.of(env.required("POLICY_DIRECTORY"));
  }

  private static ScoringPolicy policy(Env env) {
    return ScoringPolicy.read(new PolicyFiles(directory(env)));
  }

  private ScoreHandler(Env env, AwsClients aws, InstantSource clock) {
    this(env, aws, models(directory(env)), clock);
  }

  private ScoreHandler(
      Env env, AwsClients aws, Optional<ReviewedModels> models, InstantSource clock) {
    this(
        new Scorer(
            policy(env),
            new StoredWorkloadHistories(new DynamoTable(aws, env.required("HISTORIES_TABLE"))),
            models.orElse(ReviewedModels.NONE)),
        new EventBridgePublisher(aws, env.required("BUS_NAME")),
        clock,
        models.isEmpty());
  }

  ScoreHandler(Scorer scorer, EventPublisher publisher, InstantSource clock) {
    this(scorer, publisher, clock, false);
  }

  private ScoreHandler(
      Scorer scorer, EventPublisher publisher, InstantSource clock, boolean withoutModels) {
    this.scorer = scorer;
    this.publisher = publisher;
    this.clock = clock;
    this.withoutModels = withoutModels;
  }

  @Override
  public Set<String> handle(List<Message> messages) {
    Instant now = clock.instant();
    List<BusEvent> events = new ArrayList<>(messages.size());
    List<String> messageOf = new ArrayList<>(messages.size());
    AtomicInteger withoutPast = new AtomicInteger();
    Set<Integer> canaries = new HashSet<>();
    Set<String> failed =
        each(
            messages,
            message -> {
              ScoredAlert scored = scorer.score(accepted(message));
              if (Canary.is(scored.alert())) {
                canaries.add(events.size());
              }
              events.add(
                  new BusEvent(SOURCE, DetailType.ALERT_SCORED, now, AlertJson.write(scored)));
              messageOf.add(message.id());
              withoutPast.addAndGet(Scorer.isWithoutPast(scored) ? 1 : 0);
            });
    for (int refused : publisher.publish(events)) {
      failed.add(messageOf.get(refused));
      canaries.remove(refused);
    }
    count(messages.size(), failed.size(), withoutPast.get(), canaries.size(), now);
    return failed;
  }

  /** Writes the counters. scoredWithoutPast and scoredWithoutModels: scores may be too low. */
  private void count(long received, long failed, long withoutPast, long canaries, Instant now) {
    Map<String, Long> books = new LinkedHashMap<>();
    books.put("received", received);
    books.put("scored", received - failed);
    books.put("failed", failed);
    books.put("scoredWithoutPast", withoutPast);
    books.put("scoredWithoutModels", withoutModels ? received - failed : 0);
    books.put(StructuredLog.CANARIES, canaries);
    StructuredLog.counts("score", now.toEpochMilli(), books);
  }

  private static AcceptedAlert accepted(Message message) {
    JsonNode envelope;
    try {
      envelope = JSON.readTree(message.body());
    } catch (JsonProcessingException e) {
      throw new ContractViolation("body: not JSON", e);
    }
    if (!DetailType.ALERT_ACCEPTED.wireName().equals(envelope.path("detail-type").asText())) {
      throw new ContractViolation("detail-type: expected " + DetailType.ALERT_ACCEPTED.wireName());
    }
    return AlertJson.readAccepted(envelope.path("detail"));
  }
}
