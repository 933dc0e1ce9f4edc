package io.cattleguard.events;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads alerts as JSON: plain, accepted and scored. Unknown keys are ignored.
 *
 * <p>{@link ResponseDecided#write} writes the decisions about alerts, {@link Incident#write} their
 * incident.
 */
public final class AlertJson {
  /** The schema of every event of this version. */
  public static final String SCHEMA = "cattleguard/v1";

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private AlertJson() {}

  /** An alert as JSON; absent fields are omitted. */
  public static ObjectNode write(Alert alert) {
    ObjectNode out = JSON.objectNode();
    out.put("id", alert.id());
    out.put("class", alert.alertClass().jsonName());
    out.put("source", alert.source());
    JsonFields.put(out, "rule", alert.rule());
    JsonFields.put(out, "title", alert.title());
    Severity severity = alert.severity();
    if (severity != null) {
      out.put("severity", severity.jsonName());
    }
    JsonFields.putTexts(out, "tactics", alert.tactics());
    JsonFields.putTexts(out, "techniques", alert.techniques());
    JsonFields.putTexts(out, "traits", alert.traits());
    JsonFields.putUnlessEmpty(out, "target", write(alert.target()));
    JsonFields.putUnlessEmpty(out, "process", write(alert.process()));
    JsonFields.putUnlessEmpty(out, "network", write(alert.network()));
    ObjectNode file = JSON.objectNode();
    JsonFields.put(file, "path", alert.file());
    JsonFields.putUnlessEmpty(out, "file", file);
    Instant observedAt = alert.observedAt();
    if (observedAt != null) {
      out.put("observedAt", observedAt.toString());
    }
    out.put("count", alert.count());
    JsonFields.putTexts(out, "related", alert.related());
    JsonFields.putTexts(out, "notes", alert.notes());
    out.put("raw", alert.raw());
    return out;
  }

  /** The detail of an {@link DetailType#ALERT_ACCEPTED} event. */
  public static ObjectNode write(AcceptedAlert accepted) {
    return accepted(accepted, accepted.id(), accepted.hops());
  }

  /** The detail of an {@link DetailType#ALERT_SCORED} event. */
  public static ObjectNode write(ScoredAlert scored) {
    return scored(scored, scored.id(), scored.accepted().hops());
  }

  /**
   * The JSON that a policy's patterns match: an alert without its raw text, which is long and
   * untrusted.
   */
  public static ObjectNode matchable(Alert alert) {
    ObjectNode out = JSON.objectNode();
    out.set("alert", write(alert));
    return withoutRaw(out);
  }

  /** The JSON that a policy's patterns match: an accepted alert without its raw text. */
  public static ObjectNode matchable(AcceptedAlert accepted) {
    return withoutRaw(write(accepted));
  }

  /** The JSON that a policy's patterns match: a scored alert without its raw text. */
  public static ObjectNode matchable(ScoredAlert scored) {
    return withoutRaw(write(scored));
  }

  private static ObjectNode withoutRaw(ObjectNode out) {
    if (out.get("alert") instanceof ObjectNode alert) {
      alert.remove("raw");
    }
    return out;
  }

  /** The detail of an event about a scored alert. */
  static ObjectNode scored(ScoredAlert scored, String id, int hops) {
    ObjectNode out = accepted(scored.accepted(), id, hops);
    out.put("score", scored.score());
    ArrayNode reasons = out.putArray("reasons");
    for (Points points : scored.reasons()) {
      reasons.addObject().put("points", points.value()).put("why", points.reason());
    }
    Incident incident = scored.incident();
    if (incident != null) {
      out.set("incident", incident.write());
    }
    return out;
  }

  private static ObjectNode accepted(AcceptedAlert accepted, String id, int hops) {
    ObjectNode out = JSON.objectNode();
    out.put("schema", SCHEMA);
    out.put("id", id);
    JsonFields.put(out, "cluster", accepted.alert().target().cluster());
    Instant observedAt = accepted.alert().observedAt();
    out.put("observedAt", (observedAt == null ? accepted.lastAt() : observedAt).toString());
    out.put("hops", hops);
    out.put("acceptance", accepted.acceptance().jsonName());
    out.put("fingerprint", accepted.fingerprint());
    out.put("count", accepted.count());
    out.put("firstAt", accepted.firstAt().toString());
    out.put("lastAt", accepted.lastAt().toString());
    out.put("targets", accepted.targets());
    Silenced silenced = accepted.silenced();
    if (silenced != null) {
      ObjectNode mark = out.putObject("silenced");
      mark.put("by", silenced.by()).put("reason", silenced.reason());
      if (silenced.responders()) {
        mark.put("responders", true);
      }
      if (silenced.isBounded()) {
        mark.put("below", silenced.below());
      }
      Instant until = silenced.until();
      if (until != null) {
        mark.put("until", until.toString());
      }
    }
    out.set("alert", write(accepted.alert()));
    return out;
  }

  /** A target as JSON; absent fields are omitted. */
  public static ObjectNode write(Target target) {
    ObjectNode out = JSON.objectNode();
    JsonFields.put(out, "cluster", target.cluster());
    JsonFields.put(out, "node", target.node());
    JsonFields.put(out, "sensor", target.sensor());
    JsonFields.put(out, "namespace", target.namespace());
    JsonFields.put(out, "pod", target.pod());
    JsonFields.put(out, "podUid", target.podUid());
    JsonFields.put(out, "workload", target.workload());
    JsonFields.put(out, "containerId", target.containerId());
    JsonFields.put(out, "containerName", target.containerName());
    JsonFields.put(out, "image", target.image());
    JsonFields.put(out, "account", target.account());
    JsonFields.put(out, "region", target.region());
    JsonFields.put(out, "instance", target.instance());
    JsonFields.put(out, "securityGroup", target.securityGroup());
    JsonFields.put(out, "principal", target.principal());
    JsonFields.put(out, "principalType", target.principalType());
    JsonFields.put(out, "accessKey", target.accessKey());
    JsonFields.put(out, "resource", target.resource());
    JsonFields.putTexts(out, "labels", target.labels());
    return out;
  }

  private static ObjectNode write(ObservedProcess process) {
    ObjectNode out = JSON.objectNode();
    JsonFields.put(out, "executable", process.executable());
    JsonFields.put(out, "name", process.name());
    JsonFields.put(out, "commandLine", process.commandLine());
    JsonFields.put(out, "parent", process.parent());
    JsonFields.put(out, "user", process.user());
    return out;
  }

  private static ObjectNode write(ObservedConnection network) {
    ObjectNode out = JSON.objectNode();
    JsonFields.put(out, "peer", network.peer());
    Integer port = network.port();
    if (port != null) {
      out.put("port", port.intValue());
    }
    Integer localPort = network.localPort();
    if (localPort != null) {
      out.put("localPort", localPort.intValue());
    }
    JsonFields.put(out, "protocol", network.protocol());
    JsonFields.put(out, "direction", network.direction());
    JsonFields.put(out, "domain", network.domain());
    return out;
  }

  /**
   * Reads what {@link #write(Target)} wrote.
   *
   * @throws ContractViolation if a field is of the wrong type
   */
  public static Target readTarget(JsonNode in) {
    return Target.builder()
        .cluster(JsonFields.text(in, "cluster"))
        .node(JsonFields.text(in, "node"))
        .sensor(JsonFields.text(in, "sensor"))
        .namespace(JsonFields.text(in, "namespace"))
        .pod(JsonFields.text(in, "pod"))
        .podUid(JsonFields.text(in, "podUid"))
        .workload(JsonFields.text(in, "workload"))
        .containerId(JsonFields.text(in, "containerId"))
        .containerName(JsonFields.text(in, "containerName"))
        .image(JsonFields.text(in, "image"))
        .account(JsonFields.text(in, "account"))
        .region(JsonFields.text(in, "region"))
        .instance(JsonFields.text(in, "instance"))
        .securityGroup(JsonFields.text(in, "securityGroup"))
        .principal(JsonFields.text(in, "principal"))
        .principalType(JsonFields.text(in, "principalType"))
        .accessKey(JsonFields.text(in, "accessKey"))
        .resource(JsonFields.text(in, "resource"))
        .labels(JsonFields.texts(in, "labels"))
        .build();
  }

  /**
   * Reads what {@link #write(Alert)} wrote.
   *
   * @throws ContractViolation if a required field is absent or of the wrong type
   */
  public static Alert readAlert(JsonNode in) {
    JsonNode process = in.path("process");
    JsonNode network = in.path("network");
    return new Alert(
        JsonFields.required(in, "id"),
        JsonFields.named(in, "class", AlertClass.named(JsonFields.required(in, "class"))),
        JsonFields.required(in, "source"),
        JsonFields.text(in, "rule"),
        JsonFields.severity(in),
        JsonFields.texts(in, "tactics"),
        JsonFields.texts(in, "techniques"),
        JsonFields.texts(in, "traits"),
        readTarget(in.path("target")),
        new ObservedProcess(
            JsonFields.text(process, "executable"),
            JsonFields.text(process, "name"),
            JsonFields.text(process, "commandLine"),
            JsonFields.text(process, "parent"),
            JsonFields.text(process, "user")),
        new ObservedConnection(
            JsonFields.text(network, "peer"),
            network.has("port") ? Integer.valueOf((int) JsonFields.number(network, "port")) : null,
            network.has("localPort")
                ? Integer.valueOf((int) JsonFields.number(network, "localPort"))
                : null,
            JsonFields.text(network, "protocol"),
            JsonFields.text(network, "direction"),
            JsonFields.text(network, "domain")),
        JsonFields.text(in.path("file"), "path"),
        in.has("observedAt") ? JsonFields.instant(in, "observedAt") : null,
        JsonFields.number(in, "count"),
        JsonFields.texts(in, "notes"),
        JsonFields.required(in, "raw"),
        JsonFields.text(in, "title"),
        JsonFields.texts(in, "related"));
  }

  /**
   * Reads the detail of an {@link DetailType#ALERT_ACCEPTED} event and adds a hop.
   *
   * @throws ContractViolation if a required field is absent or of the wrong type
   */
  public static AcceptedAlert readAccepted(JsonNode detail) {
    return new AcceptedAlert(
        readAlert(detail.path("alert")),
        JsonFields.required(detail, "fingerprint"),
        JsonFields.named(
            detail, "acceptance", Acceptance.named(JsonFields.required(detail, "acceptance"))),
        JsonFields.number(detail, "count"),
        JsonFields.instant(detail, "firstAt"),
        JsonFields.instant(detail, "lastAt"),
        (int) JsonFields.number(detail, "targets"),
        (int) JsonFields.number(detail, "hops") + 1,
        silenced(detail.path("silenced")));
  }

  private static @Nullable Silenced silenced(JsonNode mark) {
    return mark.isMissingNode()
        ? null
        : new Silenced(
            JsonFields.required(mark, "by"),
            JsonFields.required(mark, "reason"),
            mark.path("responders").asBoolean(),
            mark.has("below") ? (int) JsonFields.number(mark, "below") : Silenced.ANY,
            mark.has("until") ? JsonFields.instant(mark, "until") : null);
  }

  /**
   * Reads the detail of an {@link DetailType#ALERT_SCORED} event and adds a hop.
   *
   * @throws ContractViolation if a required field is absent or of the wrong type
   */
  public static ScoredAlert readScored(JsonNode detail) {
    List<Points> reasons = new ArrayList<>();
    for (JsonNode reason : detail.path("reasons")) {
      reasons.add(
          new Points(
              (int) JsonFields.number(reason, "points"), JsonFields.required(reason, "why")));
    }
    try {
      return new ScoredAlert(
          readAccepted(detail),
          (int) JsonFields.number(detail, "score"),
          reasons,
          detail.has("incident") ? Incident.read(detail.path("incident")) : null);
    } catch (IllegalArgumentException e) {
      throw new ContractViolation("score: " + e.getMessage(), e);
    }
  }

  /**
   * Reads a scored alert that its step stored with {@link #write(ScoredAlert)}: it has not passed
   * another step.
   *
   * @throws ContractViolation if a required field is absent or of the wrong type
   */
  public static ScoredAlert readStored(JsonNode stored) {
    ScoredAlert read = readScored(stored);
    AcceptedAlert accepted = read.accepted();
    return new ScoredAlert(
        new AcceptedAlert(
            accepted.alert(),
            accepted.fingerprint(),
            accepted.acceptance(),
            accepted.count(),
            accepted.firstAt(),
            accepted.lastAt(),
            accepted.targets(),
            accepted.hops() - 1,
            accepted.silenced()),
        read.score(),
        read.reasons(),
        read.incident());
  }
}
