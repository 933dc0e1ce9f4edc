package io.cattleguard.respond;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.edge.BatchHandler;
import io.cattleguard.edge.EventPublisher;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.ResponseDecided;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/** The Lambda function: scored alerts in, decided responses out. */
public final class RespondHandler extends BatchHandler {
  private static final String SOURCE = "cattleguard.respond";

  private final Responder responder;
  private final EventPublisher publisher;
  private final InstantSource clock;

  RespondHandler(Responder responder, EventPublisher publisher, InstantSource clock) {
    this.responder = responder;
    this.publisher = publisher;
    this.clock = clock;
  }

  @Override
  public Set<String> handle(List<Message> messages) {
    return each(messages, this::respond);
  }

  private void respond(Message message) {
    JsonNode envelope;
    try {
      envelope = JSON.readTree(message.body());
    } catch (JsonProcessingException e) {
      throw new ContractViolation("body: not JSON", e);
    }
    if (!DetailType.ALERT_SCORED.wireName().equals(envelope.path("detail-type").asText())) {
      throw new ContractViolation("detail-type: respond reads scored alerts alone");
    }
    Instant now = clock.instant();
    List<ResponseDecided> decided =
        responder.respond(
            AlertJson.readScored(envelope.path("detail")), now, envelope.has("replay-name"));
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
