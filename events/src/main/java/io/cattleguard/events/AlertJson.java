package io.cattleguard.events;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes and reads the contract's records as JSON. Unknown keys are ignored. */
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
    put(out, "rule", alert.rule());
    put(out, "title", alert.title());
    Severity severity = alert.severity();
    if (severity != null) {
      out.put("severity", severity.jsonName());
    }
    putTexts(out, "tactics", alert.tactics());
    putTexts(out, "techniques", alert.techniques());
    putTexts(out, "traits", alert.traits());
    putUnlessEmpty(out, "target", write(alert.target()));
    putUnlessEmpty(out, "process", write(alert.process()));
    putUnlessEmpty(out, "network", write(alert.network()));
    ObjectNode file = JSON.objectNode();
    put(file, "path", alert.file());
    putUnlessEmpty(out, "file", file);
    Instant observedAt = alert.observedAt();
    if (observedAt != null) {
      out.put("observedAt", observedAt.toString());
    }
    out.put("count", alert.count());
    putTexts(out, "related", alert.related());
    putTexts(out, "notes", alert.notes());
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

  /** The detail of a {@link DetailType#RESPONSE_DECIDED} event. */
  public static ObjectNode write(ResponseDecided decided) {
    ObjectNode out = scored(decided.scored(), decided.id(), decided.scored().accepted().hops());
    ObjectNode response = out.putObject("response");
    response.put("playbook", decided.playbook());
    response.put("action", decided.action());
    response.put("target", decided.target());
    response.put("outcome", decided.outcome().jsonName());
    putTexts(response, "objections", decided.objections());
    response.put("explanation", decided.explanation());
    response.put("decidedAt", decided.decidedAt().toString());
    Instant leaseUntil = decided.leaseUntil();
    if (leaseUntil != null) {
      response.put("leaseUntil", leaseUntil.toString());
    }
    put(response, "containment", decided.containment());
    ResponseDecided.Approval approval = decided.approval();
    if (approval != null) {
      ObjectNode question = response.putObject("approval");
      question.put("id", approval.id());
      question.put("until", approval.until().toString());
      question.put("then", approval.actsByDefault() ? "act" : "nothing");
      putTexts(question, "guards", approval.guards());
      put(question, "by", approval.by());
      put(question, "why", approval.why());
      put(question, "command", approval.command());
    }
    return out;
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

  private static ObjectNode scored(ScoredAlert scored, String id, int hops) {
    ObjectNode out = accepted(scored.accepted(), id, hops);
    out.put("score", scored.score());
    ArrayNode reasons = out.putArray("reasons");
    for (Points points : scored.reasons()) {
      reasons.addObject().put("points", points.value()).put("why", points.reason());
    }
    Incident incident = scored.incident();
    if (incident != null) {
      out.set("incident", write(incident));
    }
    return out;
  }

  /** An incident as JSON; empty lists are omitted. */
  public static ObjectNode write(Incident incident) {
    ObjectNode out = JSON.objectNode();
    out.put("id", incident.id());
    out.put("openedAt", incident.openedAt().toString());
    out.put("subject", incident.subject());
    putTexts(out, "reasons", incident.reasons());
    if (!incident.steps().isEmpty()) {
      ArrayNode steps = out.putArray("steps");
      incident.steps().forEach(step -> steps.add(write(step)));
    }
    putTexts(out, "joined", incident.joined());
    return out;
  }

  /** A step of an incident as JSON; absent fields are omitted. */
  public static ObjectNode write(Incident.Step step) {
    ObjectNode out = JSON.objectNode();
    out.put("at", step.at().toString());
    out.put("source", step.source());
    put(out, "rule", step.rule());
    Severity severity = step.severity();
    if (severity != null) {
      out.put("severity", severity.jsonName());
    }
    putTexts(out, "tactics", step.tactics());
    return out;
  }

  private static ObjectNode accepted(AcceptedAlert accepted, String id, int hops) {
    ObjectNode out = JSON.objectNode();
    out.put("schema", SCHEMA);
    out.put("id", id);
    put(out, "cluster", accepted.alert().target().cluster());
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
    }
    out.set("alert", write(accepted.alert()));
    return out;
  }

  /** A target as JSON; absent fields are omitted. */
  public static ObjectNode write(Target target) {
    ObjectNode out = JSON.objectNode();
    put(out, "cluster", target.cluster());
    put(out, "node", target.node());
    put(out, "sensor", target.sensor());
    put(out, "namespace", target.namespace());
    put(out, "pod", target.pod());
    put(out, "podUid", target.podUid());
    put(out, "workload", target.workload());
    put(out, "containerId", target.containerId());
    put(out, "containerName", target.containerName());
    put(out, "image", target.image());
    put(out, "account", target.account());
    put(out, "region", target.region());
    put(out, "instance", target.instance());
    put(out, "securityGroup", target.securityGroup());
    put(out, "principal", target.principal());
    put(out, "principalType", target.principalType());
    put(out, "accessKey", target.accessKey());
    put(out, "resource", target.resource());
    putTexts(out, "labels", target.labels());
    return out;
  }

  private static ObjectNode write(ObservedProcess process) {
    ObjectNode out = JSON.objectNode();
    put(out, "executable", process.executable());
    put(out, "name", process.name());
    put(out, "commandLine", process.commandLine());
    put(out, "parent", process.parent());
    put(out, "user", process.user());
    return out;
  }

  private static ObjectNode write(ObservedConnection network) {
    ObjectNode out = JSON.objectNode();
    put(out, "peer", network.peer());
    Integer port = network.port();
    if (port != null) {
      out.put("port", port.intValue());
    }
    Integer localPort = network.localPort();
    if (localPort != null) {
      out.put("localPort", localPort.intValue());
    }
    put(out, "protocol", network.protocol());
    put(out, "direction", network.direction());
    put(out, "domain", network.domain());
    return out;
  }

  /**
   * Reads what {@link #write(Target)} wrote.
   *
   * @throws ContractViolation if a field is of the wrong type
   */
  public static Target readTarget(JsonNode in) {
    return Target.builder()
        .cluster(text(in, "cluster"))
        .node(text(in, "node"))
        .sensor(text(in, "sensor"))
        .namespace(text(in, "namespace"))
        .pod(text(in, "pod"))
        .podUid(text(in, "podUid"))
        .workload(text(in, "workload"))
        .containerId(text(in, "containerId"))
        .containerName(text(in, "containerName"))
        .image(text(in, "image"))
        .account(text(in, "account"))
        .region(text(in, "region"))
        .instance(text(in, "instance"))
        .securityGroup(text(in, "securityGroup"))
        .principal(text(in, "principal"))
        .principalType(text(in, "principalType"))
        .accessKey(text(in, "accessKey"))
        .resource(text(in, "resource"))
        .labels(texts(in, "labels"))
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
        required(in, "id"),
        named(in, "class", AlertClass.named(required(in, "class"))),
        required(in, "source"),
        text(in, "rule"),
        in.has("severity") ? named(in, "severity", Severity.named(required(in, "severity"))) : null,
        texts(in, "tactics"),
        texts(in, "techniques"),
        texts(in, "traits"),
        readTarget(in.path("target")),
        new ObservedProcess(
            text(process, "executable"),
            text(process, "name"),
            text(process, "commandLine"),
            text(process, "parent"),
            text(process, "user")),
        new ObservedConnection(
            text(network, "peer"),
            network.has("port") ? Integer.valueOf((int) number(network, "port")) : null,
            network.has("localPort") ? Integer.valueOf((int) number(network, "localPort")) : null,
            text(network, "protocol"),
            text(network, "direction"),
            text(network, "domain")),
        text(in.path("file"), "path"),
        in.has("observedAt") ? instant(in, "observedAt") : null,
        number(in, "count"),
        texts(in, "notes"),
        required(in, "raw"),
        text(in, "title"),
        texts(in, "related"));
  }

  /**
   * Reads the detail of an {@link DetailType#ALERT_ACCEPTED} event and adds a hop.
   *
   * @throws ContractViolation if a required field is absent or of the wrong type
   */
  public static AcceptedAlert readAccepted(JsonNode detail) {
    return new AcceptedAlert(
        readAlert(detail.path("alert")),
        required(detail, "fingerprint"),
        named(detail, "acceptance", Acceptance.named(required(detail, "acceptance"))),
        number(detail, "count"),
        instant(detail, "firstAt"),
        instant(detail, "lastAt"),
        (int) number(detail, "targets"),
        (int) number(detail, "hops") + 1,
        silenced(detail.path("silenced")));
  }

  private static @Nullable Silenced silenced(JsonNode mark) {
    return mark.isMissingNode()
        ? null
        : new Silenced(
            required(mark, "by"),
            required(mark, "reason"),
            mark.path("responders").asBoolean(),
            mark.has("below") ? (int) number(mark, "below") : Silenced.ANY);
  }

  /**
   * Reads the detail of an {@link DetailType#ALERT_SCORED} event and adds a hop.
   *
   * @throws ContractViolation if a required field is absent or of the wrong type
   */
  public static ScoredAlert readScored(JsonNode detail) {
    List<Points> reasons = new ArrayList<>();
    for (JsonNode reason : detail.path("reasons")) {
      reasons.add(new Points((int) number(reason, "points"), required(reason, "why")));
    }
    try {
      return new ScoredAlert(
          readAccepted(detail),
          (int) number(detail, "score"),
          reasons,
          detail.has("incident") ? readIncident(detail.path("incident")) : null);
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

  /**
   * Reads what {@link #write(Incident)} wrote.
   *
   * @throws ContractViolation if a required field is absent or of the wrong type
   */
  public static Incident readIncident(JsonNode in) {
    List<Incident.Step> steps = new ArrayList<>();
    in.path("steps").forEach(step -> steps.add(readStep(step)));
    return new Incident(
        required(in, "id"),
        instant(in, "openedAt"),
        required(in, "subject"),
        texts(in, "reasons"),
        steps,
        texts(in, "joined"));
  }

  /**
   * Reads what {@link #write(Incident.Step)} wrote.
   *
   * @throws ContractViolation if a required field is absent or of the wrong type
   */
  public static Incident.Step readStep(JsonNode in) {
    return new Incident.Step(
        instant(in, "at"),
        required(in, "source"),
        text(in, "rule"),
        in.has("severity") ? named(in, "severity", Severity.named(required(in, "severity"))) : null,
        texts(in, "tactics"));
  }

  /**
   * Reads the detail of a {@link DetailType#RESPONSE_DECIDED} event and adds a hop.
   *
   * @throws ContractViolation if a required field is absent or of the wrong type
   */
  public static ResponseDecided readDecided(JsonNode detail) {
    JsonNode response = detail.path("response");
    return new ResponseDecided(
        readScored(detail),
        required(response, "playbook"),
        required(response, "action"),
        required(response, "target"),
        named(response, "outcome", ResponseOutcome.named(required(response, "outcome"))),
        texts(response, "objections"),
        required(response, "explanation"),
        instant(response, "decidedAt"),
        response.has("leaseUntil") ? instant(response, "leaseUntil") : null,
        response.has("approval") ? approval(response.path("approval")) : null,
        text(response, "containment"));
  }

  private static ResponseDecided.Approval approval(JsonNode in) {
    return new ResponseDecided.Approval(
        required(in, "id"),
        instant(in, "until"),
        required(in, "then").equals("act"),
        texts(in, "guards"),
        text(in, "by"),
        text(in, "why"),
        text(in, "command"));
  }

  private static void put(ObjectNode out, String key, @Nullable String value) {
    if (value != null) {
      out.put(key, value);
    }
  }

  private static void putTexts(ObjectNode out, String key, List<String> values) {
    if (!values.isEmpty()) {
      ArrayNode array = out.putArray(key);
      values.forEach(array::add);
    }
  }

  private static void putUnlessEmpty(ObjectNode out, String key, ObjectNode value) {
    if (!value.isEmpty()) {
      out.set(key, value);
    }
  }

  private static @Nullable String text(JsonNode in, String key) {
    JsonNode value = in.path(key);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isTextual()) {
      throw new ContractViolation(key + ": not a string");
    }
    return value.textValue();
  }

  private static String required(JsonNode in, String key) {
    String value = text(in, key);
    if (value == null) {
      throw new ContractViolation(key + ": missing");
    }
    return value;
  }

  private static long number(JsonNode in, String key) {
    JsonNode value = in.path(key);
    if (!value.canConvertToLong() || !value.isIntegralNumber()) {
      throw new ContractViolation(key + ": missing, or not a 64-bit integer");
    }
    return value.longValue();
  }

  private static Instant instant(JsonNode in, String key) {
    try {
      return Instant.parse(required(in, key));
    } catch (DateTimeParseException e) {
      throw new ContractViolation(key + ": not an RFC 3339 time in UTC", e);
    }
  }

  private static List<String> texts(JsonNode in, String key) {
    List<String> values = new ArrayList<>();
    for (JsonNode value : in.path(key)) {
      if (!value.isTextual()) {
        throw new ContractViolation(key + ": contains an element that is not a string");
      }
      values.add(value.textValue());
    }
    return values;
  }

  private static <T> T named(JsonNode in, String key, Optional<T> value) {
    return value.orElseThrow(
        () -> new ContractViolation(key + ": '" + in.path(key).asText() + "' is unknown"));
  }
}
