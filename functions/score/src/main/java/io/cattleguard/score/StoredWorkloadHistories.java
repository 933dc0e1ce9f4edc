package io.cattleguard.score;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.Incident;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Histories in a table. One conditional write per accepted alert, and no read. */
public final class StoredWorkloadHistories implements WorkloadHistories {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** For clean-up only. DynamoDB deletes items up to days late, so no decision depends on it. */
  private static final Duration KEPT_AFTER_LAST_TACTIC = Duration.ofDays(90);

  private final VersionedTable table;

  /** Uses a table of its own. */
  public StoredWorkloadHistories(VersionedTable table) {
    this.table = table;
  }

  /** Returns the state that this process stored or saw last. Never reads the table. */
  @Override
  public Optional<WorkloadHistory> recall(String workload) {
    return table.remembered(workload).map(StoredWorkloadHistories::read);
  }

  @Override
  public Optional<WorkloadHistory> current(String workload) {
    try {
      return table.read(workload).map(StoredWorkloadHistories::read);
    } catch (Unavailable e) {
      throw new HistoryUnavailable(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public Optional<WorkloadHistory> store(WorkloadHistory next, long expectedVersion) {
    try {
      Instant latest =
          next.tactics().values().stream().max(Instant::compareTo).orElse(next.since());
      return table
          .store(
              new VersionedTable.State(next.workload(), next.version(), write(next)),
              expectedVersion,
              latest.plus(KEPT_AFTER_LAST_TACTIC))
          .map(StoredWorkloadHistories::read);
    } catch (Unavailable e) {
      throw new HistoryUnavailable(String.valueOf(e.getMessage()), e);
    }
  }

  private static String write(WorkloadHistory history) {
    ObjectNode out = JSON.createObjectNode();
    out.put("since", history.since().toString());
    ObjectNode rules = out.putObject("rules");
    history.rules().forEach(rules::put);
    ObjectNode tactics = out.putObject("tactics");
    history.tactics().forEach((tactic, at) -> tactics.put(tactic, at.toString()));
    ArrayNode answers = out.putArray("answers");
    for (WorkloadHistory.Answer answer : history.answers()) {
      ObjectNode one = answers.addObject().put("to", answer.accepted());
      one.put("new", answer.newRule()).put("tactics", String.join(" ", answer.tactics()));
      one.put("version", answer.version()).put("incident", answer.incident());
      if (!answer.novel().isEmpty()) {
        ArrayNode novel = one.putArray("novel");
        answer.novel().stream().sorted().map(Novelty::jsonName).forEach(novel::add);
      }
      one.put("days", answer.days());
    }
    ArrayNode incidents = out.putArray("incidents");
    history.incidents().forEach(incident -> incidents.add(write(incident)));
    out.set("behaviour", write(history.behaviour()));
    return out.toString();
  }

  private static ObjectNode write(Behaviour behaviour) {
    ObjectNode out = JSON.createObjectNode();
    ObjectNode images = out.putObject("images");
    behaviour
        .images()
        .forEach(
            (image, known) ->
                images
                    .putArray(image)
                    .add(known.first().toString())
                    .add(known.latest().toString()));
    ObjectNode seen = out.putObject("seen");
    behaviour.seen().forEach(seen::put);
    ObjectNode days = out.putObject("days");
    behaviour.days().forEach((rule, one) -> days.putArray(rule).add(one.count()).add(one.latest()));
    return out;
  }

  /** A history of an earlier version has none. */
  private static Behaviour readBehaviour(JsonNode in) {
    Map<String, Behaviour.Period> images = new LinkedHashMap<>();
    in.path("images")
        .properties()
        .forEach(
            image ->
                images.put(
                    image.getKey(),
                    new Behaviour.Period(
                        Instant.parse(image.getValue().path(0).asText()),
                        Instant.parse(image.getValue().path(1).asText()))));
    Map<String, Long> seen = new LinkedHashMap<>();
    in.path("seen").properties().forEach(one -> seen.put(one.getKey(), one.getValue().asLong()));
    Map<String, Behaviour.Days> days = new LinkedHashMap<>();
    in.path("days")
        .properties()
        .forEach(
            rule ->
                days.put(
                    rule.getKey(),
                    new Behaviour.Days(
                        rule.getValue().path(0).asInt(), rule.getValue().path(1).asLong())));
    return new Behaviour(images, seen, days);
  }

  private static Set<Novelty> readNovel(JsonNode in) {
    Set<Novelty> novel = EnumSet.noneOf(Novelty.class);
    for (JsonNode name : in) {
      Stream.of(Novelty.values())
          .filter(one -> one.jsonName().equals(name.asText()))
          .forEach(novel::add);
    }
    return novel;
  }

  private static ObjectNode write(OpenIncident incident) {
    ObjectNode out = JSON.createObjectNode();
    out.put("id", incident.id());
    out.put("openedAt", incident.openedAt().toString());
    out.put("keptOpenAt", incident.keptOpenAt().toString());
    ArrayNode steps = out.putArray("steps");
    for (OpenIncident.Seen seen : incident.steps()) {
      steps.add(seen.step().write().put("version", seen.version()));
    }
    incident.joined().forEach(out.putArray("joined")::add);
    return out;
  }

  private static WorkloadHistory read(VersionedTable.State state) {
    if (state.version() == 0) {
      return WorkloadHistory.unknown(state.key());
    }
    try {
      return read(state, JSON.readTree(state.text()));
    } catch (JsonProcessingException | DateTimeParseException | ContractViolation e) {
      throw new HistoryUnavailable("the stored history is unreadable", e);
    }
  }

  private static WorkloadHistory read(VersionedTable.State state, JsonNode in) {
    Map<String, String> rules = new LinkedHashMap<>();
    in.path("rules")
        .properties()
        .forEach(rule -> rules.put(rule.getKey(), rule.getValue().asText()));
    Map<String, Instant> tactics = new LinkedHashMap<>();
    in.path("tactics")
        .properties()
        .forEach(tactic -> tactics.put(tactic.getKey(), Instant.parse(tactic.getValue().asText())));
    List<WorkloadHistory.Answer> answers = new ArrayList<>();
    for (JsonNode answer : in.path("answers")) {
      Set<String> seen = new HashSet<>(List.of(answer.path("tactics").asText().split(" ", -1)));
      seen.remove("");
      answers.add(
          new WorkloadHistory.Answer(
              answer.path("to").asText(),
              answer.path("new").asBoolean(),
              seen,
              answer.path("version").asLong(),
              answer.path("incident").asText(""),
              readNovel(answer.path("novel")),
              answer.path("days").asInt()));
    }
    List<OpenIncident> incidents = new ArrayList<>();
    in.path("incidents").forEach(incident -> incidents.add(readIncident(incident)));
    return new WorkloadHistory(
        state.key(),
        state.version(),
        Instant.parse(in.path("since").asText()),
        rules,
        tactics,
        answers,
        incidents,
        readBehaviour(in.path("behaviour")));
  }

  private static OpenIncident readIncident(JsonNode in) {
    List<OpenIncident.Seen> steps = new ArrayList<>();
    for (JsonNode step : in.path("steps")) {
      steps.add(new OpenIncident.Seen(step.path("version").asLong(), Incident.Step.read(step)));
    }
    List<String> joined = new ArrayList<>();
    in.path("joined").forEach(id -> joined.add(id.asText()));
    return new OpenIncident(
        in.path("id").asText(),
        Instant.parse(in.path("openedAt").asText()),
        Instant.parse(in.path("keptOpenAt").asText()),
        steps,
        joined);
  }
}
