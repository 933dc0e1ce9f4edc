package io.cattleguard.respond.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable.State;
import io.cattleguard.events.ResponseOutcome;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads and writes the items of a ledger as JSON. */
final class LedgerJson {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private LedgerJson() {}

  static ObjectNode write(Containment containment) {
    ObjectNode out = JSON.createObjectNode();
    out.put("action", containment.action());
    out.put("uid", containment.uid());
    containment
        .failing()
        .ifPresent(
            failing ->
                out.put("failingSince", failing.since().toString())
                    .put("failures", failing.times())
                    .put("retryAt", failing.retryAt().toString()));
    containment
        .undo()
        .ifPresent(undo -> out.put("undoneBy", undo.by()).put("undoReason", undo.reason()));
    out.set("subject", containment.subject());
    out.put("playbook", containment.playbook());
    out.put("since", containment.since().toString());
    out.put("until", containment.until().toString());
    out.put("alertAt", containment.alertAt().toString());
    if (containment.effect() != Containment.Effect.UNKNOWN) {
      out.put("effect", containment.effect().name().toLowerCase(Locale.ROOT));
    }
    containment.missedAt().ifPresent(at -> out.put("missedAt", at.toString()));
    containment.turn().ifPresent(turn -> out.put("sweepUntil", turn.until().toString()));
    containment.released().ifPresent(outcome -> out.set("released", write(outcome)));
    out.put("scored", containment.scoredJson());
    return out;
  }

  /**
   * Reads a containment. The first version wrote the subject's fields at the top level, and action
   * and UID in the key.
   */
  static Containment containment(State state, String named) {
    JsonNode in = json(state);
    int slash = named.indexOf('/');
    return new Containment(
        in.has("action") ? in.path("action").asText() : named.substring(0, Math.max(0, slash)),
        in.has("uid") && in.has("action") ? in.path("uid").asText() : named.substring(slash + 1),
        in.has("subject") ? in.path("subject") : in,
        in.path("playbook").asText(),
        Instant.parse(in.path("since").asText()),
        Instant.parse(in.path("until").asText()),
        Instant.parse(in.path(in.has("alertAt") ? "alertAt" : "since").asText()),
        failing(in),
        in.has("undoneBy")
            ? Optional.of(
                new OperatorOrder(in.path("undoneBy").asText(), in.path("undoReason").asText()))
            : Optional.empty(),
        effect(in),
        in.has("missedAt")
            ? Optional.of(Instant.parse(in.path("missedAt").asText()))
            : Optional.empty(),
        in.has("sweepUntil")
            ? Optional.of(new Containment.Turn(Instant.parse(in.path("sweepUntil").asText())))
            : Optional.empty(),
        in.has("released") ? Optional.of(settlement(in.path("released"))) : Optional.empty(),
        in.path("scored").asText());
  }

  /** An item of an earlier version does not say which containment was released. */
  static Ledger.Release release(JsonNode in) {
    return new Ledger.Release(
        in.has("since") ? Instant.parse(in.path("since").asText()) : Instant.EPOCH,
        Instant.parse(in.path("at").asText()));
  }

  private static Containment.Effect effect(JsonNode in) {
    return switch (in.path("effect").asText()) {
      case "seen" -> Containment.Effect.SEEN;
      case "missed" -> Containment.Effect.MISSED;
      case "gone" -> Containment.Effect.GONE;
      default -> Containment.Effect.UNKNOWN;
    };
  }

  private static Optional<Containment.Failing> failing(JsonNode in) {
    if (!in.has("failingSince")) {
      return Optional.empty();
    }
    Instant since = Instant.parse(in.path("failingSince").asText());
    return Optional.of(
        new Containment.Failing(
            since,
            in.path("failures").asInt(1),
            in.has("retryAt") ? Instant.parse(in.path("retryAt").asText()) : since));
  }

  static ObjectNode write(Ledger.Settlement settlement) {
    ObjectNode out = JSON.createObjectNode();
    out.put("alertId", settlement.alertId());
    out.put("outcome", settlement.outcome().jsonName());
    out.put("explanation", settlement.explanation());
    out.put("at", settlement.at().toString());
    settlement.leaseUntil().ifPresent(until -> out.put("leaseUntil", until.toString()));
    return out;
  }

  static Ledger.Settlement settlement(JsonNode in) {
    return new Ledger.Settlement(
        in.path("alertId").asText(),
        ResponseOutcome.named(in.path("outcome").asText())
            .orElseThrow(() -> new Unavailable("unknown outcome in a stored claim: " + in)),
        in.path("explanation").asText(),
        Instant.parse(in.path("at").asText()),
        in.has("leaseUntil")
            ? Optional.of(Instant.parse(in.path("leaseUntil").asText()))
            : Optional.empty());
  }

  private static Optional<Instant> time(JsonNode in, String name) {
    return in.has(name) ? Optional.of(Instant.parse(in.path(name).asText())) : Optional.empty();
  }

  static ObjectNode write(Unverified unverified, Instant heldUntil) {
    ObjectNode claim = JSON.createObjectNode();
    claim.put("alertId", unverified.alertId()).put("heldUntil", heldUntil.toString());
    ObjectNode out = claim.putObject("unverified");
    out.put("playbook", unverified.playbook());
    out.put("since", unverified.since().toString());
    out.put("until", unverified.until().toString());
    out.put("taken", unverified.taken().at().toString());
    out.put("saying", unverified.taken().saying());
    unverified.changed().ifPresent(at -> out.put("changed", at.toString()));
    unverified.checkedUntil().ifPresent(at -> out.put("checkedUntil", at.toString()));
    unverified.outcome().ifPresent(one -> out.set("outcome", write(one)));
    out.set("state", unverified.state());
    unverified.taken().limits().forEach(out.putArray("rooms")::add);
    unverified.taken().staying().forEach(out.putArray("staying")::add);
    unverified.taken().node().ifPresent(node -> out.put("node", node));
    out.put("scored", unverified.scoredJson());
    return claim;
  }

  static Unverified unverified(JsonNode claim) {
    JsonNode in = claim.path("unverified");
    return new Unverified(
        claim.path("alertId").asText(),
        in.path("playbook").asText(),
        Instant.parse(in.path("since").asText()),
        Instant.parse(in.path("until").asText()),
        new Unverified.Taken(
            Instant.parse(in.path("taken").asText()),
            in.path("saying").asText(),
            texts(in.path("rooms")),
            texts(in.path("staying")),
            Optional.ofNullable(in.path("node").textValue())),
        time(in, "changed"),
        time(in, "checkedUntil"),
        in.has("outcome") ? Optional.of(settlement(in.path("outcome"))) : Optional.empty(),
        in.path("state") instanceof ObjectNode state ? state : JSON.createObjectNode(),
        in.path("scored").asText());
  }

  static ObjectNode write(Ledger.Halt halt) {
    ObjectNode out = JSON.createObjectNode();
    out.put("halted", halt.on()).put("by", halt.by()).put("reason", halt.reason());
    out.put("at", halt.at().toString());
    halt.commands().forEach(out.putArray("commands")::add);
    halt.ignored().forEach(out.putArray("ignored")::add);
    return out;
  }

  /** An item that a person wrote by hand may have only the switch, or a time in another format. */
  static Ledger.Halt halt(State state) {
    JsonNode in = json(state);
    Instant at = Instant.EPOCH;
    try {
      at = Instant.parse(in.path("at").asText());
    } catch (DateTimeException e) {
      // Any command is later than a state without a time.
    }
    return new Ledger.Halt(
        in.path("halted").asBoolean(true),
        in.path("by").asText("unknown"),
        in.path("reason").asText(""),
        at,
        texts(in.path("commands")),
        texts(in.path("ignored")));
  }

  static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(one -> texts.add(one.asText()));
    return texts;
  }

  static JsonNode json(State state) {
    try {
      return JSON.readTree(state.text());
    } catch (JsonProcessingException e) {
      throw new Unavailable("ledger item " + state.key() + " is not JSON", e);
    }
  }
}
