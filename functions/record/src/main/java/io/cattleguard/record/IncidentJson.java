package io.cattleguard.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.deviation.AcceptableEntry;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Records and summaries as JSON, for stores and for {@code --json}. */
public final class IncidentJson {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private IncidentJson() {}

  /** A record as JSON. */
  public static ObjectNode write(IncidentRecord record) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("id", record.id()).put("state", record.state().jsonName());
    out.put("firstAt", record.firstAt().toString()).put("lastAt", record.lastAt().toString());
    put(out, "alertAt", record.alertAt());
    record.severity().ifPresent(severity -> out.put("severity", severity.jsonName()));
    out.put("alerts", record.alerts());
    put(out, "leaseUntil", record.leaseUntil());
    record.timeToContain().ifPresent(took -> out.put("timeToContain", took.toString()));
    record.headline().ifPresent(headline -> out.set("headline", write(headline)));
    ArrayNode problems = out.putArray("problems");
    record.problems().values().forEach(problem -> problems.add(write(problem)));
    ArrayNode actions = out.putArray("actions");
    record.actions().values().forEach(action -> actions.add(write(action)));
    out.put("moreActions", record.moreActions());
    texts(out, "silencedBy", record.silencedBy());
    texts(out, "continuedAs", record.continuedAs());
    texts(out, "notified", record.notified());
    ArrayNode timeline = out.putArray("timeline");
    record.timeline().entries().forEach(entry -> timeline.add(write(entry)));
    return out;
  }

  private static ObjectNode write(Headline headline) {
    ObjectNode out = JsonNodeFactory.instance.objectNode().put("id", headline.id());
    out.put("score", headline.score()).put("at", headline.at().toString());
    headline.alertClass().ifPresent(one -> out.put("class", name(one)));
    out.put("subject", headline.subject()).put("title", headline.title());
    out.set("place", AlertJson.write(headline.place()));
    ArrayNode reasons = out.putArray("reasons");
    headline
        .reasons()
        .forEach(one -> reasons.addObject().put("points", one.value()).put("why", one.reason()));
    return out;
  }

  private static ObjectNode write(Problem problem) {
    ObjectNode out =
        JsonNodeFactory.instance
            .objectNode()
            .put("fingerprint", problem.fingerprint())
            .put("source", problem.source())
            .put("rule", problem.rule());
    problem.severity().ifPresent(severity -> out.put("severity", severity.jsonName()));
    out.put("alerts", problem.alerts())
        .put("before", problem.before())
        .put("until", problem.until())
        .put("lastAt", problem.lastAt().toString());
    texts(out, "acceptable", problem.acceptable().stream().map(AcceptableEntry::text).toList());
    return out;
  }

  private static ObjectNode write(ActionRecord action) {
    ObjectNode out = JsonNodeFactory.instance.objectNode().put("action", action.action());
    out.put("target", action.target()).put("effect", action.effect().jsonName());
    out.put("outcome", action.now().outcome().jsonName());
    out.put("inForce", action.isInForce());
    put(out, "leaseUntil", action.leaseUntil());
    put(out, "first", action.first().map(IncidentJson::write));
    put(out, "held", action.held().map(IncidentJson::write));
    put(out, "ended", action.ended().map(IncidentJson::write));
    put(out, "answer", action.answer().map(IncidentJson::write));
    if (!action.guards().isEmpty()) {
      texts(out, "guards", action.guards());
    }
    return out;
  }

  private static ObjectNode write(ActionStep step) {
    ObjectNode out = JsonNodeFactory.instance.objectNode().put("id", step.id());
    out.put("at", step.at().toString()).put("sensedAt", step.sensedAt().toString());
    out.put("outcome", step.outcome().jsonName()).put("playbook", step.playbook());
    out.put("explanation", step.explanation());
    texts(out, "objections", step.objections());
    put(out, "objectors", step.objectors().map(IncidentJson::write));
    put(out, "leaseUntil", step.leaseUntil());
    put(out, "waitsUntil", step.waitsUntil());
    put(out, "approval", Optional.of(step.approval()).filter(text -> !text.isEmpty()));
    put(out, "decidedBy", Optional.of(step.decidedBy()).filter(text -> !text.isEmpty()));
    return out;
  }

  private static ObjectNode write(ActionStep.Objectors objectors) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    texts(out, "by", objectors.by());
    texts(out, "notEvaluated", objectors.notEvaluated());
    return out;
  }

  private static ObjectNode write(TimelineEntry entry) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("at", entry.at().toString())
        .put("kind", entry.kind().name().toLowerCase(Locale.ROOT))
        .put("id", entry.id())
        .put("what", entry.what())
        .put("who", entry.who())
        .put("text", entry.text());
  }

  /** A summary as JSON. */
  public static ObjectNode write(IncidentSummary summary) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("id", summary.id()).put("state", summary.state().jsonName());
    summary.severity().ifPresent(severity -> out.put("severity", severity.jsonName()));
    out.put("score", summary.score());
    summary.alertClass().ifPresent(one -> out.put("class", name(one)));
    out.put("subject", summary.subject()).put("title", summary.title());
    out.set("place", AlertJson.write(summary.place()));
    out.put("firstAt", summary.firstAt().toString()).put("lastAt", summary.lastAt().toString());
    out.put("alerts", summary.alerts()).put("problems", summary.problems());
    ArrayNode rules = out.putArray("rules");
    summary
        .rules()
        .forEach(
            one ->
                rules
                    .addObject()
                    .put("source", one.source())
                    .put("rule", one.rule())
                    .put("alerts", one.alerts()));
    ArrayNode actions = out.putArray("actions");
    summary
        .actions()
        .forEach(
            one ->
                actions
                    .addObject()
                    .put("action", one.action())
                    .put("target", one.target())
                    .put("effect", one.effect().jsonName())
                    .put("outcome", one.outcome().jsonName())
                    .put("playbook", one.playbook())
                    .put("objected", one.objected())
                    .put("why", one.why()));
    out.put("uncontained", summary.uncontained()).put("moreActions", summary.moreActions());
    put(out, "leaseUntil", summary.leaseUntil());
    put(out, "waitsUntil", summary.waitsUntil());
    summary.timeToContain().ifPresent(took -> out.put("timeToContain", took.toString()));
    out.put("holding", summary.holding()).put("leased", summary.leased());
    out.put("undone", summary.undone());
    texts(out, "silencedBy", summary.silencedBy());
    summary.continuedAs().ifPresent(other -> out.put("continuedAs", other));
    summary.notified().ifPresent(number -> out.put("notified", number));
    return out;
  }

  /**
   * Reads a stored record.
   *
   * @throws Unavailable if it is damaged
   */
  public static IncidentRecord readRecord(String text) {
    try {
      JsonNode in = JSON.readTree(text);
      SortedMap<String, Problem> problems = new TreeMap<>();
      in.path("problems")
          .forEach(one -> problems.put(one.path("fingerprint").asText(), readProblem(one)));
      SortedMap<String, ActionRecord> actions = new TreeMap<>();
      in.path("actions")
          .forEach(
              one -> {
                ActionRecord action = readAction(one);
                actions.put(action.key(), action);
              });
      List<TimelineEntry> timeline = new ArrayList<>();
      in.path("timeline").forEach(one -> timeline.add(readEntry(one)));
      return new IncidentRecord(
          in.path("id").asText(),
          in.has("headline") ? Optional.of(readHeadline(in.path("headline"))) : Optional.empty(),
          time(in, "firstAt"),
          time(in, "lastAt"),
          ifThere(in, "alertAt"),
          Severity.named(in.path("severity").asText()),
          problems,
          actions,
          in.path("moreActions").asBoolean(),
          new TreeSet<>(texts(in, "silencedBy")),
          new TreeSet<>(texts(in, "continuedAs")),
          new TreeSet<>(texts(in, "notified")),
          Timeline.of(timeline));
    } catch (JsonProcessingException
        | ContractViolation
        | DateTimeException
        | IllegalArgumentException
        | NoSuchElementException e) {
      throw new Unavailable("a stored incident is unreadable", e);
    }
  }

  private static Headline readHeadline(JsonNode in) {
    List<Points> reasons = new ArrayList<>();
    in.path("reasons")
        .forEach(
            one -> reasons.add(new Points(one.path("points").asInt(), one.path("why").asText())));
    return new Headline(
        in.path("id").asText(),
        in.path("score").asInt(),
        reasons,
        readClass(in),
        time(in, "at"),
        in.path("subject").asText(),
        in.path("title").asText(),
        readTarget(in.path("place")));
  }

  private static Problem readProblem(JsonNode in) {
    return new Problem(
        in.path("fingerprint").asText(),
        in.path("source").asText(),
        in.path("rule").asText(),
        Severity.named(in.path("severity").asText()),
        in.path("before").asLong(),
        in.path("until").asLong(),
        time(in, "lastAt"),
        texts(in, "acceptable").stream()
            .flatMap(text -> AcceptableEntry.parse(text).stream())
            .toList());
  }

  private static ActionRecord readAction(JsonNode in) {
    return new ActionRecord(
        in.path("action").asText(),
        in.path("target").asText(),
        readEffect(in),
        step(in, "first"),
        step(in, "held"),
        step(in, "ended"),
        step(in, "answer"),
        new TreeSet<>(texts(in, "guards")));
  }

  private static Effect readEffect(JsonNode in) {
    return Effect.named(in.path("effect").asText())
        .orElseGet(() -> Effect.unstated(in.path("action").asText()));
  }

  private static Optional<ActionStep> step(JsonNode in, String name) {
    JsonNode one = in.path(name);
    return one.isMissingNode()
        ? Optional.empty()
        : Optional.of(
            new ActionStep(
                one.path("id").asText(),
                time(one, "at"),
                time(one, "sensedAt"),
                ResponseOutcome.named(one.path("outcome").asText()).orElseThrow(),
                one.path("playbook").asText(),
                one.path("explanation").asText(),
                texts(one, "objections"),
                one.has("objectors")
                    ? Optional.of(
                        new ActionStep.Objectors(
                            texts(one.path("objectors"), "by"),
                            texts(one.path("objectors"), "notEvaluated")))
                    : Optional.empty(),
                ifThere(one, "leaseUntil"),
                ifThere(one, "waitsUntil"),
                one.path("approval").asText(),
                one.path("decidedBy").asText()));
  }

  private static TimelineEntry readEntry(JsonNode in) {
    return new TimelineEntry(
        time(in, "at"),
        TimelineEntry.Kind.valueOf(in.path("kind").asText().toUpperCase(Locale.ROOT)),
        in.path("id").asText(),
        in.path("what").asText(),
        in.path("who").asText(),
        in.path("text").asText());
  }

  /**
   * Reads a stored summary.
   *
   * @throws Unavailable if it is damaged
   */
  public static IncidentSummary readSummary(String text) {
    try {
      return readSummary(JSON.readTree(text));
    } catch (JsonProcessingException
        | ContractViolation
        | DateTimeException
        | NoSuchElementException e) {
      throw new Unavailable("a stored incident is unreadable", e);
    }
  }

  private static IncidentSummary readSummary(JsonNode in) {
    List<IncidentSummary.Rule> rules = new ArrayList<>();
    in.path("rules")
        .forEach(
            one ->
                rules.add(
                    new IncidentSummary.Rule(
                        one.path("source").asText(),
                        one.path("rule").asText(),
                        one.path("alerts").asLong())));
    List<IncidentSummary.Action> actions = new ArrayList<>();
    in.path("actions")
        .forEach(
            one ->
                actions.add(
                    new IncidentSummary.Action(
                        one.path("action").asText(),
                        one.path("target").asText(),
                        readEffect(one),
                        ResponseOutcome.named(one.path("outcome").asText()).orElseThrow(),
                        one.path("playbook").asText(),
                        one.path("objected").asBoolean(),
                        one.path("why").asText())));
    return new IncidentSummary(
        in.path("id").asText(),
        IncidentState.named(in.path("state").asText()).orElseThrow(),
        Severity.named(in.path("severity").asText()),
        in.path("score").asInt(),
        readClass(in),
        in.path("subject").asText(),
        in.path("title").asText(),
        readTarget(in.path("place")),
        time(in, "firstAt"),
        time(in, "lastAt"),
        in.path("alerts").asLong(),
        in.path("problems").asInt(),
        rules,
        actions,
        in.path("uncontained").asInt(),
        in.path("moreActions").asBoolean(),
        ifThere(in, "leaseUntil"),
        ifThere(in, "waitsUntil"),
        Optional.of(in.path("timeToContain").asText())
            .filter(took -> !took.isEmpty())
            .map(Duration::parse),
        in.path("holding").asBoolean(),
        in.path("leased").asBoolean(),
        in.path("undone").asBoolean(),
        texts(in, "silencedBy"),
        Optional.of(in.path("continuedAs").asText()).filter(other -> !other.isEmpty()),
        in.has("notified") ? OptionalInt.of(in.path("notified").asInt()) : OptionalInt.empty());
  }

  private static Target readTarget(JsonNode in) {
    return AlertJson.readTarget(in);
  }

  private static String name(AlertClass alertClass) {
    return alertClass.jsonName();
  }

  private static Optional<AlertClass> readClass(JsonNode in) {
    return AlertClass.named(in.path("class").asText());
  }

  private static void put(ObjectNode out, String name, Optional<?> value) {
    value.ifPresent(
        one -> {
          if (one instanceof ObjectNode node) {
            out.set(name, node);
          } else {
            out.put(name, one.toString());
          }
        });
  }

  private static void texts(ObjectNode out, String name, Collection<String> texts) {
    if (!texts.isEmpty()) {
      texts.forEach(out.putArray(name)::add);
    }
  }

  private static List<String> texts(JsonNode in, String name) {
    List<String> texts = new ArrayList<>();
    in.path(name).forEach(one -> texts.add(one.asText()));
    return texts;
  }

  private static Instant time(JsonNode in, String name) {
    return Instant.parse(in.path(name).asText());
  }

  private static Optional<Instant> ifThere(JsonNode in, String name) {
    return in.has(name) ? Optional.of(time(in, name)) : Optional.empty();
  }
}
