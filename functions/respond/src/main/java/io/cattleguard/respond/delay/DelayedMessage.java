package io.cattleguard.respond.delay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.ledger.Ledger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A message from a responder to itself. */
public sealed interface DelayedMessage {
  /** The key of this message in a queue's entry. */
  String FIELD = "again";

  /** The cluster whose responder handles it; empty for an account. */
  Optional<String> cluster();

  /** Verify the effect of an action, on which that alert's claim waits. */
  record Verify(Optional<String> cluster, Ledger.Key key, String alertId)
      implements DelayedMessage {}

  /**
   * Decide steps of an alert again.
   *
   * @param steps as {@code playbook/action}
   * @param round number of earlier decisions
   */
  record Decide(ScoredAlert scored, List<String> steps, int round) implements DelayedMessage {
    /** Copies the list. */
    public Decide {
      steps = List.copyOf(steps);
    }

    @Override
    public Optional<String> cluster() {
      return Optional.ofNullable(scored.alert().target().cluster());
    }
  }

  /** The message as JSON. */
  default ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    ObjectNode again = out.putObject(FIELD);
    switch (this) {
      case Verify verify -> {
        verify.cluster.ifPresent(name -> again.put("cluster", name));
        again.put("action", verify.key.action()).put("uid", verify.key.uid());
        again.put("alertId", verify.alertId);
      }
      case Decide decide -> {
        again.set("scored", AlertJson.write(decide.scored));
        decide.steps.forEach(again.putArray("steps")::add);
        again.put("round", decide.round);
      }
    }
    return out;
  }

  /** Whether a queue's entry is such a message. */
  static boolean isIn(JsonNode entry) {
    return entry.path(FIELD).isObject();
  }

  /**
   * Reads a message.
   *
   * @throws ContractViolation if a field is missing
   */
  static DelayedMessage read(JsonNode entry) {
    JsonNode in = entry.path(FIELD);
    if (in.has("scored")) {
      List<String> steps = new ArrayList<>();
      in.path("steps").forEach(step -> steps.add(step.asText()));
      return new Decide(AlertJson.readStored(in.path("scored")), steps, in.path("round").asInt());
    }
    for (String field : List.of("action", "uid", "alertId")) {
      if (!in.path(field).isTextual()) {
        throw new ContractViolation(FIELD + "." + field + ": expected a string");
      }
    }
    return new Verify(
        in.has("cluster") ? Optional.of(in.path("cluster").asText()) : Optional.empty(),
        new Ledger.Key(in.path("action").asText(), in.path("uid").asText()),
        in.path("alertId").asText());
  }
}
