package io.cattleguard.app.explain;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.explain.Explanation.RuleResult;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.road.EventClock;
import io.cattleguard.app.road.Responders;
import io.cattleguard.deduplicate.Suppression;
import io.cattleguard.deduplicate.SuppressionVerdict;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.route.RouteVerdict;
import io.cattleguard.route.Router;
import io.cattleguard.score.Scorer;
import io.cattleguard.score.WorkloadHistories;
import io.cattleguard.score.WorkloadHistory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Explains one alert alone: as the first of its problem, on a workload without history, without a
 * cluster.
 */
public final class Explainer {
  private final Policy policy;
  private final Scorer scorer;
  private final Router router;
  private final Responders responders;
  private final EventClock clock = new EventClock();

  public Explainer(Policy policy) {
    this.policy = policy;
    this.scorer = new Scorer(policy.scoring(), new NoHistories(), policy.models());
    this.router = new Router(policy.routes());
    this.responders = Responders.forRehearsal(policy.playbooks(), new InMemoryLedger(), clock);
  }

  /** Stores nothing, so that one event never influences the next. */
  private static final class NoHistories implements WorkloadHistories {
    @Override
    public Optional<WorkloadHistory> recall(String workload) {
      return Optional.empty();
    }

    @Override
    public Optional<WorkloadHistory> current(String workload) {
      return Optional.empty();
    }

    @Override
    public Optional<WorkloadHistory> store(WorkloadHistory next, long expectedVersion) {
      return Optional.empty();
    }
  }

  public Explanation explain(Alert alert) {
    Instant observedAt = alert.observedAt();
    Instant at = observedAt == null ? Instant.EPOCH : observedAt;
    clock.moveTo(at);
    String fingerprint = Fingerprint.of(alert);
    AcceptedAlert accepted =
        new AcceptedAlert(alert, fingerprint, Acceptance.OPENED, alert.count(), at, at, 1, 1);
    ScoredAlert scored = scorer.score(accepted);
    return new Explanation(
        alert,
        fingerprint,
        scored,
        suppressions(alert, at),
        routes(scored),
        playbooks(scored, at),
        policy.inhibitions().inhibiting(alert),
        policy.inhibitions().muting(alert));
  }

  private List<RuleResult> suppressions(Alert alert, Instant at) {
    List<RuleResult> results = new ArrayList<>();
    for (SuppressionVerdict verdict : policy.suppressions().explain(alert, at)) {
      Suppression suppression = verdict.suppression();
      results.add(
          new RuleResult(
              suppression.name(),
              "owner",
              suppression.owner(),
              List.of(),
              Optional.empty(),
              verdict.unmet(),
              List.of()));
    }
    return results;
  }

  private List<RuleResult> routes(ScoredAlert scored) {
    List<RuleResult> results = new ArrayList<>();
    for (RouteVerdict verdict : router.explain(scored)) {
      results.add(
          new RuleResult(
              verdict.route().name(),
              "to",
              String.join(", ", verdict.route().to()),
              List.of(),
              Optional.empty(),
              verdict.unmet(),
              List.of()));
    }
    return results;
  }

  private List<RuleResult> playbooks(ScoredAlert scored, Instant at) {
    ObjectNode event = Playbooks.event(scored);
    List<ResponseDecided> decided = new ArrayList<>();
    responders.all().forEach(responder -> responder.respond(scored, at, false, decided::add));
    List<RuleResult> results = new ArrayList<>();
    for (Playbook playbook : policy.playbooks().all()) {
      List<String> objections =
          decided.stream()
              .filter(one -> one.playbook().equals(playbook.name()))
              .flatMap(one -> one.objections().stream())
              .distinct()
              .toList();
      results.add(
          new RuleResult(
              playbook.name(),
              "mode",
              playbook.at(scored.alert().target()).mode().jsonName(),
              playbook.steps().stream().map(Action::name).toList(),
              playbook.then().map(Action::name),
              playbook.when().unmet(event),
              objections));
    }
    return results;
  }
}
