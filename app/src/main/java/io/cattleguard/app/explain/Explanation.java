package io.cattleguard.app.explain;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.Incident;
import io.cattleguard.events.Points;
import io.cattleguard.events.ScoredAlert;
import java.util.List;
import java.util.Optional;

/**
 * What the policy says about one alert: its score, and the result of every rule.
 *
 * @param suppressions the result of every suppression, in the order of the policy; likewise routes
 *     and playbooks
 * @param inhibits the inhibitions whose larger object it is about
 * @param mutedBy the inhibitions of which it may be a symptom
 */
public record Explanation(
    Alert alert,
    String fingerprint,
    ScoredAlert scored,
    List<RuleResult> suppressions,
    List<RuleResult> routes,
    List<RuleResult> playbooks,
    List<String> inhibits,
    List<String> mutedBy) {

  /** Copies the lists. */
  public Explanation {
    suppressions = List.copyOf(suppressions);
    routes = List.copyOf(routes);
    playbooks = List.copyOf(playbooks);
    inhibits = List.copyOf(inhibits);
    mutedBy = List.copyOf(mutedBy);
  }

  /**
   * Whether one rule matches the alert, and why.
   *
   * @param key the name of {@code detail}: {@code mode} of a playbook, {@code to} of a route, …
   * @param stronger the playbook's action once its budget is used up, or a step was undone too
   *     often
   * @param unmet the conditions that fail; empty if the rule matches
   * @param objections the guards that would refuse the playbook's actions
   */
  record RuleResult(
      String name,
      String key,
      String detail,
      List<String> steps,
      Optional<String> stronger,
      List<String> unmet,
      List<String> objections) {
    RuleResult {
      steps = List.copyOf(steps);
      unmet = List.copyOf(unmet);
      objections = List.copyOf(objections);
    }

    boolean matches() {
      return unmet.isEmpty();
    }

    String because() {
      if (!matches()) {
        return String.join("; ", unmet);
      }
      return objections.isEmpty()
          ? "all conditions match"
          : "all conditions match, but " + String.join("; ", objections);
    }

    private ObjectNode toJson() {
      return JsonNodeFactory.instance
          .objectNode()
          .put("name", name)
          .put(key, detail)
          .put("matches", matches())
          .put("because", because());
    }
  }

  /** Adds the fields of {@code explain --json}. */
  void writeTo(ObjectNode out) {
    out.set("alert", AlertJson.write(alert));
    out.put("fingerprint", fingerprint);
    out.put("score", scored.score());
    ArrayNode reasons = out.putArray("reasons");
    for (Points points : scored.reasons()) {
      reasons.addObject().put("points", points.value()).put("why", points.reason());
    }
    Incident incident = scored.incident();
    if (incident != null) {
      ObjectNode belongs = out.putObject("incident");
      belongs.put("subject", incident.subject());
      incident.reasons().forEach(belongs.putArray("reasons")::add);
    }
    ArrayNode suppressed = out.putArray("suppressions");
    suppressions.forEach(rule -> suppressed.add(rule.toJson()));
    ArrayNode routed = out.putArray("routes");
    routes.forEach(rule -> routed.add(rule.toJson()));
    ArrayNode answered = out.putArray("playbooks");
    playbooks.forEach(rule -> answered.add(rule.toJson()));
    if (!inhibits.isEmpty()) {
      inhibits.forEach(out.putArray("inhibits")::add);
    }
    if (!mutedBy.isEmpty()) {
      mutedBy.forEach(out.putArray("mutedBy")::add);
    }
  }

  /**
   * The input of a policy's tests: the alert, its score, the names of the matching rules, and the
   * steps of the matching playbooks with their stronger actions.
   */
  public ObjectNode outcome() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.set("alert", AlertJson.matchable(alert).get("alert"));
    out.put("score", scored.score());
    names(out.putArray("suppressions"), suppressions);
    names(out.putArray("routes"), routes);
    names(out.putArray("playbooks"), playbooks);
    ArrayNode steps = out.putArray("steps");
    ArrayNode then = out.putArray("then");
    playbooks.stream()
        .filter(RuleResult::matches)
        .forEach(
            rule -> {
              rule.steps().forEach(steps::add);
              rule.stronger().ifPresent(then::add);
            });
    inhibits.forEach(out.putArray("inhibits")::add);
    mutedBy.forEach(out.putArray("muted-by")::add);
    return out;
  }

  private static void names(ArrayNode array, List<RuleResult> rules) {
    rules.stream().filter(RuleResult::matches).forEach(rule -> array.add(rule.name()));
  }
}
