package io.cattleguard.answer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** A containment as a line and as JSON, and the kill switch. */
public final class ContainmentText {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private ContainmentText() {}

  public static String line(Operations.Live live) {
    Containment containment = live.containment();
    String state =
        containment
            .failed()
            .map(
                failing ->
                    "its release has failed since "
                        + seconds(failing.since())
                        + ", next attempt at "
                        + failing.retryAt())
            .or(
                () ->
                    containment
                        .acceptedSince()
                        .map(
                            accepted ->
                                "its release was accepted at "
                                    + seconds(accepted)
                                    + " and its effect is not visible yet"))
            .orElse("until " + seconds(containment.until()));
    String undo = containment.undo().map(order -> "; undo requested by " + order.by()).orElse("");
    return live.id()
        + "  since "
        + seconds(containment.since())
        + ", "
        + state
        + undo
        + (isGone(containment) ? "; NOT IN EFFECT: undone outside Cattleguard" : "")
        + ", playbook "
        + containment.playbook();
  }

  public static ObjectNode json(Operations.Live live) {
    Containment containment = live.containment();
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("id", live.id()).put("cluster", live.cluster());
    out.put("action", containment.action()).put("uid", containment.uid());
    out.set("subject", containment.subject());
    out.put("playbook", containment.playbook());
    out.put("since", containment.since().toString());
    out.put("until", containment.until().toString());
    containment
        .failed()
        .ifPresent(
            failing ->
                out.put("failingSince", failing.since().toString())
                    .put("failures", failing.times())
                    .put("retryAt", failing.retryAt().toString()));
    containment
        .acceptedSince()
        .ifPresent(accepted -> out.put("releaseAcceptedAt", accepted.toString()));
    containment
        .undo()
        .ifPresent(order -> out.put("undoneBy", order.by()).put("undoReason", order.reason()));
    if (isGone(containment)) {
      out.put("inEffect", false);
    }
    incident(containment.scoredJson()).ifPresent(id -> out.put("incident", id));
    return out;
  }

  /** The incident of a stored alert; empty if it is of a version that this one cannot read. */
  public static Optional<String> incident(String scoredJson) {
    try {
      return Optional.of(AlertJson.readStored(JSON.readTree(scoredJson)).incidentId());
    } catch (JsonProcessingException | ContractViolation e) {
      return Optional.empty();
    }
  }

  private static boolean isGone(Containment containment) {
    return containment.effect() == Containment.Effect.GONE;
  }

  private static Instant seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS);
  }

  /** The kill switch, under which nothing is contained or released. */
  public static ObjectNode json(Ledger.Halt halt) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("killSwitch", halt.on())
        .put("by", halt.by())
        .put("reason", halt.reason())
        .put("at", halt.at().toString());
  }
}
