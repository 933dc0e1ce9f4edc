package io.cattleguard.deduplicate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.BatchHandler;
import io.cattleguard.edge.Env;
import io.cattleguard.edge.EventBridgePublisher;
import io.cattleguard.edge.EventPublisher;
import io.cattleguard.edge.PolicyFiles;
import io.cattleguard.edge.StructuredLog;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.AlertReader;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.Origin;
import io.cattleguard.events.Reading;
import io.cattleguard.events.RuntimeAlerts;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;

/** The Lambda function: sensors' entries and findings in, accepted alerts out. */
public final class DeduplicateHandler extends BatchHandler {
  private static final String SOURCE = "cattleguard.deduplicate";
  private static final String SENSOR = "cattleguard.sensor.";

  private final AlertReader reader = new AlertReader();
  private final Deduplicator deduplicator;
  private final EventPublisher publisher;
  private final InstantSource clock;

  /** Wires it from {@code SIGHTINGS_TABLE}, {@code BUS_NAME} and {@code POLICY_DIRECTORY}. */
  public DeduplicateHandler() {
    this(new Env());
  }

  private DeduplicateHandler(Env env) {
    this(
        new Deduplicator(
            new DynamoSightings(
                DynamoDbClient.builder()
                    .httpClientBuilder(UrlConnectionHttpClient.builder())
                    .build(),
                env.required("SIGHTINGS_TABLE")),
            Suppressions.read(new PolicyFiles(Path.of(env.required("POLICY_DIRECTORY")))),
            DeduplicationSettings.DEFAULT),
        new EventBridgePublisher(
            EventBridgeClient.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build(),
            env.required("BUS_NAME"),
            EventBridgePublisher.SLEEP),
        Clock.systemUTC());
  }

  DeduplicateHandler(Deduplicator deduplicator, EventPublisher publisher, InstantSource clock) {
    this.deduplicator = deduplicator;
    this.publisher = publisher;
    this.clock = clock;
  }

  /** What one batch has come to, so far. */
  private static final class Batch {
    private final List<Arrival> arrivals = new ArrayList<>();
    private final List<String> messageOf = new ArrayList<>();
    private final Set<String> failed = new LinkedHashSet<>();
    private final Map<String, Long> books = new LinkedHashMap<>();

    private void count(String column) {
      books.merge(column, 1L, Long::sum);
    }
  }

  @Override
  public Set<String> handle(List<Message> messages) {
    Instant now = clock.instant();
    Batch batch = new Batch();
    for (Message message : messages) {
      try {
        read(message, now, batch);
      } catch (RuntimeException | JsonProcessingException e) {
        batch.count("received");
        batch.count("unreadable");
        batch.failed.add(message.id());
        StructuredLog.info(
            "unreadable message, left for the dead-letter queue",
            "messageId",
            message.id(),
            "reason",
            e instanceof JsonProcessingException json
                ? json.getOriginalMessage()
                : String.valueOf(e.getMessage()));
      }
    }
    publish(deduplicator.deduplicate(batch.arrivals), batch, now);
    StructuredLog.counts("deduplicate", now.toEpochMilli(), batch.books);
    return batch.failed;
  }

  private void read(Message message, Instant now, Batch batch) throws JsonProcessingException {
    JsonNode envelope = JSON.readTree(message.body());
    if (!envelope.isObject()) {
      throw new ContractViolation("body: not the JSON object of an EventBridge event");
    }
    if (!DetailType.RUNTIME_ALERTS.wireName().equals(envelope.path("detail-type").asText())) {
      take(reader.read(message.body(), new Origin(null, now)), 1, message, now, batch, true);
      return;
    }
    RuntimeAlerts packed = RuntimeAlerts.read(envelope.path("detail"));
    Origin origin = new Origin(cluster(envelope, packed), now);
    int unreadable = 0;
    List<Reading> readings = new ArrayList<>();
    for (RuntimeAlerts.Sensed sensed : packed.alerts()) {
      Reading reading = reader.read(sensed.event(), origin);
      readings.add(reading);
      unreadable += reading instanceof Reading.Unreadable ? 1 : 0;
    }
    boolean whole = unreadable == readings.size();
    for (int i = 0; i < readings.size(); i++) {
      take(readings.get(i), packed.alerts().get(i).count(), message, now, batch, whole);
    }
  }

  /** The cluster whose sensor sent it: IAM lets no other role write that source. */
  private static String cluster(JsonNode envelope, RuntimeAlerts packed) {
    String source = envelope.path("source").asText();
    if (!source.startsWith(SENSOR) || source.length() == SENSOR.length()) {
      throw new ContractViolation("source: not a sensor's, expected " + SENSOR + "<cluster>");
    }
    String cluster = source.substring(SENSOR.length());
    if (!packed.cluster().isEmpty() && !packed.cluster().equals(cluster)) {
      throw new ContractViolation("cluster: the payload names another than its source");
    }
    return cluster;
  }

  /**
   * Takes one reading into the books. A message that is wholly unreadable goes to the dead-letter
   * queue; one bad event among good ones is counted and named, and does not bring the others back.
   */
  private static void take(
      Reading reading, long count, Message message, Instant now, Batch batch, boolean whole) {
    batch.count("received");
    switch (reading) {
      case Reading.Read read -> {
        Alert alert = count == 1 ? read.alert() : read.alert().withCount(count);
        batch.arrivals.add(new Arrival(alert, now));
        batch.messageOf.add(message.id());
      }
      case Reading.Ignored ignored -> batch.count("ignored");
      case Reading.Unreadable unreadable -> {
        batch.count("unreadable");
        StructuredLog.info(
            "unreadable event", "messageId", message.id(), "reason", unreadable.reason());
        if (whole) {
          batch.failed.add(message.id());
        }
      }
    }
  }

  private void publish(List<Verdict> verdicts, Batch batch, Instant now) {
    List<BusEvent> events = new ArrayList<>();
    List<String> messageOf = new ArrayList<>();
    for (int i = 0; i < verdicts.size(); i++) {
      Verdict verdict = verdicts.get(i);
      String message = batch.messageOf.get(i);
      batch.count(verdict.column().name().toLowerCase(Locale.ROOT));
      if (verdict.column() == Verdict.Column.FAILED) {
        batch.failed.add(message);
      }
      @Nullable AcceptedAlert accepted = verdict.publish().orElse(null);
      if (accepted != null) {
        events.add(new BusEvent(SOURCE, DetailType.ALERT_ACCEPTED, now, AlertJson.write(accepted)));
        messageOf.add(message);
      }
    }
    for (int refused : publisher.publish(events)) {
      batch.failed.add(messageOf.get(refused));
    }
  }
}
