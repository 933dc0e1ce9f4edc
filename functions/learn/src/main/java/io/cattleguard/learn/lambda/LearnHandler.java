package io.cattleguard.learn.lambda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.lambda.BatchHandler;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.lambda.EventBridgePublisher;
import io.cattleguard.edge.lambda.Rehearsal;
import io.cattleguard.edge.lambda.StructuredLog;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.RuntimeAlerts;
import io.cattleguard.events.SensorSource;
import io.cattleguard.events.observed.WorkloadObserved;
import io.cattleguard.learn.LearntModels;
import io.cattleguard.learn.ReportLearning;
import io.cattleguard.reviewed.ReviewedModels;
import io.cattleguard.sources.deviation.DeviationEvent;
import io.cattleguard.sources.parsing.Origin;
import java.nio.file.Path;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The Lambda function learn: reads sensors' reports, keeps what was learnt, publishes deviations as
 * alerts of the sensor that reported them.
 */
public final class LearnHandler extends BatchHandler {
  /** Far below the limit of an entry. */
  private static final int DEVIATIONS_PER_ENTRY = 40;

  private final ReportLearning learning;
  private final EventPublisher publisher;
  private final InstantSource clock;

  /**
   * Wires the function from {@code MODELS_TABLE}, {@code BUS_NAME} and {@code POLICY_DIRECTORY}.
   */
  public LearnHandler() {
    this(new Env(), Clock.systemUTC());
  }

  LearnHandler(Env env, InstantSource clock) {
    this(env, env.aws(), clock);
    Rehearsal.play(env, LearnHandler.class, "workload-observed.json", () -> rehearsed(env));
  }

  private static LearnHandler rehearsed(Env env) {
    return new LearnHandler(
        new ReportLearning(new LearntModels(Rehearsal.table()), reviewed(env)),
        Rehearsal.publisher(),
        () -> Rehearsal.AT);
  }

  private static ReviewedModels reviewed(Env env) {
    return ReviewedModels.read(new PolicyFiles(Path.of(env.required("POLICY_DIRECTORY"))));
  }

  private LearnHandler(Env env, AwsClients aws, InstantSource clock) {
    this(
        new ReportLearning(
            new LearntModels(new DynamoTable(aws, env.required("MODELS_TABLE"))), reviewed(env)),
        new EventBridgePublisher(aws, env.required("BUS_NAME")),
        clock);
  }

  LearnHandler(ReportLearning learning, EventPublisher publisher, InstantSource clock) {
    this.learning = learning;
    this.publisher = publisher;
    this.clock = clock;
  }

  @Override
  public Set<String> handle(List<Message> messages) {
    Instant now = clock.instant();
    List<BusEvent> events = new ArrayList<>();
    List<String> messageOf = new ArrayList<>();
    long[] deviating = new long[1];
    Set<String> failed =
        each(
            messages,
            message -> {
              JsonNode envelope = envelope(message);
              SensorSource source = SensorSource.read(envelope.path("source").asText());
              WorkloadObserved report = report(envelope, source);
              Duration offset = offset(report, envelope);
              List<DeviationEvent> deviations =
                  learning.deviations(report, source.cluster(), offset, now);
              deviating[0] += deviations.size();
              for (int from = 0; from < deviations.size(); from += DEVIATIONS_PER_ENTRY) {
                int to = Math.min(deviations.size(), from + DEVIATIONS_PER_ENTRY);
                events.add(event(deviations.subList(from, to), source, now));
                messageOf.add(message.id());
              }
              // This may fail. The deviations are published anyway, and again with the next
              // delivery.
              learning.learn(report, source.cluster(), offset, now);
            });
    for (int refused : publisher.publish(events)) {
      failed.add(messageOf.get(refused));
    }
    Map<String, Long> books = new LinkedHashMap<>();
    books.put("received", (long) messages.size());
    books.put("learnt", (long) messages.size() - failed.size());
    books.put("deviations", deviating[0]);
    books.put("failed", (long) failed.size());
    StructuredLog.counts("learn", now.toEpochMilli(), books);
    return failed;
  }

  private static JsonNode envelope(Message message) {
    JsonNode envelope;
    try {
      envelope = JSON.readTree(message.body());
    } catch (JsonProcessingException e) {
      throw new ContractViolation("body: not JSON", e);
    }
    if (!DetailType.WORKLOAD_OBSERVED.wireName().equals(envelope.path("detail-type").asText())) {
      throw new ContractViolation(
          "detail-type: expected " + DetailType.WORKLOAD_OBSERVED.wireName());
    }
    return envelope;
  }

  private static WorkloadObserved report(JsonNode envelope, SensorSource source) {
    WorkloadObserved report = WorkloadObserved.read(envelope.path("detail"));
    if (!report.cluster().isEmpty() && !report.cluster().equals(source.cluster())) {
      throw new ContractViolation("cluster: the payload and the event source differ");
    }
    return report;
  }

  private static Duration offset(WorkloadObserved report, JsonNode envelope) {
    try {
      Instant putAt = Instant.parse(envelope.path("time").asText());
      return report.sentAt().map(sentAt -> Origin.clockOffset(sentAt, putAt)).orElse(Duration.ZERO);
    } catch (DateTimeException e) {
      return Duration.ZERO;
    }
  }

  /**
   * Deviations as alerts of the sensor that reported the behaviour: the proof of its node is kept.
   */
  private static BusEvent event(List<DeviationEvent> deviations, SensorSource source, Instant now) {
    List<RuntimeAlerts.Sensed> sensed = new ArrayList<>(deviations.size());
    StringBuilder identity = new StringBuilder(source.toString());
    for (DeviationEvent one : deviations) {
      String text = one.write();
      identity.append('\n').append(text);
      sensed.add(new RuntimeAlerts.Sensed(text, 1, one.at(), one.at()));
    }
    RuntimeAlerts detail =
        new RuntimeAlerts(Fingerprint.hash(identity.toString()), source.cluster(), now, 1, sensed);
    return new BusEvent(source.ofLearn(), DetailType.RUNTIME_ALERTS, now, detail.write());
  }
}
