package io.cattleguard.deduplicate.lambda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.Intake;
import io.cattleguard.deduplicate.Quiet;
import io.cattleguard.deduplicate.StoredSightings;
import io.cattleguard.deduplicate.Suppressions;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.deduplicate.detections.DetectionRules;
import io.cattleguard.deduplicate.inhibition.Inhibitions;
import io.cattleguard.deduplicate.silence.RecentProblems;
import io.cattleguard.deduplicate.silence.SilenceCommands;
import io.cattleguard.deduplicate.silence.StoredSilences;
import io.cattleguard.edge.lambda.BatchHandler;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.lambda.EventBridgePublisher;
import io.cattleguard.edge.lambda.Rehearsal;
import io.cattleguard.edge.lambda.StructuredLog;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.sources.parsing.Detections;
import io.cattleguard.sources.parsing.Reading;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The Lambda function deduplicate: reads sensors' entries and findings, publishes accepted alerts.
 */
public final class DeduplicateHandler extends BatchHandler {
  private static final String SOURCE = "cattleguard.deduplicate";
  private static final String UNREADABLE = "unreadable";
  private static final String FAILED = "failed";
  private static final String BEYOND_CAP = "beyondCap";
  private static final String SILENCED = "silenced";

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
          BEYOND_CAP,
          SILENCED,
          StructuredLog.CANARIES);

  /** A silence takes effect within this time, for one read per warm instance. */
  private static final Duration SILENCES_REFRESH = Duration.ofSeconds(10);

  /** Maximum characters of a raw event. As UTF-8 in JSON this is well below the bus's limit. */
  private static final int RAW_LIMIT = 64 * 1_024;

  private final Intake intake;
  private final EnvelopeReader reader;
  private final OperatorCommands commands;
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
        detections(env),
        Rehearsal.publisher(),
        () -> Rehearsal.AT);
  }

  private static Suppressions suppressions(Env env) {
    return Suppressions.read(policy(env));
  }

  private static Detections detections(Env env) {
    return DetectionRules.read(policy(env));
  }

  private static PolicyFiles policy(Env env) {
    return new PolicyFiles(Path.of(env.required("POLICY_DIRECTORY")));
  }

  private DeduplicateHandler(Env env, AwsClients aws, InstantSource clock) {
    this(env, new DynamoTable(aws, env.required("SIGHTINGS_TABLE")), aws, clock);
  }

  private DeduplicateHandler(Env env, DynamoTable table, AwsClients aws, InstantSource clock) {
    this(
        new Deduplicator(
            new StoredSightings(table),
            suppressions(env),
            DeduplicationSettings.DEFAULT,
            Quiet.in(table, SILENCES_REFRESH, Inhibitions.read(policy(env)), StructuredLog::info)),
        detections(env),
        Optional.of(
            new SilenceCommands(
                new StoredSilences(table, SILENCES_REFRESH),
                new RecentProblems(table),
                Operators.read(policy(env)))),
        new EventBridgePublisher(aws, env.required("BUS_NAME")),
        clock);
  }

  DeduplicateHandler(Deduplicator deduplicator, EventPublisher publisher, InstantSource clock) {
    this(deduplicator, Detections.NONE, publisher, clock);
  }

  DeduplicateHandler(
      Deduplicator deduplicator,
      Detections detections,
      EventPublisher publisher,
      InstantSource clock) {
    this(deduplicator, detections, Optional.empty(), publisher, clock);
  }

  /**
   * Takes the parts.
   *
   * @param commands absent where people cannot command
   */
  DeduplicateHandler(
      Deduplicator deduplicator,
      Detections detections,
      Optional<SilenceCommands> commands,
      EventPublisher publisher,
      InstantSource clock) {
    this.intake = new Intake(deduplicator, detections);
    this.reader = new EnvelopeReader(intake);
    this.commands = new OperatorCommands(commands, publisher);
    this.publisher = publisher;
    this.clock = clock;
  }

  /** The results of one batch so far. */
  private static final class Batch {
    private final Instant now;
    private final List<Intake.Received> events = new ArrayList<>();

    /** The message of each event. */
    private final List<String> messageOf = new ArrayList<>();

    private final Set<String> failed = new LinkedHashSet<>();
    private final Map<String, Long> books = new LinkedHashMap<>();

    Batch(Instant now) {
      this.now = now;
      COLUMNS.forEach(column -> books.put(column, 0L));
    }

    void add(Message message, List<Intake.Received> read) {
      events.addAll(read);
      messageOf.addAll(Collections.nCopies(read.size(), message.id()));
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

  /** CloudWatch Logs calls the function itself; its records come through no queue. */
  @Override
  protected Optional<Message> direct(JsonNode event) {
    return AuditLog.isOne(event)
        ? Optional.of(new Message("awslogs", event.toString()))
        : Optional.empty();
  }

  private Set<String> settle(List<Message> messages, Instant now) {
    Batch batch = new Batch(now);
    for (Message message : messages) {
      try {
        JsonNode envelope = JSON.readTree(message.body());
        if (!AuditLog.isOne(envelope) && OperatorCommands.isOne(envelope)) {
          commands.carryOut(envelope, now);
        } else {
          batch.add(message, reader.read(envelope, message.body(), now));
        }
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
    publish(intake.deduplicate(batch.events), batch);
    StructuredLog.counts("deduplicate", now.toEpochMilli(), batch.books);
    return batch.failed;
  }

  private void publish(List<Intake.Result> results, Batch batch) {
    List<BusEvent> events = new ArrayList<>();
    List<String> messageOf = new ArrayList<>();
    Set<Integer> canaries = new HashSet<>();
    Set<String> readable = new HashSet<>();
    Set<String> unreadable = new LinkedHashSet<>();
    for (int i = 0; i < results.size(); i++) {
      Intake.Result result = results.get(i);
      String message = batch.messageOf.get(i);
      batch.count(result.column());
      if (result.isFailed()) {
        batch.failed.add(message);
      }
      if (result.received().reading() instanceof Reading.Unreadable why) {
        unreadable.add(message);
        logUnreadable(message, why);
      } else {
        readable.add(message);
      }
      result.verdict().ifPresent(verdict -> count(verdict, batch));
      result
          .verdict()
          .flatMap(Verdict::publish)
          .ifPresent(
              accepted -> {
                if (Canary.is(accepted.alert())) {
                  canaries.add(events.size());
                }
                events.add(
                    new BusEvent(SOURCE, DetailType.ALERT_ACCEPTED, batch.now, detail(accepted)));
                messageOf.add(message);
              });
    }
    // The dead-letter queue keeps a message without a readable event. Redelivering one that has
    // readable events would only repeat those.
    unreadable.stream().filter(message -> !readable.contains(message)).forEach(batch.failed::add);
    for (int refused : publisher.publish(events)) {
      batch.failed.add(messageOf.get(refused));
      canaries.remove(refused);
    }
    batch.books.merge(StructuredLog.CANARIES, (long) canaries.size(), Long::sum);
  }

  private static void count(Verdict verdict, Batch batch) {
    if (verdict.isSilenced()) {
      batch.books.merge(SILENCED, 1L, Long::sum);
    }
    boolean hidden =
        verdict.column() == Verdict.Column.FAILED || verdict.column() == Verdict.Column.SUPPRESSED;
    if (!hidden && verdict.suppression().isPresent()) {
      batch.books.merge(BEYOND_CAP, 1L, Long::sum);
    }
  }

  private static void logUnreadable(String message, Reading.Unreadable event) {
    // The text after the first clause quotes the event.
    StructuredLog.info(
        "unreadable event", "messageId", message, "reason", event.reason().split("[:;]", 2)[0]);
  }

  /** An event that is too long for the bus would never arrive, so it is published truncated. */
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
