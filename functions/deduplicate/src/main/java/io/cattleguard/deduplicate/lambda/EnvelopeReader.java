package io.cattleguard.deduplicate.lambda;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.deduplicate.Intake;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.RuntimeAlerts;
import io.cattleguard.events.SensorSource;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Reads the events of one message: a sensor's entry, a finding, or a part of an audit log. */
final class EnvelopeReader {
  private final Intake intake;

  EnvelopeReader(Intake intake) {
    this.intake = intake;
  }

  /**
   * The events, in their order. EventBridge adds {@code replay-name} to the envelope of a replayed
   * event.
   *
   * @param body the text of the envelope
   * @throws ContractViolation if the message cannot be read at all
   */
  List<Intake.Received> read(JsonNode envelope, String body, Instant now) {
    if (!envelope.isObject()) {
      throw new ContractViolation("body: not the JSON object of an EventBridge event");
    }
    List<Intake.Received> events =
        AuditLog.of(envelope)
            .map(log -> audited(log, now))
            .orElseGet(() -> ofTheBus(envelope, body, now));
    return envelope.has("replay-name")
        ? events.stream().map(Intake.Received::asReplayed).toList()
        : events;
  }

  private List<Intake.Received> ofTheBus(JsonNode envelope, String body, Instant now) {
    if (!DetailType.RUNTIME_ALERTS.wireName().equals(envelope.path("detail-type").asText())) {
      return intake.readAll(body, new Origin(null, now), 1);
    }
    RuntimeAlerts packed = RuntimeAlerts.read(envelope.path("detail"));
    Origin origin =
        Origin.of(
            source(envelope, packed),
            now,
            packed
                .sentAt()
                .map(sentAt -> Origin.clockOffset(sentAt, putAt(envelope)))
                .orElse(Duration.ZERO));
    List<Intake.Received> events = new ArrayList<>();
    for (RuntimeAlerts.Sensed sensed : packed.alerts()) {
      events.addAll(intake.readAll(sensed.event(), origin, sensed.count()));
    }
    return events;
  }

  /** Whatever else is written into the log group is no audit event, and so no alert. */
  private List<Intake.Received> audited(AuditLog log, Instant now) {
    return switch (log) {
      case AuditLog.Control control ->
          List.of(
              new Intake.Received(
                  control.text(),
                  null,
                  new Reading.Ignored("a control message of CloudWatch Logs"),
                  now,
                  1));
      case AuditLog.Events events -> {
        Origin origin = new Origin(events.cluster(), now);
        List<Intake.Received> received = new ArrayList<>();
        events.messages().forEach(one -> received.add(intake.readAudit(one, origin)));
        events
            .rest()
            .ifPresent(
                rest ->
                    received.add(
                        new Intake.Received(
                            rest.where(),
                            events.cluster(),
                            new Reading.Unreadable(rest.reason()),
                            now,
                            1)));
        yield received;
      }
    };
  }

  /** When EventBridge received the event, on AWS's clock: a sensor sets no time of its own. */
  private static Instant putAt(JsonNode envelope) {
    try {
      return Instant.parse(envelope.path("time").asText(""));
    } catch (DateTimeException e) {
      throw new ContractViolation("time: not an RFC 3339 time in UTC", e);
    }
  }

  /** The sending sensor. IAM allows only its role, in its own pod, to write that source. */
  private static SensorSource source(JsonNode envelope, RuntimeAlerts packed) {
    SensorSource source = SensorSource.read(envelope.path("source").asText());
    if (!packed.cluster().isEmpty() && !packed.cluster().equals(source.cluster())) {
      throw new ContractViolation("cluster: the payload and the event source differ");
    }
    return source;
  }
}
