package io.cattleguard.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.WorkloadName;
import io.cattleguard.route.Attempt;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One problem of a recording, with all that was made of it. */
final class Incident {
  /** Targets that are shown; the rest is counted. */
  private static final int TARGETS = 1_000;

  private final String fingerprint;
  private final Alert first;
  private final Map<String, Target> targets = new LinkedHashMap<>();
  private final Set<List<String>> deliveries = new LinkedHashSet<>();
  private final Map<String, ResponseDecided> responses = new LinkedHashMap<>();
  private @Nullable Severity severity;
  private @Nullable ScoredAlert worst;
  private @Nullable Instant firstAt;
  private @Nullable Instant lastAt;
  private long count;

  Incident(String fingerprint, Alert first) {
    this.fingerprint = fingerprint;
    this.first = first;
  }

  void add(Alert alert, String targetKey) {
    count += alert.count();
    if (targets.size() < TARGETS) {
      targets.putIfAbsent(targetKey, alert.target());
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

  void add(ScoredAlert scored) {
    if (worst == null || scored.score() > worst.score()) {
      worst = scored;
    }
  }

  void add(List<Attempt> attempts) {
    for (Attempt attempt : attempts) {
      deliveries.add(List.of(attempt.delivery().destination(), attempt.outcome().word()));
    }
  }

  void add(ResponseDecided decided) {
    responses.put(decided.playbook() + "/" + decided.action() + "/" + decided.target(), decided);
  }

  int score() {
    return worst == null ? 0 : worst.score();
  }

  long count() {
    return count;
  }

  Alert alert() {
    return first;
  }

  String workload() {
    return WorkloadName.of(first.target());
  }

  int targetCount() {
    return targets.size();
  }

  List<Points> reasons() {
    return worst == null ? List.of() : worst.reasons();
  }

  List<ResponseDecided> responses() {
    return new ArrayList<>(responses.values());
  }

  boolean told(String destination) {
    return deliveries.stream().anyMatch(delivery -> delivery.get(0).equals(destination));
  }

  ObjectNode toJson() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("fingerprint", fingerprint);
    out.put("class", first.alertClass().jsonName());
    out.put("source", first.source());
    out.put("rule", first.rule());
    out.put("severity", severity == null ? null : severity.jsonName());
    out.put("score", score());
    ArrayNode reasons = out.putArray("reasons");
    reasons()
        .forEach(one -> reasons.addObject().put("points", one.value()).put("why", one.reason()));
    out.put("count", count);
    out.put("firstAt", firstAt == null ? null : firstAt.toString());
    out.put("lastAt", lastAt == null ? null : lastAt.toString());
    out.put("cluster", first.target().cluster());
    out.put("namespace", first.target().namespace());
    out.put("workload", workload());
    ArrayNode targetArray = out.putArray("targets");
    targets.values().forEach(target -> targetArray.add(AlertJson.write(target)));
    ArrayNode deliveryArray = out.putArray("deliveries");
    deliveries.forEach(
        delivery ->
            deliveryArray
                .addObject()
                .put("destination", delivery.get(0))
                .put("outcome", delivery.get(1)));
    ArrayNode responseArray = out.putArray("responses");
    responses
        .values()
        .forEach(
            decided -> {
              ObjectNode one = responseArray.addObject();
              one.put("playbook", decided.playbook());
              one.put("action", decided.action());
              one.put("target", decided.target());
              one.put("decision", decided.outcome().jsonName());
              ArrayNode objections = one.putArray("objections");
              decided.objections().forEach(objections::add);
            });
    return out;
  }
}
