package io.cattleguard.app.drill;

import io.cattleguard.app.explain.Explainer;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.record.Headline;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.DestinationSettings;
import io.cattleguard.route.RouteVerdict;
import io.cattleguard.route.Router;
import io.cattleguard.sources.AlertReader;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Which destinations a policy would notify of a drill. The routes decide, as for any alert. */
final class DrillForecast {
  private static final int GRAVEST = 100;

  private final Policy policy;
  private final Router router;

  DrillForecast(Policy policy) {
    this.policy = policy;
    this.router = new Router(policy.routes(), scored -> policy.owners().of(scored).isPresent());
  }

  /** The destinations that the alerts or outcomes of those events would reach. */
  List<DestinationSettings> told(List<String> events, String cluster, Instant now) {
    Set<String> names = new TreeSet<>();
    for (String event : events) {
      Reading reading = new AlertReader().read(event, new Origin(cluster, now));
      if (reading instanceof Reading.Read read) {
        names.addAll(told(read.alert()));
      }
    }
    return policy.routes().destinations().stream()
        .filter(settings -> names.contains(settings.name()))
        .toList();
  }

  /**
   * Also at the highest score, because a deployment may know more about a workload than this event
   * shows.
   */
  private Set<String> told(Alert alert) {
    ScoredAlert scored = new Explainer(policy).explain(alert).scored();
    ScoredAlert gravest =
        new ScoredAlert(scored.accepted(), GRAVEST, List.of(new Points(GRAVEST, "the highest")));
    Set<String> names = new TreeSet<>();
    for (ScoredAlert one : List.of(scored, gravest)) {
      names.addAll(names(router.route(one)));
      if (!policy.playbooks().answering(one).isEmpty()) {
        for (ResponseOutcome outcome : ResponseOutcome.values()) {
          names.addAll(names(router.route(decided(one, "a playbook", "an action", outcome))));
        }
      }
    }
    return names;
  }

  /** The destinations to which the routes send an incident's alert and outcomes. */
  DrillCard.Notified notified(IncidentSummary incident, Optional<Headline> headline) {
    Alert alert = alert(incident);
    ScoredAlert scored = scored(alert, incident, headline);
    Set<String> names = new TreeSet<>(names(router.route(scored)));
    for (IncidentSummary.Action action : incident.actions()) {
      names.addAll(
          names(
              router.route(decided(scored, action.playbook(), action.action(), action.outcome()))));
    }
    boolean isSilenced = !incident.silencedBy().isEmpty();
    if (isSilenced) {
      names.removeIf(policy::isReadByPeople);
    }
    return new DrillCard.Notified(
        List.copyOf(names),
        incident.silencedBy(),
        isSilenced || names.stream().anyMatch(policy::isReadByPeople)
            ? Optional.empty()
            : Optional.of(missing(scored)));
  }

  /** What the alert lacks for the route to people that it fails by the fewest conditions. */
  private String missing(ScoredAlert scored) {
    return router.explain(scored).stream()
        .filter(verdict -> verdict.route().to().stream().anyMatch(policy::isReadByPeople))
        .min(
            Comparator.comparing(DrillForecast::needsResponse)
                .thenComparingInt(verdict -> verdict.unmet().size()))
        .map(
            verdict ->
                "route " + verdict.route().name() + ": " + String.join("; ", verdict.unmet()))
        .orElse("no route leads to a destination that people read");
  }

  /** Such a route is for outcomes, and this alert has none. */
  private static boolean needsResponse(RouteVerdict verdict) {
    return verdict.unmet().stream().anyMatch(condition -> condition.startsWith("response."));
  }

  private static Alert alert(IncidentSummary incident) {
    Optional<IncidentSummary.Rule> rule = incident.rules().stream().findFirst();
    return new Alert(
        incident.id(),
        incident.alertClass().orElse(AlertClass.RUNTIME),
        rule.map(IncidentSummary.Rule::source).orElse(""),
        rule.map(IncidentSummary.Rule::rule).orElse(null),
        incident.severity().orElse(null),
        List.of(),
        List.of(),
        List.of(),
        incident.place(),
        ObservedProcess.UNKNOWN,
        ObservedConnection.UNKNOWN,
        null,
        incident.firstAt(),
        1,
        List.of(),
        "");
  }

  /** With the reasons of the headline, by which a route may match, if they are all known. */
  private static ScoredAlert scored(
      Alert alert, IncidentSummary incident, Optional<Headline> headline) {
    AcceptedAlert accepted =
        new AcceptedAlert(
            alert,
            incident.id(),
            Acceptance.OPENED,
            1,
            incident.firstAt(),
            incident.lastAt(),
            1,
            1);
    List<Points> reasons = headline.map(Headline::reasons).orElse(List.of());
    boolean complete = reasons.stream().mapToInt(Points::value).sum() == incident.score();
    return new ScoredAlert(
        accepted,
        incident.score(),
        complete ? reasons : List.of(new Points(incident.score(), "as recorded")));
  }

  private static ResponseDecided decided(
      ScoredAlert scored, String playbook, String action, ResponseOutcome outcome) {
    return new ResponseDecided(
        scored,
        playbook,
        action,
        "the pod",
        outcome,
        List.of(),
        "",
        scored.accepted().lastAt(),
        null);
  }

  private static List<String> names(List<Delivery> deliveries) {
    return deliveries.stream().map(Delivery::destination).toList();
  }

  /** The playbooks that act without asking, so that a drill's pod may be contained. */
  List<String> acting() {
    return policy.playbooks().all().stream()
        .filter(playbook -> playbook.mode() == Mode.ENFORCE)
        .map(playbook -> playbook.name())
        .toList();
  }
}
