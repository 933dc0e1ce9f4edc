package io.cattleguard.respond.handler;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.lambda.BatchHandler;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.lambda.StructuredLog;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.events.operator.OperatorSource;
import io.cattleguard.respond.LeaseSweep;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Allowance;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.delay.DelayedMessage;
import io.cattleguard.respond.metrics.Vitals;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A responder's Lambda function: reads scored alerts, publishes outcomes and releases expired
 * leases.
 */
public abstract class RespondHandler extends BatchHandler {
  private static final String SOURCE = OperatorSource.RESPOND;
  private static final Actions ACTIONS = Actions.registered();
  private static final String CAPS_REACHED = "capsReached";
  static final String COMMANDS_IGNORED = "commandsIgnored";
  private static final String TIME_TO_CONTAIN = "timeToContain";

  /** The message that a scheduled rule sends to the queue every minute. */
  private static final String LEASE_TIMER = "Lease Timer";

  /** Less than the timer's minute, so that no tick is skipped. */
  private static final Duration BETWEEN_RELEASES = Duration.ofSeconds(50);

  /** Slightly less than the period of the alarms on these metrics. */
  private static final Duration BETWEEN_REPORTS = Duration.ofSeconds(290);

  private final HandlerResponders responders;
  private final EventPublisher publisher;
  private final InstantSource clock;
  private final LeaseSweep releases;
  private Instant reportedAt = Instant.MIN;

  /** Takes the responders and the publisher of their outcomes. */
  protected RespondHandler(
      HandlerResponders responders, EventPublisher publisher, InstantSource clock) {
    this.responders = responders;
    this.publisher = publisher;
    this.clock = clock;
    this.releases = new LeaseSweep(responders::all, BETWEEN_RELEASES);
  }

  /** For the warm-up, which waits for nothing. */
  protected static DelayQueue rehearsedLater() {
    return SqsDelayQueue.rehearsed();
  }

  /**
   * Reads the playbooks of {@code POLICY_DIRECTORY}. With {@code RESPONSE_MODE=observe} they only
   * observe.
   *
   * @throws IllegalStateException naming the missing or invalid variable
   */
  protected static Playbooks playbooks(Env env) {
    Playbooks playbooks =
        Playbooks.read(new PolicyFiles(Path.of(env.required("POLICY_DIRECTORY"))));
    String mode = env.required("RESPONSE_MODE");
    return switch (mode) {
      case "enforce" -> playbooks;
      case "observe" -> playbooks.observing();
      default ->
          throw new IllegalStateException(
              "RESPONSE_MODE must be observe or enforce, found '" + mode + "'");
    };
  }

  @Override
  public final Set<String> handle(List<Message> messages) {
    AtomicBoolean timer = new AtomicBoolean();
    Set<String> failed = each(messages, message -> respond(message, timer));
    if (timer.get()) {
      releaseEnded();
      reportVitals();
    }
    return failed;
  }

  /**
   * Releases expired leases at most once in {@link #BETWEEN_RELEASES}, after the batch that holds
   * the timer's message. A failed release is retried and does not fail the batch's messages.
   */
  private void releaseEnded() {
    Instant now = clock.instant();
    releases
        .sweep(now, decided -> publish(List.of(decided), now))
        .ifPresent(
            error ->
                StructuredLog.error(
                    "some ended leases were not released, or some effects not looked at; the next"
                        + " timer message retries",
                    error));
  }

  /** Each report reads what is contained now, so its cost grows with that and not with events. */
  private void reportVitals() {
    Instant now = clock.instant();
    if (reportedAt.isAfter(now.minus(BETWEEN_REPORTS))) {
      return;
    }
    reportedAt = now;
    try {
      Vitals vitals = responders.vitals(now);
      StructuredLog.metrics("respond", now.toEpochMilli(), counts(vitals), millis(vitals));
    } catch (RuntimeException e) {
      StructuredLog.error("the ledger cannot be read for metrics, retrying in 5 min", e);
    }
  }

  private void respond(Message message, AtomicBoolean timer) {
    JsonNode envelope;
    try {
      envelope = JSON.readTree(message.body());
    } catch (JsonProcessingException e) {
      throw new ContractViolation("body: not JSON", e);
    }
    Instant now = clock.instant();
    if (DelayedMessage.isIn(envelope)) {
      DelayedMessage again = DelayedMessage.read(envelope);
      responders.of(again.cluster()).again(again, now, decided -> publish(List.of(decided), now));
      return;
    }
    if (LEASE_TIMER.equals(envelope.path("detail-type").asText())) {
      timer.set(true);
      return;
    }
    String type = envelope.path("detail-type").asText();
    if (DetailType.OPERATOR_COMMAND.wireName().equals(type)) {
      command(envelope, now);
      return;
    }
    if (!DetailType.ALERT_SCORED.wireName().equals(type)) {
      throw new ContractViolation("detail-type: expected " + DetailType.ALERT_SCORED.wireName());
    }
    ScoredAlert scored = AlertJson.readScored(envelope.path("detail"));
    // Publish each step before the next one starts, so that a later failure does not hide it.
    boolean unused =
        responders
            .of(Optional.ofNullable(scored.alert().target().cluster()))
            .respond(
                scored,
                now,
                envelope.has("replay-name"),
                decided -> publish(List.of(decided), now));
  }

  /** Who commands comes from the envelope's source. A replayed command is not given again. */
  private void command(JsonNode envelope, Instant now) {
    OperatorCommand command =
        OperatorCommand.read(envelope.path("source").asText(), envelope.path("detail"));
    if (envelope.has("replay-name")) {
      throw new ContractViolation("replay-name: a replayed command is not carried out");
    }
    Optional<String> ignored =
        responders
            .of(Responder.cluster(command, ACTIONS))
            .command(command, now, decided -> publish(List.of(decided), now));
    Responder.answer(command, ignored).ifPresent(answer -> publish(answer, now));
    ignored.ifPresent(
        reason -> {
          StructuredLog.info(
              "an operator's command changed nothing",
              "command",
              command.command().jsonName(),
              "who",
              command.who().inWords(),
              "reason",
              reason);
          StructuredLog.counts("respond", now.toEpochMilli(), Map.of(COMMANDS_IGNORED, 1L));
        });
  }

  private void publish(List<ResponseDecided> decided, Instant now) {
    List<BusEvent> events =
        decided.stream()
            .map(one -> new BusEvent(SOURCE, DetailType.RESPONSE_DECIDED, now, one.write()))
            .toList();
    if (!publisher.publish(events).isEmpty()) {
      throw new IllegalStateException("PutEvents failed for a response");
    }
    decided.forEach(one -> measure(one, now));
  }

  private void publish(OperatorCommand answer, Instant now) {
    BusEvent event = new BusEvent(SOURCE, DetailType.OPERATOR_COMMAND, now, answer.write());
    if (!publisher.publish(List.of(event)).isEmpty()) {
      throw new IllegalStateException("PutEvents failed for the answer to a command");
    }
  }

  /**
   * An outcome, also by action, and whether an hourly cap was reached. A canary is counted apart.
   */
  static Map<String, Long> counts(ResponseDecided decided) {
    if (Canary.is(decided.scored().alert())) {
      return Map.of(StructuredLog.CANARIES, 1L);
    }
    String outcome = decided.outcome().jsonName();
    Map<String, Long> counts = new TreeMap<>();
    counts.put(outcome, 1L);
    counts.put(decided.action() + "-" + outcome, 1L);
    if (decided.objections().stream().anyMatch(Allowance::isHourlyCap)) {
      counts.put(CAPS_REACHED, 1L);
    }
    return counts;
  }

  /** Counts an outcome, and measures the time from the event to the containment. */
  private static void measure(ResponseDecided decided, Instant now) {
    StructuredLog.metrics("respond", now.toEpochMilli(), counts(decided), millis(decided));
  }

  /**
   * The time from the event until its containment was seen. The same for an outcome that is
   * published again.
   */
  static Map<String, Long> millis(ResponseDecided decided) {
    Instant observedAt = decided.scored().alert().observedAt();
    return decided.outcome() == ResponseOutcome.TAKEN && observedAt != null && decided.contains()
        ? Map.of(TIME_TO_CONTAIN, Duration.between(observedAt, decided.decidedAt()).toMillis())
        : Map.of();
  }

  /** The state of the ledgers, as counters. */
  static Map<String, Long> counts(Vitals vitals) {
    return Map.of(
        "liveContainments",
        vitals.liveContainments(),
        "failedUndos",
        vitals.failedUndos(),
        "breakersOpen",
        vitals.breakersOpen(),
        CAPS_REACHED,
        0L);
  }

  /** The state of the ledgers, as durations. */
  static Map<String, Long> millis(Vitals vitals) {
    return Map.of("oldestFailedUndo", vitals.oldestFailedUndo().toMillis());
  }
}
