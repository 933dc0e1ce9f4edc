package io.cattleguard.record;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.Incident;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.TestAlerts;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Events of incidents. */
public final class TestIncidents {
  /** When the incidents begin. */
  public static final Instant AT = TestAlerts.AT;

  private TestIncidents() {}

  /** The detail of a scored alert of that incident. */
  public static ScoredAlert scored(
      String incident, Alert alert, String fingerprint, Acceptance acceptance, long count) {
    Instant at = alert.observedAt();
    Instant when = at == null ? AT : at;
    return new ScoredAlert(
        new AcceptedAlert(alert, fingerprint, acceptance, count, AT, when, 1, 1),
        70,
        List.of(new Points(70, "a test says so")),
        new Incident(
            incident, AT, "workload shop/web in blue", List.of("a test"), List.of(), List.of()));
  }

  /** The first alert of an incident. */
  public static ScoredAlert opened(String incident) {
    return scored(
        incident,
        TestAlerts.reverseShell("alert-" + incident),
        "problem-" + incident,
        Acceptance.OPENED,
        1);
  }

  /** An outcome about an alert, seconds after {@link #AT}. */
  public static ResponseDecided decided(
      ScoredAlert scored, String action, ResponseOutcome outcome, long seconds) {
    return decided(scored, action, outcome, seconds, null);
  }

  /** An outcome with a lease. */
  public static ResponseDecided decided(
      ScoredAlert scored,
      String action,
      ResponseOutcome outcome,
      long seconds,
      @Nullable Instant leaseUntil) {
    return new ResponseDecided(
        scored,
        "reverse-shell",
        action,
        "pod shop/web-1 (uid 1)",
        outcome,
        outcome == ResponseOutcome.REFUSED
            ? List.of("last-ready-replica: the only one")
            : List.of(),
        "a test says so",
        AT.plusSeconds(seconds),
        leaseUntil);
  }

  /** The detail of the event. */
  public static JsonNode detail(ScoredAlert scored) {
    return AlertJson.write(scored);
  }

  /** The detail of the event. */
  public static JsonNode detail(ResponseDecided decided) {
    return decided.write();
  }

  /** A person's command that its writer has carried out. */
  public static ObjectNode command(String command, @Nullable String incident, Instant at) {
    ObjectNode detail =
        JsonNodeFactory.instance
            .objectNode()
            .put("id", command + "-" + at)
            .put("command", command)
            .put("who", "unix:on-call")
            .put("why", "a test says so")
            .put("applied", true)
            .put("observedAt", at.toString());
    if (incident != null) {
      detail.putObject("incident").put("id", incident);
    }
    return detail;
  }
}
