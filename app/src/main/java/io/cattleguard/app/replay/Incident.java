package io.cattleguard.app.replay;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.answer.TargetWords;
import io.cattleguard.app.policy.SuppressionDraft;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.WorkloadName;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.route.Delivery;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One problem of a recording, with its deliveries and responses, but without its events. */
final class Incident {
  /** The maximum number of objects that are kept by name. */
  private static final int TARGETS = 1_000;

  private final String fingerprint;
  private final AlertClass alertClass;
  private final String source;
  private final @Nullable String rule;
  private final @Nullable String cluster;
  private final @Nullable String namespace;
  private final String workload;
  private final Target opener;
  private final boolean blocked;
  private final SuppressionDraft suppression;
  private final Map<String, String> targets = new LinkedHashMap<>();
  private final Set<String> destinations = new LinkedHashSet<>();
  private final Map<String, Response> responses = new LinkedHashMap<>();
  private @Nullable Severity severity;
  private @Nullable Instant firstAt;
  private @Nullable Instant lastAt;
  private List<Points> reasons = List.of();
  private @Nullable String owner;
  private String incident;
  private int score = -1;
  private long count;

  /**
   * The decision about one step of a playbook.
   *
   * @param at the time of the alert that it answers, absent if the event has none
   * @param keepsEvidenceOnly whether the action does nothing to the attack
   * @param mode of the playbook at the alert's place
   */
  record Response(
      String playbook,
      String action,
      String target,
      String decision,
      List<String> objections,
      @Nullable Instant at,
      boolean keepsEvidenceOnly,
      Mode mode) {

    /** Whether people would be asked. */
    boolean asks() {
      return decision.equals(ResponseOutcome.AWAITING_APPROVAL.jsonName());
    }
  }

  /** Opens an incident. */
  Incident(String fingerprint, Alert opener) {
    this.fingerprint = fingerprint;
    this.incident = fingerprint;
    this.alertClass = opener.alertClass();
    this.source = opener.source();
    this.rule = opener.rule();
    this.cluster = opener.target().cluster();
    this.namespace = opener.target().namespace();
    this.workload = WorkloadName.of(opener.target());
    this.opener = opener.target();
    this.blocked = opener.has(Trait.BLOCKED);
    this.suppression = SuppressionDraft.of(opener, fingerprint);
  }

  /** Adds an alert, the first one included. Copies of an alert must not be added. */
  void add(Alert alert, String targetKey) {
    count += alert.count();
    if (targets.size() < TARGETS && !targets.containsKey(targetKey)) {
      targets.put(targetKey, TargetWords.of(alert.target(), targets.values()));
    }
    Severity theirs = alert.severity();
    if (theirs != null && (severity == null || theirs.compareTo(severity) > 0)) {
      severity = theirs;
    }
    Instant at = alert.observedAt();
    if (at != null) {
      firstAt = firstAt == null || at.isBefore(firstAt) ? at : firstAt;
      lastAt = lastAt == null || at.isAfter(lastAt) ? at : lastAt;
    }
  }

  /** Keeps the highest score, with its reasons and its incident. */
  void add(ScoredAlert scored) {
    if (scored.score() > score) {
      score = scored.score();
      reasons = scored.reasons();
      incident = scored.incidentId();
    }
  }

  void add(Delivery delivery) {
    destinations.add(delivery.destination());
  }

  /**
   * Adds a decision; of several about the same step and object, the first counts. A replay only
   * observes, so the playbook's mode says whether people would be asked.
   */
  void add(ResponseDecided decided, Mode mode) {
    ResponseOutcome outcome =
        mode == Mode.APPROVE && decided.outcome() == ResponseOutcome.OBSERVED
            ? ResponseOutcome.AWAITING_APPROVAL
            : decided.outcome();
    responses.putIfAbsent(
        String.join("\n", decided.playbook(), decided.action(), decided.target()),
        new Response(
            decided.playbook(),
            decided.action(),
            decided.target(),
            outcome.jsonName(),
            decided.objections(),
            decided.scored().alert().observedAt(),
            decided.effect() == ResponseDecided.Effect.NONE,
            mode));
  }

  /** Sets the owner of the finding; the first one stays. */
  void setOwner(String name) {
    owner = owner == null ? name : owner;
  }

  /** The owner of the finding in {@code owners.yaml}. */
  Optional<String> owner() {
    return Optional.ofNullable(owner);
  }

  AlertClass alertClass() {
    return alertClass;
  }

  String source() {
    return source;
  }

  Optional<Severity> severity() {
    return Optional.ofNullable(severity);
  }

  /** The time of its first alert. */
  Optional<Instant> firstAt() {
    return Optional.ofNullable(firstAt);
  }

  /** The id of the incident that the problem belongs to, and that people are notified of. */
  String incident() {
    return incident;
  }

  String fingerprint() {
    return fingerprint;
  }

  /** The target of its first alert: all of a problem have the same cluster and namespace. */
  Target target() {
    return opener;
  }

  /** A suppression of the problem, as its first alert describes it. */
  SuppressionDraft suppression() {
    return suppression;
  }

  int score() {
    return Math.max(0, score);
  }

  List<Points> reasons() {
    return reasons;
  }

  long count() {
    return count;
  }

  String rule() {
    String name = rule == null ? "(no rule name)" : rule;
    return blocked ? "blocked: " + name : name;
  }

  String place() {
    String where = workload.isEmpty() ? "unknown" : workload;
    return namespace == null ? where : namespace + "/" + where;
  }

  int targetCount() {
    return targets.size();
  }

  Set<String> destinations() {
    return destinations;
  }

  List<Response> responses() {
    return new ArrayList<>(responses.values());
  }

  /** Which problem it is. */
  ObjectNode identity() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("fingerprint", fingerprint);
    out.put("class", alertClass.jsonName());
    out.put("source", source);
    out.put("rule", rule);
    out.put("cluster", cluster);
    out.put("namespace", namespace);
    out.put("workload", workload);
    return out;
  }

  /** An element of {@code incidents} in {@code replay --json}. */
  ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("fingerprint", fingerprint);
    out.put("incident", incident);
    out.put("class", alertClass.jsonName());
    out.put("source", source);
    out.put("rule", rule);
    if (blocked) {
      out.put("blocked", true);
    }
    out.put("severity", severity == null ? null : severity.jsonName());
    out.put("score", score());
    ArrayNode why = out.putArray("reasons");
    reasons.forEach(one -> why.addObject().put("points", one.value()).put("why", one.reason()));
    out.put("count", count);
    out.put("firstAt", firstAt == null ? null : firstAt.toString());
    out.put("lastAt", lastAt == null ? null : lastAt.toString());
    out.put("cluster", cluster);
    out.put("namespace", namespace);
    out.put("workload", workload);
    targets.values().forEach(out.putArray("targets")::add);
    ArrayNode deliveries = out.putArray("deliveries");
    destinations.forEach(
        name -> deliveries.addObject().put("destination", name).put("outcome", "rehearsed"));
    ArrayNode decided = out.putArray("responses");
    for (Response response : responses.values()) {
      ObjectNode one = decided.addObject();
      one.put("playbook", response.playbook);
      one.put("action", response.action);
      one.put("target", response.target);
      one.put("decision", response.decision);
      response.objections.forEach(one.putArray("objections")::add);
    }
    return out;
  }
}
