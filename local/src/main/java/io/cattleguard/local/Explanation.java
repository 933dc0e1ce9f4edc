package io.cattleguard.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.deduplicate.Fingerprint;
import io.cattleguard.deduplicate.Suppression;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.Points;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.Playbook;
import io.cattleguard.route.Route;
import io.cattleguard.route.RouteVerdict;
import io.cattleguard.route.Router;
import io.cattleguard.score.InMemoryWorkloadHistories;
import io.cattleguard.score.Scorer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Why an alert would be treated as it would, seen by itself: as the first of its problem, on a
 * workload without a past.
 *
 * @param rules every suppression, route and playbook with what it says
 */
record Explanation(Alert alert, String fingerprint, ScoredAlert scored, Rules rules) {

  /** What each kind of rule says, in the order of the policy. */
  record Rules(List<Said> suppressions, List<Said> routes, List<Said> playbooks) {
    Rules {
      suppressions = List.copyOf(suppressions);
      routes = List.copyOf(routes);
      playbooks = List.copyOf(playbooks);
    }
  }

  /**
   * What one rule says of the alert.
   *
   * @param detail a playbook's mode, a route's destinations, a suppression's owner
   * @param unmet the conditions that fail, empty where it matches
   */
  record Said(String name, String detail, List<String> unmet) {
    Said {
      unmet = List.copyOf(unmet);
    }

    boolean matches() {
      return unmet.isEmpty();
    }

    /** Whether one condition alone keeps it from matching. */
    boolean nearly() {
      return unmet.size() == 1;
    }

    String because() {
      return matches() ? "every condition holds" : String.join("; ", unmet);
    }
  }

  static Explanation of(Alert alert, Policy policy) {
    String fingerprint = Fingerprint.of(alert);
    Instant observedAt = alert.observedAt();
    Instant at = observedAt == null ? Instant.EPOCH : observedAt;
    AcceptedAlert accepted =
        new AcceptedAlert(alert, fingerprint, Acceptance.OPENED, alert.count(), at, at, 1, 1);
    ScoredAlert scored =
        new Scorer(policy.scoring(), new InMemoryWorkloadHistories()).score(accepted);
    List<Said> suppressions = new ArrayList<>();
    for (Suppression suppression : policy.suppressions().all()) {
      List<String> unmet = new ArrayList<>();
      Optional<String> idle = suppression.idle(at);
      idle.ifPresent(unmet::add);
      unmet.addAll(suppression.when().unmet(AlertJson.matchable(alert)));
      suppressions.add(new Said(suppression.name(), suppression.owner(), unmet));
    }
    List<Said> routes = new ArrayList<>();
    for (RouteVerdict verdict : new Router(policy.routes()).explain(scored)) {
      Route route = verdict.route();
      routes.add(new Said(route.name(), String.join(", ", route.to()), verdict.unmet()));
    }
    List<Said> playbooks = new ArrayList<>();
    for (Playbook playbook : policy.playbooks().all()) {
      playbooks.add(
          new Said(
              playbook.name(),
              playbook.mode().name().toLowerCase(Locale.ROOT),
              playbook.when().unmet(AlertJson.matchable(scored))));
    }
    return new Explanation(alert, fingerprint, scored, new Rules(suppressions, routes, playbooks));
  }

  /** Fills in the object of DESIGN section 8. */
  void writeTo(ObjectNode out) {
    out.set("alert", AlertJson.write(alert));
    out.put("fingerprint", fingerprint);
    out.put("score", scored.score());
    ArrayNode reasons = out.putArray("reasons");
    for (Points points : scored.reasons()) {
      reasons.addObject().put("points", points.value()).put("why", points.reason());
    }
    write(out.putArray("suppressions"), "owner", rules.suppressions);
    write(out.putArray("routes"), "to", rules.routes);
    write(out.putArray("playbooks"), "mode", rules.playbooks);
  }

  private static void write(ArrayNode array, String detail, List<Said> rules) {
    for (Said said : rules) {
      array
          .addObject()
          .put("name", said.name())
          .put(detail, said.detail())
          .put("matches", said.matches())
          .put("because", said.because());
    }
  }

  /** What the tests of a policy look at: the alert, its score and the names of what matches. */
  ObjectNode outcome() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.set("alert", AlertJson.matchable(alert).get("alert"));
    out.put("score", scored.score());
    names(out.putArray("suppressions"), rules.suppressions);
    names(out.putArray("routes"), rules.routes);
    names(out.putArray("playbooks"), rules.playbooks);
    return out;
  }

  private static void names(ArrayNode array, List<Said> rules) {
    rules.stream().filter(Said::matches).forEach(said -> array.add(said.name()));
  }
}
