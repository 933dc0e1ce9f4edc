package io.cattleguard.route.stored;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.Incident;
import io.cattleguard.events.ResponseDecided.Effect;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.deviation.AcceptableEntry;
import io.cattleguard.route.Conversation;
import io.cattleguard.route.Told;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A conversation as the JSON of its item. Items of earlier versions have fewer fields, and can be
 * read too.
 */
final class ConversationJson {
  private ConversationJson() {}

  static ObjectNode write(Conversation conversation) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("messageId", conversation.messageId());
    out.put("lastAt", conversation.lastAt().toString());
    out.put("postedAt", conversation.postedAt().toString());
    out.put("shownAt", conversation.shownAt().toString());
    if (conversation.isStale()) {
      out.put("stale", true);
    }
    Told told = conversation.told();
    out.put("score", told.score());
    told.gravest().ifPresent(scored -> out.set("gravest", AlertJson.write(scored)));
    told.incident().ifPresent(incident -> out.set("incident", incident.write()));
    ArrayNode problems = out.putArray("problems");
    for (Told.Problem problem : told.problems()) {
      ObjectNode one = problems.addObject();
      one.put("fingerprint", problem.fingerprint()).put("firstAt", problem.firstAt().toString());
      put(one.put("source", problem.source()), "rule", problem.rule());
      one.put("count", problem.count()).put("targets", problem.targets());
      one.put("blocked", problem.isBlocked());
      AcceptableEntry acceptable = problem.acceptable();
      put(one, "acceptable", acceptable == null ? null : acceptable.text());
    }
    ArrayNode responses = out.putArray("responses");
    for (Told.Response response : told.responses()) {
      ObjectNode one = responses.addObject();
      one.put("playbook", response.playbook()).put("action", response.action());
      one.put("target", response.target()).put("outcome", response.outcome().jsonName());
      one.put("alertAt", response.alertAt().toString());
      one.put("decidedAt", response.decidedAt().toString());
      Instant leaseUntil = response.leaseUntil();
      put(one, "leaseUntil", leaseUntil == null ? null : leaseUntil.toString());
      Instant takenAt = response.takenAt();
      put(one, "takenAt", takenAt == null ? null : takenAt.toString());
      put(one, "containment", response.containment());
      Told.Question question = response.question();
      if (question != null) {
        one.putObject("question")
            .put("id", question.id())
            .put("until", question.until().toString())
            .put("acts", question.actsByDefault());
      }
      put(one, "why", response.why());
      one.put("effect", response.effect().jsonName());
    }
    told.replies().forEach(out.putArray("replies")::add);
    return out;
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws java.time.DateTimeException or {@link ContractViolation} if it is damaged
   */
  static Conversation read(JsonNode in) {
    List<Told.Problem> problems = new ArrayList<>();
    for (JsonNode one : in.path("problems")) {
      problems.add(
          new Told.Problem(
              one.path("fingerprint").asText(),
              time(one, "firstAt"),
              one.path("source").asText(),
              one.path("rule").textValue(),
              one.path("count").asLong(),
              one.path("targets").asInt(),
              one.path("blocked").asBoolean(),
              AcceptableEntry.parse(one.path("acceptable").asText()).orElse(null)));
    }
    List<Told.Response> responses = new ArrayList<>();
    for (JsonNode one : in.path("responses")) {
      responses.add(
          new Told.Response(
              one.path("playbook").asText(),
              one.path("action").asText(),
              one.path("target").asText(),
              ResponseOutcome.named(one.path("outcome").asText())
                  .orElseThrow(() -> new ContractViolation("outcome: unknown")),
              time(one, "alertAt"),
              time(one, "decidedAt"),
              one.has("leaseUntil") ? time(one, "leaseUntil") : null,
              one.has("takenAt") ? time(one, "takenAt") : null,
              one.path("containment").textValue(),
              one.has("question") ? question(one.path("question")) : null,
              one.path("why").textValue(),
              Effect.named(one.path("effect").asText())
                  .orElseGet(() -> Effect.unstated(one.path("action").asText()))));
    }
    List<String> replies = new ArrayList<>();
    in.path("replies").forEach(reply -> replies.add(reply.asText()));
    Optional<ScoredAlert> gravest =
        in.has("gravest")
            ? Optional.of(AlertJson.readStored(in.path("gravest")))
            : Optional.empty();
    Optional<Incident> incident =
        in.has("incident") ? Optional.of(Incident.read(in.path("incident"))) : Optional.empty();
    return new Conversation(
        in.path("messageId").asText(),
        time(in, "lastAt"),
        time(in, in.has("postedAt") ? "postedAt" : "shownAt"),
        time(in, "shownAt"),
        new Told(gravest, incident, in.path("score").asInt(), problems, responses, replies),
        in.path("stale").asBoolean());
  }

  private static Told.Question question(JsonNode in) {
    return new Told.Question(
        in.path("id").asText(), time(in, "until"), in.path("acts").asBoolean());
  }

  private static Instant time(JsonNode in, String key) {
    return Instant.parse(in.path(key).asText());
  }

  private static void put(ObjectNode out, String key, @Nullable String value) {
    if (value != null) {
      out.put(key, value);
    }
  }
}
