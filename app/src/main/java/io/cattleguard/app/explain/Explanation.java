package io.cattleguard.app.explain;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.Points;
import io.cattleguard.events.ScoredAlert;
import java.util.List;

/**
 * Why an alert would be treated as it would.
 *
 * @param suppressions what every suppression says of it, in the order of the policy; so with the
 *     other two
 */
public record Explanation(
    Alert alert,
    String fingerprint,
    ScoredAlert scored,
    List<Said> suppressions,
    List<Said> routes,
    List<Said> playbooks) {

  /** Copies the lists. */
  public Explanation {
    suppressions = List.copyOf(suppressions);
    routes = List.copyOf(routes);
    playbooks = List.copyOf(playbooks);
  }

  /**
   * What one rule says of the alert.
   *
   * @param key what {@code detail} is: a playbook's mode, a route's destinations, …
   * @param unmet the conditions that fail, empty where it matches
   * @param objections what speaks against its acting although it matches
   */
  record Said(
      String name,
      String key,
      String detail,
      List<String> steps,
      List<String> unmet,
      List<String> objections) {
    Said {
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
          ? "every condition holds"
          : "every condition holds, but " + String.join("; ", objections);
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

  /** Adds the fields of DESIGN section 8. */
  void writeTo(ObjectNode out) {
    out.set("alert", AlertJson.write(alert));
    out.put("fingerprint", fingerprint);
    out.put("score", scored.score());
    ArrayNode reasons = out.putArray("reasons");
    for (Points points : scored.reasons()) {
      reasons.addObject().put("points", points.value()).put("why", points.reason());
    }
    ArrayNode suppressed = out.putArray("suppressions");
    suppressions.forEach(said -> suppressed.add(said.toJson()));
    ArrayNode routed = out.putArray("routes");
    routes.forEach(said -> routed.add(said.toJson()));
    ArrayNode answered = out.putArray("playbooks");
    playbooks.forEach(said -> answered.add(said.toJson()));
  }

  /** What the tests of a policy look at: the alert, its score and the names of what matches. */
  public ObjectNode outcome() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.set("alert", AlertJson.matchable(alert).get("alert"));
    out.put("score", scored.score());
    names(out.putArray("suppressions"), suppressions);
    names(out.putArray("routes"), routes);
    names(out.putArray("playbooks"), playbooks);
    return out;
  }

  private static void names(ArrayNode array, List<Said> rules) {
    rules.stream().filter(Said::matches).forEach(said -> array.add(said.name()));
  }
}
