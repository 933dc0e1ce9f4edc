package io.cattleguard.record.lambda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.lambda.BatchHandler;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.lambda.Rehearsal;
import io.cattleguard.edge.lambda.StructuredLog;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.record.Incidents;
import io.cattleguard.record.Recorder;
import io.cattleguard.record.stored.DynamoIncidents;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** The Lambda function record: reads all events of incidents, publishes nothing. */
public final class RecordHandler extends BatchHandler {
  private final Recorder recorder;
  private final InstantSource clock;

  /** Wires the function from {@code INCIDENTS_TABLE} and {@code RETENTION_DAYS}. */
  public RecordHandler() {
    this(new Env(), Clock.systemUTC());
  }

  RecordHandler(Env env, InstantSource clock) {
    this(new DynamoIncidents(env.aws(), env.required("INCIDENTS_TABLE"), retention(env)), clock);
    Rehearsal.play(
        env,
        RecordHandler.class,
        "response-decided.json",
        () ->
            new RecordHandler(
                new DynamoIncidents(Rehearsal.aws(), "rehearsal", Duration.ofDays(1)),
                () -> Rehearsal.AT));
  }

  RecordHandler(Incidents incidents, InstantSource clock) {
    this.recorder = new Recorder(incidents);
    this.clock = clock;
  }

  private static Duration retention(Env env) {
    String days = env.required("RETENTION_DAYS");
    try {
      int number = Integer.parseInt(days);
      if (number > 0) {
        return Duration.ofDays(number);
      }
    } catch (NumberFormatException e) {
      throw new IllegalStateException("RETENTION_DAYS: expected a number, is " + days, e);
    }
    throw new IllegalStateException("RETENTION_DAYS: expected at least 1, is " + days);
  }

  @Override
  public Set<String> handle(List<Message> messages) {
    Instant now = clock.instant();
    AtomicLong recorded = new AtomicLong();
    AtomicLong ignored = new AtomicLong();
    AtomicLong canaries = new AtomicLong();
    Set<String> failed =
        each(
            messages,
            message -> {
              JsonNode envelope = envelope(message);
              (isRecorded(envelope) ? recorded : ignored).incrementAndGet();
              canaries.addAndGet(isCanary(envelope) ? 1 : 0);
            });
    Map<String, Long> books = new LinkedHashMap<>();
    books.put("received", (long) messages.size());
    books.put("recorded", recorded.get());
    books.put("ignored", ignored.get());
    books.put("failed", (long) failed.size());
    books.put(StructuredLog.CANARIES, canaries.get());
    StructuredLog.counts("record", now.toEpochMilli(), books);
    return failed;
  }

  private static JsonNode envelope(Message message) {
    try {
      return JSON.readTree(message.body());
    } catch (JsonProcessingException e) {
      throw new ContractViolation("body: not JSON", e);
    }
  }

  private boolean isRecorded(JsonNode envelope) {
    return recorder.record(
        envelope.path("detail"), envelope.path("source").asText(), Optional.of(time(envelope)));
  }

  private static boolean isCanary(JsonNode envelope) {
    return DetailType.ALERT_SCORED.wireName().equals(envelope.path("detail-type").asText())
        && Canary.isIn(envelope.path("detail"));
  }

  /** When EventBridge took the event. Its writer may set this time, so it is at most now. */
  private Instant time(JsonNode envelope) {
    Instant now = clock.instant();
    try {
      Instant time = Instant.parse(envelope.path("time").asText());
      return time.isAfter(now) ? now : time;
    } catch (DateTimeException e) {
      return now;
    }
  }
}
