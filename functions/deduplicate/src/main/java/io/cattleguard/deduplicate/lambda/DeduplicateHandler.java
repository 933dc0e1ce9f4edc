package io.cattleguard.deduplicate.lambda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.deduplicate.Arrival;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.StoredSightings;
import io.cattleguard.deduplicate.Suppressions;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.edge.BatchHandler;
import io.cattleguard.edge.DynamoTable;
import io.cattleguard.edge.Env;
import io.cattleguard.edge.EventBridgePublisher;
import io.cattleguard.edge.EventPublisher;
import io.cattleguard.edge.PolicyFiles;
import io.cattleguard.edge.Rehearsal;
import io.cattleguard.edge.StructuredLog;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.RuntimeAlerts;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
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

/**
 * The Lambda function deduplicate: reads sensors' entries and findings, publishes accepted alerts.
 */
public final class DeduplicateHandler extends BatchHandler {
  private static final String SOURCE = "cattleguard.deduplicate";
  private static final String SENSOR = "cattleguard.sensor.";
  private static final String UNREADABLE = "unreadable";
  private static final String FAILED = "failed";
  private static final String BEYOND_CAP = "beyondCap";

  /**
   * Every counter is written, also if it is 0, so that an alarm can distinguish 0 from missing
   * data.
   */
  private static final List<String> COLUMNS =
      List.of(
          "received",
          "opened",
          "spread",
          "merged",
          "suppressed",
          "ignored",
          UNREADABLE,
          FAILED,
          BEYOND_CAP);

  /** Maximum characters of a raw event. As UTF-8 in JSON this is well below the bus's limit. */
  private static final int RAW_LIMIT = 64 * 1_024;

  private final AlertReader reader = new AlertReader();
  private final Deduplicator deduplicator;
  private final EventPublisher publisher;
  private final InstantSource clock;

  /**
   * Wires the function from {@code SIGHTINGS_TABLE}, {@code BUS_NAME} and {@code POLICY_DIRECTORY}.
   */
  public DeduplicateHandler() {
    this(new Env(), Clock.systemUTC());
  }

  DeduplicateHandler(Env env, InstantSource clock) {
    this(env, env.aws(), clock);
    Rehearsal.play(env, DeduplicateHandler.class, "runtime-alerts.json", () -> rehearsed(env));
  }

  private static DeduplicateHandler rehearsed(Env env) {
    return new DeduplicateHandler(
        new Deduplicator(
            new StoredSightings(Rehearsal.table()),
            suppressions(env),
            DeduplicationSettings.DEFAULT),
        Rehearsal.publisher(),
        () -> Rehearsal.AT);
  }

  private static Suppressions suppressions(Env env) {
    return Suppressions.read(new PolicyFiles(Path.of(env.required("POLICY_DIRECTORY"))));
  }

  private DeduplicateHandler(Env env, AwsClients aws, InstantSource clock) {
    this(
        new Deduplicator(
            new StoredSightings(new DynamoTable(aws, env.required("SIGHTINGS_TABLE"))),
            suppressions(env),
            DeduplicationSettings.DEFAULT),
        new EventBridgePublisher(aws, env.required("BUS_NAME")),
        clock);
  }

  DeduplicateHandler(Deduplicator deduplicator, EventPublisher publisher, InstantSource clock) {
    this.deduplicator = deduplicator;
    this.publisher = publisher;
    this.clock = clock;
  }

  /** An alert in process. Our own health alerts are not counted. */
  private record Taken(Arrival arrival, String messageId, boolean counted) {}

  /** The state of one batch. */
  private static final class Batch {
    private final Instant now;
    private final List<Taken> taken = new ArrayList<>();
    private final Set<String> failed = new LinkedHashSet<>();
    private final Map<String, Long> books = new LinkedHashMap<>();

    Batch(Instant now) {
      this.now = now;
      COLUMNS.forEach(column -> books.put(column, 0L));
    }

    /** Counts one event. An event of a failed message is counted after its redelivery. */
    void count(String column) {
      if (!column.equals(FAILED)) {
        books.merge("received", 1L, Long::sum);
      }
      books.merge(column, 1L, Long::sum);
    }
  }

  @Override
  public Set<String> handle(List<Message> messages) {
    Instant now = clock.instant();
    try {
      return settle(messages, now);
    } catch (RuntimeException e) {
      StructuredLog.error(
          "batch failed",
          e,
          "messageIds",
          String.join(",", messages.stream().map(Message::id).toList()));
    }
    if (messages.size() == 1) {
      return Set.of(messages.getFirst().id());
    }
    // Process each message alone, so that one does not fail the others. Finished work is not
    // repeated.
    Set<String> failed = new LinkedHashSet<>();
    messages.forEach(message -> failed.addAll(handle(List.of(message))));
    return failed;
  }

  private Set<String> settle(List<Message> messages, Instant now) {
    Batch batch = new Batch(now);
    for (Message message : messages) {
      try {
        read(message, batch);
      } catch (ContractViolation | JsonProcessingException e) {
        batch.count(UNREADABLE);
        batch.failed.add(message.id());
        StructuredLog.info(
            "unreadable message; it goes to the dead-letter queue after its retries",
            "messageId",
            message.id(),
            "reason",
            e instanceof ContractViolation violation
                ? String.valueOf(violation.getMessage())
                : "not JSON");
      }
    }
    publish(deduplicator.deduplicate(batch.taken.stream().map(Taken::arrival).toList()), batch);
    StructuredLog.counts("deduplicate", now.toEpochMilli(), batch.books);
    return batch.failed;
  }

  private void read(Message message, Batch batch) throws JsonProcessingException {
    JsonNode envelope = JSON.readTree(message.body());
    if (!envelope.isObject()) {
      throw new ContractViolation("body: not the JSON object of an EventBridge event");
    }
    if (!DetailType.RUNTIME_ALERTS.wireName().equals(envelope.path("detail-type").asText())) {
      Reading reading = reader.read(message.body(), new Origin(null, batch.now));
      if (reading instanceof Reading.Unreadable) {
        batch.failed.add(message.id());
      }
      take(reading, 1, message, batch);
      return;
    }
    RuntimeAlerts packed = RuntimeAlerts.read(envelope.path("detail"));
    Origin origin = new Origin(cluster(envelope, packed), batch.now);
    List<Reading> readings = new ArrayList<>();
    for (RuntimeAlerts.Sensed sensed : packed.alerts()) {
      readings.add(reader.read(sensed.event(), origin));
    }
    boolean whole = readings.stream().allMatch(Reading.Unreadable.class::isInstance);
    for (int i = 0; i < readings.size(); i++) {
      Reading reading = readings.get(i);
      RuntimeAlerts.Sensed sensed = packed.alerts().get(i);
      take(reading, sensed.count(), message, batch);
      if (reading instanceof Reading.Unreadable unreadable) {
        if (whole) {
          batch.failed.add(message.id());
        } else {
          Alert health = unreadableEvent(sensed.event(), unreadable.reason(), origin);
          batch.taken.add(new Taken(new Arrival(health, batch.now), message.id(), false));
        }
      }
    }
  }

  /** The cluster of the sending sensor. IAM allows only its role to write that source. */
  private static String cluster(JsonNode envelope, RuntimeAlerts packed) {
    String source = envelope.path("source").asText();
    if (!source.startsWith(SENSOR) || source.length() == SENSOR.length()) {
      throw new ContractViolation("source: expected a sensor, " + SENSOR + "<cluster>");
    }
    String cluster = source.substring(SENSOR.length());
    if (!packed.cluster().isEmpty() && !packed.cluster().equals(cluster)) {
      throw new ContractViolation("cluster: the payload and the event source differ");
    }
    return cluster;
  }

  private static void take(Reading reading, long count, Message message, Batch batch) {
    switch (reading) {
      case Reading.Read read -> {
        Alert alert = count == 1 ? read.alert() : read.alert().withCount(count);
        batch.taken.add(new Taken(new Arrival(alert, batch.now), message.id(), true));
      }
      case Reading.Ignored ignored -> batch.count("ignored");
      case Reading.Unreadable unreadable -> {
        batch.count(UNREADABLE);
        // Log only the first clause, because the rest quotes the event.
        StructuredLog.info(
            "unreadable event",
            "messageId",
            message.id(),
            "reason",
            unreadable.reason().split("[:;]", 2)[0]);
      }
    }
  }

  /**
   * A health alert about an unreadable event in an entry with readable ones. A redelivery of the
   * message would not help and would repeat the others. The alert carries the event's text,
   * truncated to the bus's limit.
   */
  private static Alert unreadableEvent(String event, String reason, Origin origin) {
    String cluster = String.valueOf(origin.cluster());
    return new Alert(
        Fingerprint.hash("unreadable\n" + cluster + "\n" + event),
        AlertClass.HEALTH,
        "cattleguard",
        "Unreadable event",
        Severity.MEDIUM,
        List.of(),
        List.of(),
        List.of(),
        Target.builder().cluster(cluster).build(),
        ObservedProcess.UNKNOWN,
        ObservedConnection.UNKNOWN,
        null,
        null,
        1,
        List.of(reason),
        event);
  }

  private void publish(List<Verdict> verdicts, Batch batch) {
    List<BusEvent> events = new ArrayList<>();
    List<String> messageOf = new ArrayList<>();
    for (int i = 0; i < verdicts.size(); i++) {
      Verdict verdict = verdicts.get(i);
      Taken taken = batch.taken.get(i);
      if (taken.counted) {
        batch.count(verdict.column().name().toLowerCase(Locale.ROOT));
      }
      if (verdict.column() == Verdict.Column.FAILED) {
        batch.failed.add(taken.messageId);
      } else if (verdict.column() != Verdict.Column.SUPPRESSED
          && verdict.suppression().isPresent()) {
        batch.books.merge(BEYOND_CAP, 1L, Long::sum);
      }
      verdict
          .publish()
          .ifPresent(
              accepted -> {
                events.add(
                    new BusEvent(SOURCE, DetailType.ALERT_ACCEPTED, batch.now, detail(accepted)));
                messageOf.add(taken.messageId);
              });
    }
    for (int refused : publisher.publish(events)) {
      batch.failed.add(messageOf.get(refused));
    }
  }

  /** Truncates the raw event of an alert that is too long for the bus. */
  private static ObjectNode detail(AcceptedAlert accepted) {
    ObjectNode detail = AlertJson.write(accepted);
    int length = accepted.alert().raw().length();
    if (length > RAW_LIMIT) {
      ObjectNode alert = detail.withObject("alert");
      alert.put("raw", accepted.alert().raw().substring(0, RAW_LIMIT));
      alert
          .withArray("notes")
          .add("raw: truncated to " + RAW_LIMIT + " of " + length + " characters");
    }
    return detail;
  }
}
