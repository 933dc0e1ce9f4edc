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
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.LeaseSweep;
import io.cattleguard.respond.action.Playbooks;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/**
 * A responder's Lambda function: scored alerts in, decided responses out, ended leases released.
 */
public abstract class RespondHandler extends BatchHandler {
  private static final String SOURCE = "cattleguard.respond";

  private static final Duration BETWEEN_RELEASES = Duration.ofMinutes(1);

  private final Crew crew;
  private final EventPublisher publisher;
  private final InstantSource clock;
  private final LeaseSweep releases;

  /** With the responders that answer, and the bus that is told. */
  protected RespondHandler(Crew crew, EventPublisher publisher, InstantSource clock) {
    this.crew = crew;
    this.publisher = publisher;
    this.clock = clock;
    this.releases = new LeaseSweep(crew.all(), BETWEEN_RELEASES);
  }

  /**
   * The playbooks of {@code POLICY_DIRECTORY}, which only observe where {@code RESPONSE_MODE} says
   * so.
   *
   * @throws IllegalStateException naming the variable that is missing or wrong
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
              "RESPONSE_MODE is '" + mode + "'; it is observe or enforce");
    };
  }

  /** Waits between two looks. */
  protected static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public final Set<String> handle(List<Message> messages) {
    Set<String> failed = each(messages, this::respond);
    releaseEnded();
    return failed;
  }

  /**
   * Lambda has no clock but the next event; the canary makes sure that there is one. What fails
   * here is retried then, and is no fault of the messages.
   */
  private void releaseEnded() {
    Instant now = clock.instant();
    releases
        .sweep(now, decided -> publish(List.of(decided), now))
        .ifPresent(
            error ->
                StructuredLog.error(
                    "ended leases were not all released, the next event tries again", error));
  }

  private void respond(Message message) {
    JsonNode envelope;
    try {
      envelope = JSON.readTree(message.body());
    } catch (JsonProcessingException e) {
      throw new ContractViolation("body: not JSON", e);
    }
    if (!DetailType.ALERT_SCORED.wireName().equals(envelope.path("detail-type").asText())) {
      throw new ContractViolation("detail-type: expected " + DetailType.ALERT_SCORED.wireName());
    }
    Instant now = clock.instant();
    ScoredAlert scored = AlertJson.readScored(envelope.path("detail"));
    // Each step is published before the next one starts, so people hear of it at once, whatever
    // becomes of the next.
    crew.of(scored)
        .respond(
            scored, now, envelope.has("replay-name"), decided -> publish(List.of(decided), now));
  }

  private void publish(List<ResponseDecided> decided, Instant now) {
    List<BusEvent> events =
        decided.stream()
            .map(
                one -> new BusEvent(SOURCE, DetailType.RESPONSE_DECIDED, now, AlertJson.write(one)))
            .toList();
    if (!publisher.publish(events).isEmpty()) {
      throw new IllegalStateException("the bus did not take every response");
    }
  }
}
