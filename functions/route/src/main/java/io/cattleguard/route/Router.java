package io.cattleguard.route;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.pattern.PatternSet;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Silenced;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.events.operator.OperatorCommand;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Decides which destinations get a notice. Has no side effects. */
public final class Router {
  private static final ObjectNode GRAVEST = gravest();

  private final Routes routes;
  private final PatternSet<Route> patterns;
  private final Set<String> forPeople;
  private final Predicate<ScoredAlert> digested;

  /** Uses these routes. Findings have no owners. */
  public Router(Routes routes) {
    this(routes, scored -> false);
  }

  /**
   * Uses these routes.
   *
   * @param digested whether a finding waits for its owner's digest, so that no person is notified
   *     now
   */
  public Router(Routes routes, Predicate<ScoredAlert> digested) {
    this.digested = digested;
    this.routes = routes;
    this.patterns = new PatternSet<>(routes.routes(), Route::when);
    this.forPeople =
        routes.destinations().stream()
            .filter(DestinationSettings::isReadByPeople)
            .map(DestinationSettings::name)
            .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * The deliveries of a scored alert, at most one per destination. A continuing alert is for
   * responders only and has no delivery, whatever the routes say. A silenced alert and a canary
   * have no delivery to a destination that people read.
   */
  public List<Delivery> route(ScoredAlert scored) {
    if (scored.accepted().acceptance() == Acceptance.CONTINUING) {
      return List.of();
    }
    return route(
        new Notice.Scored(scored),
        AlertJson.write(scored),
        isSilenced(scored) || digested.test(scored) || Canary.is(scored.alert())
            ? forPeople
            : Set.of());
  }

  /**
   * The deliveries of an alert that was hidden from people, once nothing hides it any more. The
   * other destinations have received it.
   */
  public List<Delivery> routeLate(ScoredAlert scored) {
    Silenced silenced = scored.accepted().silenced();
    AcceptedAlert late = scored.accepted().unsilenced();
    if (silenced != null) {
      late = late.with(late.alert().withNote(silenced.by() + " hid it until " + silenced.until()));
    }
    return route(new ScoredAlert(late, scored.score(), scored.reasons(), scored.incident()))
        .stream()
        .filter(delivery -> forPeople.contains(delivery.destination()))
        .toList();
  }

  /**
   * The deliveries of a response's outcome. A route without conditions on responses matches an
   * outcome as it matched the alert, so the outcome goes to the same destinations. A silence hides
   * alerts. It hides neither actions on production nor actions that wait for a person. The answer
   * to a canary is not an outcome, and has no delivery.
   */
  public List<Delivery> route(ResponseDecided decided) {
    if (Canary.is(decided.scored().alert())) {
      return List.of();
    }
    return route(
        new Notice.Decided(decided),
        decided.write(),
        isSilenced(decided.scored()) && isWithoutEffect(decided.outcome()) ? forPeople : Set.of());
  }

  /**
   * The deliveries of a person's command. Stop and resume concern the people who are notified of
   * the most severe intrusions, so they go to the people's destinations that such an alert would
   * reach; to all of the people's destinations if it would reach none. So do a silence that hides
   * alerts from responders, because it stops containment, its end, and the answer of a step that
   * has ignored a command. The result of another command is an outcome in its incident's thread.
   */
  public List<Delivery> route(OperatorCommand command) {
    boolean concernsAll =
        switch (command.command()) {
          case STOP, RESUME -> true;
          case SILENCE, UNSILENCE -> command.ignored().isPresent() || command.concernsResponders();
          case APPROVE, REJECT, UNDO, EXTEND -> command.ignored().isPresent();
        };
    if (!concernsAll) {
      return List.of();
    }
    List<String> grave = people(route -> route.when().matches(GRAVEST));
    List<String> to = grave.isEmpty() ? people(route -> true) : grave;
    return to.stream()
        .map(one -> new Delivery(one, new Notice.Commanded(command), List.of()))
        .toList();
  }

  private static ObjectNode gravest() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("acceptance", "opened").put("score", 100);
    ObjectNode alert = json.putObject("alert");
    alert.put("class", "runtime").put("severity", "critical");
    return json;
  }

  private List<String> people(Predicate<Route> which) {
    return routes.routes().stream()
        .filter(which)
        .flatMap(route -> route.to().stream())
        .filter(forPeople::contains)
        .distinct()
        .toList();
  }

  private static boolean isSilenced(ScoredAlert scored) {
    Silenced silenced = scored.accepted().silenced();
    return silenced != null && silenced.hides(scored.score());
  }

  private static boolean isWithoutEffect(ResponseOutcome outcome) {
    return switch (outcome) {
      case OBSERVED, REFUSED -> true;
      case TAKEN, REQUESTED, AWAITING_APPROVAL, FAILED, RELEASED, EXTENDED -> false;
    };
  }

  /** The verdict of every route on a scored alert, in the order of the file. */
  public List<RouteVerdict> explain(ScoredAlert scored) {
    return explain(matched(AlertJson.write(scored)));
  }

  /** The verdict of every route on an outcome, in the order of the file. */
  public List<RouteVerdict> explain(ResponseDecided decided) {
    return explain(matched(decided.write()));
  }

  private List<RouteVerdict> explain(ObjectNode json) {
    return routes.routes().stream()
        .map(route -> new RouteVerdict(route, route.when().unmet(json)))
        .toList();
  }

  private List<Delivery> route(Notice notice, ObjectNode json, Set<String> leftOut) {
    ObjectNode matched = matched(json);
    Map<String, List<String>> ways = new LinkedHashMap<>();
    for (Route route : patterns.matching(matched)) {
      for (String destination : route.to()) {
        if (!leftOut.contains(destination)) {
          ways.computeIfAbsent(destination, ignored -> new ArrayList<>()).add(route.name());
        }
      }
    }
    List<Delivery> deliveries = new ArrayList<>(ways.size());
    ways.forEach((destination, names) -> deliveries.add(new Delivery(destination, notice, names)));
    return deliveries;
  }

  /** Removes the raw event: it is long, and routes may not match on it. */
  private static ObjectNode matched(ObjectNode json) {
    if (json.get("alert") instanceof ObjectNode alert) {
      alert.remove("raw");
    }
    return json;
  }
}
