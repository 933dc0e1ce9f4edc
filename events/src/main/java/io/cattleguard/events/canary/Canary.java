package io.cattleguard.events.canary;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Target;
import java.time.Instant;
import java.util.List;

/**
 * The canary: an alert about a pod that does not exist, in a cluster that does not exist. No
 * responder acts on it, and no person is notified of it.
 *
 * <p>An intruder gains nothing by looking like one: the cluster comes from the sensor's credential,
 * and no deployment accepts a cluster of that name. An alert that names an account, an instance or
 * a pod's UID is not a canary.
 */
public final class Canary {
  /** The name of its cluster, which no other cluster may have. */
  public static final String CLUSTER = "canary";

  private static final String RULE = "Cattleguard canary";
  private static final String POD = "canary";
  private static final String SOURCE = "falco";

  /** The name of the playbook and the action in a responder's answer. */
  private static final String ANSWER = "canary";

  private Canary() {}

  /** Whether an alert is the canary. */
  public static boolean is(Alert alert) {
    Target target = alert.target();
    return CLUSTER.equals(target.cluster())
        && RULE.equals(alert.rule())
        && SOURCE.equals(alert.source())
        && alert.alertClass() == AlertClass.RUNTIME
        && POD.equals(target.pod())
        && target.namespace() != null
        && target.namespace().startsWith(POD + "-")
        && target.podUid() == null
        && target.account() == null
        && target.instance() == null;
  }

  /** Whether the detail of a scored alert or an outcome is about the canary. */
  public static boolean isIn(JsonNode detail) {
    return CLUSTER.equals(detail.path("alert").path("target").path("cluster").asText())
        && is(AlertJson.readScored(detail).alert());
  }

  /**
   * The event, as Falco would write it. Each has its own namespace, so it is a new problem.
   *
   * @param id of this canary, in the characters of a namespace
   */
  public static String event(String id, Instant at) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("time", at.toString());
    event.put("rule", RULE);
    event.put("priority", "Debug");
    event.put("source", "syscall");
    event.put("hostname", POD);
    event.put("output", "Synthetic alert: every step works.");
    ObjectNode fields = event.putObject("output_fields");
    fields.put("k8s.ns.name", POD + "-" + id);
    fields.put("k8s.pod.name", POD);
    fields.put("proc.name", POD);
    return event.toString();
  }

  /**
   * A responder's answer: that it received the canary, and did nothing.
   *
   * @param responder the name of what it would act on
   */
  public static ResponseDecided answer(ScoredAlert scored, String responder, Instant now) {
    return new ResponseDecided(
        scored,
        ANSWER,
        ANSWER,
        "responder " + responder,
        ResponseOutcome.OBSERVED,
        List.of(),
        "dry run: the responder received the canary and can read its ledger; it did nothing",
        now,
        null);
  }
}
