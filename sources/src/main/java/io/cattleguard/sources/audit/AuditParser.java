package io.cattleguard.sources.audit;

import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.AlertParser;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.Detection;
import io.cattleguard.sources.parsing.Detections;
import io.cattleguard.sources.parsing.EventId;
import io.cattleguard.sources.parsing.EventTime;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads Kubernetes audit events. A detection says which of them are alerts; the others are ignored.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/">audit.k8s.io</a>
 */
public final class AuditParser implements AlertParser {
  private static final String SOURCE = "kubernetes-audit";

  /** An event with this annotation has lost its request and response. */
  private static final String TRUNCATED = "audit.k8s.io/truncated";

  private static final int FORBIDDEN = 403;
  private static final int UNAUTHORIZED = 401;

  private final Detections detections;

  /** Reads the events that these detections name. */
  public AuditParser(Detections detections) {
    this.detections = detections;
  }

  @Override
  public String source() {
    return SOURCE;
  }

  @Override
  public boolean recognises(JsonNode event) {
    return isAudit(event) || GoogleAudit.isOne(event);
  }

  /** Events of 2018 have no apiVersion, and shippers drop fields. Other events have no verb. */
  private static boolean isAudit(JsonNode event) {
    JsonNode verb = event.get("verb");
    if (verb == null || !verb.isTextual()) {
      return event.path("apiVersion").asText("").startsWith("audit.k8s.io/")
          && event.path("kind").asText("").equals("Event");
    }
    return event.path("apiVersion").asText("").startsWith("audit.k8s.io/")
        || event.has("auditID")
        || event.path("kind").asText("").equals("Event");
  }

  @Override
  public Reading read(JsonNode event, String raw, Origin origin) {
    JsonNode audit = GoogleAudit.isOne(event) ? GoogleAudit.asAuditEvent(event) : event;
    if (audit.path("stage").asText("").equals("RequestReceived")) {
      return new Reading.Ignored("a Kubernetes audit event of a request without its response");
    }
    Optional<Detection> detection = detections.of(SOURCE, audit);
    return detection.isPresent()
        ? new Reading.Read(alert(audit, detection.get(), raw, origin))
        : new Reading.Ignored("a Kubernetes audit event that no detection matches");
  }

  private static Alert alert(JsonNode audit, Detection detection, String raw, Origin origin) {
    List<String> notes = new ArrayList<>(0);
    if (audit.path("annotations").path(TRUNCATED).asText("").equals("true")) {
      notes.add("requestObject, responseObject: removed by the API server, too large");
    }
    AuditObject object = new AuditObject(audit, notes);
    AuditCaller caller = new AuditCaller(audit, notes);
    return new Alert(
        id(audit, origin, raw, detection.name()),
        AlertClass.AUDIT,
        SOURCE,
        detection.name(),
        detection.severity(),
        detection.tactics(),
        detection.techniques(),
        isRefused(audit)
            ? Behaviour.joined(detection.traits(), List.of(Trait.BLOCKED))
            : detection.traits(),
        object.target(origin.cluster(), caller.user()),
        object.process(),
        caller.address() == null
            ? ObservedConnection.UNKNOWN
            : new ObservedConnection(caller.address(), null, null, null),
        null,
        EventTime.of(time(audit), null, null, notes),
        1,
        notes,
        raw,
        title(detection, audit, caller, object));
  }

  /**
   * The stages of one request are one event, so that an exec is reported once. A caller may choose
   * the {@code auditID}, so the server's data about the request is part of the id.
   */
  private static String id(JsonNode audit, Origin origin, String raw, String detection) {
    String id = audit.path("auditID").asText("");
    return EventId.of(
        SOURCE,
        origin.cluster(),
        id.isEmpty()
            ? raw
            : String.join(
                "\n",
                id,
                audit.path("requestURI").asText(),
                audit.path("requestReceivedTimestamp").asText(),
                audit.path("objectRef").path("name").asText(),
                detection));
  }

  private static @Nullable JsonNode time(JsonNode audit) {
    for (String key : List.of("requestReceivedTimestamp", "stageTimestamp", "timestamp")) {
      if (audit.path(key).isTextual()) {
        return audit.get(key);
      }
    }
    return null;
  }

  private static boolean isRefused(JsonNode audit) {
    int code = audit.path("responseStatus").path("code").asInt(0);
    return code == FORBIDDEN
        || code == UNAUTHORIZED
        || audit
            .path("annotations")
            .path("authorization.k8s.io/decision")
            .asText("")
            .equals("forbid");
  }

  /** The action, the caller, the object and the answer. */
  private static String title(
      Detection detection, JsonNode audit, AuditCaller caller, AuditObject object) {
    StringBuilder title = new StringBuilder(detection.title()).append(": ").append(caller);
    String verb = text(audit.get("verb"), "verb", new ArrayList<>(0));
    title.append(' ').append(verb == null ? "called" : verb).append(' ').append(object);
    String agent = text(audit.get("userAgent"), "userAgent", new ArrayList<>(0));
    if (agent != null) {
      title.append(" with ").append(agent);
    }
    JsonNode code = audit.path("responseStatus").path("code");
    if (code.isInt()) {
      title.append(", status ").append(code.intValue());
    }
    return HostileText.visible(title.toString());
  }
}
