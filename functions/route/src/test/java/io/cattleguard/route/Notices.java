package io.cattleguard.route;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Incident;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Silenced;
import io.cattleguard.events.Target;
import io.cattleguard.events.deviation.AcceptableEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Alerts and outcomes for tests; each test starts with one and changes some fields. */
public final class Notices {
  public static final Instant T0 = Instant.parse("2026-01-01T12:00:00Z");

  private String source = "falco";
  private String direction = "outbound";
  private Instant observedAt = T0;
  private AlertClass alertClass = AlertClass.RUNTIME;
  private @Nullable String rule = "Terminal shell in container";
  private @Nullable String pod = "web-1";
  private @Nullable String node = "node-a";
  private @Nullable String commandLine = "bash -i";
  private @Nullable String file = null;
  private String raw = "{\"rule\":\"Terminal shell in container\"}";
  private String alertId = "a1";
  private String fingerprint = "f1";
  private Acceptance acceptance = Acceptance.OPENED;
  private long count = 1;
  private Instant firstAt = T0;
  private Instant lastAt = T0;
  private int score = 85;
  private List<Points> reasons = List.of();
  private Severity severity = Severity.CRITICAL;
  private List<String> traits = List.of();
  private @Nullable Incident incident = null;

  private Notices() {}

  private @Nullable Silenced silenced;

  public static Notices alert() {
    return new Notices();
  }

  public Notices of(AlertClass value) {
    this.alertClass = value;
    return this;
  }

  public Notices rule(@Nullable String value) {
    this.rule = value;
    return this;
  }

  public Notices pod(@Nullable String value) {
    this.pod = value;
    return this;
  }

  public Notices observed(Instant at) {
    this.observedAt = at;
    return this;
  }

  /** An attack on the object from outside, as that source reports it. */
  public Notices inbound(String reportedBy) {
    this.source = reportedBy;
    this.direction = "inbound";
    return this;
  }

  public Notices node(@Nullable String value) {
    this.node = value;
    return this;
  }

  public Notices commandLine(@Nullable String value) {
    this.commandLine = value;
    return this;
  }

  public Notices file(@Nullable String value) {
    this.file = value;
    return this;
  }

  public Notices raw(String value) {
    this.raw = value;
    return this;
  }

  /** A deviation from the model of {@code prod/shop/Deployment/web/web}. */
  public Notices deviation(String entry) {
    this.source = "cattleguard";
    this.rule = "Program not in model";
    this.raw =
        JsonNodeFactory.instance
            .objectNode()
            .set(
                AcceptableEntry.KEY,
                JsonNodeFactory.instance
                    .objectNode()
                    .put("model", "prod/shop/Deployment/web/web")
                    .put("entry", entry))
            .toString();
    return this;
  }

  public Notices id(String value) {
    this.alertId = value;
    return this;
  }

  public Notices fingerprint(String value) {
    this.fingerprint = value;
    return this;
  }

  public Notices repeated(long value, Instant at) {
    this.acceptance = Acceptance.REPEATED;
    this.count = value;
    this.lastAt = at;
    return this;
  }

  public Notices opened(Instant at) {
    this.acceptance = Acceptance.OPENED;
    this.count = 1;
    this.firstAt = at;
    this.lastAt = at;
    return this;
  }

  public Notices acceptance(Acceptance value) {
    this.acceptance = value;
    return this;
  }

  public Notices severity(Severity value) {
    this.severity = value;
    return this;
  }

  public Notices traits(String... values) {
    this.traits = List.of(values);
    return this;
  }

  /** In an incident whose steps are these rules, one per second, with tactics in reverse order. */
  public Notices incident(String id, String... rules) {
    List<String> tactics = List.of("TA0040", "TA0011", "TA0002");
    List<Incident.Step> steps = new ArrayList<>();
    for (int i = 0; i < rules.length; i++) {
      steps.add(
          new Incident.Step(
              T0.plusSeconds(i), "falco", rules[i], Severity.HIGH, List.of(tactics.get(i % 3))));
    }
    this.incident =
        new Incident(id, T0, "workload shop/web in prod", List.of("a test"), steps, List.of());
    return this;
  }

  public Notices score(int value) {
    this.score = value;
    return this;
  }

  public Notices reasons(List<Points> value) {
    this.reasons = value;
    this.score = value.stream().mapToInt(Points::value).sum();
    return this;
  }

  public Notices silenced() {
    silenced = new Silenced("silence 1f2e3d4c", "load test", false);
    return this;
  }

  public Notices silencedBelow(int score) {
    silenced = new Silenced("silence 1f2e3d4c", "load test", false, score, null);
    return this;
  }

  public Notices mutedUntil(Instant until) {
    silenced =
        new Silenced("inhibition node-incident", "an incident of the node", false, 80, until);
    return this;
  }

  public ScoredAlert scored() {
    Target target =
        Target.builder()
            .cluster("prod")
            .node(node)
            .namespace("shop")
            .pod(pod)
            .podUid("11111111-2222-3333-4444-555555555555")
            .workload("Deployment/web")
            .containerId("0123456789ab")
            .containerName("web")
            .image("registry.example.com/web:1.0")
            .build();
    Alert alert =
        new Alert(
            alertId,
            alertClass,
            source,
            rule,
            severity,
            List.of("TA0002"),
            List.of("T1059.004", "T1611"),
            traits,
            target,
            new ObservedProcess("/bin/bash", "bash", commandLine, "nginx", "root"),
            new ObservedConnection("203.0.113.9", 4444, "tcp", direction),
            file,
            observedAt,
            1,
            List.of(),
            raw,
            null,
            List.of());
    List<Points> why =
        reasons.isEmpty() ? List.of(new Points(score, "the source calls it critical")) : reasons;
    return new ScoredAlert(
        new AcceptedAlert(alert, fingerprint, acceptance, count, firstAt, lastAt, 1, 2, silenced),
        score,
        why,
        incident);
  }

  public ResponseDecided decided(ResponseOutcome outcome, String... objections) {
    return new ResponseDecided(
        scored(),
        "reverse-shell",
        "delete-pod",
        "pod shop/" + pod + " (uid 11111111-2222-3333-4444-555555555555)",
        outcome,
        List.of(objections),
        "The pod was deleted and a ready replacement was seen.",
        T0.plusSeconds(2),
        null);
  }

  public Delivery to(String destination) {
    return new Delivery(destination, new Notice.Scored(scored()), List.of("test"));
  }

  public Delivery outcomeTo(String destination, ResponseOutcome outcome, String... objections) {
    return new Delivery(
        destination, new Notice.Decided(decided(outcome, objections)), List.of("test"));
  }
}
