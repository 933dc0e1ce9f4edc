package io.cattleguard.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Decides which destinations get a notice. Has no side effects. */
public final class Router {
  private final Routes routes;

  /** Uses these routes. */
  public Router(Routes routes) {
    this.routes = routes;
  }

  /**
   * The deliveries of a scored alert, at most one per destination. An alert that is continuing is
   * for responders only and has none, whatever the routes say.
   */
  public List<Delivery> route(ScoredAlert scored) {
    if (scored.accepted().acceptance() == Acceptance.CONTINUING) {
      return List.of();
    }
    return route(new Notice.Scored(scored), AlertJson.write(scored));
  }

  /**
   * The deliveries of a response's outcome. A route without conditions on responses matches an
   * outcome as it matched the alert, so the outcome goes to the same destinations.
   */
  public List<Delivery> route(ResponseDecided decided) {
    return route(new Notice.Decided(decided), AlertJson.write(decided));
  }

  /** The verdict of every route on a scored alert, in the order of the file. */
  public List<RouteVerdict> explain(ScoredAlert scored) {
    return explain(matched(AlertJson.write(scored)));
  }

  /** The verdict of every route on an outcome, in the order of the file. */
  public List<RouteVerdict> explain(ResponseDecided decided) {
    return explain(matched(AlertJson.write(decided)));
  }

  private List<RouteVerdict> explain(ObjectNode json) {
    return routes.routes().stream()
        .map(route -> new RouteVerdict(route, route.when().unmet(json)))
        .toList();
  }

  private List<Delivery> route(Notice notice, ObjectNode json) {
    ObjectNode matched = matched(json);
    Map<String, List<String>> ways = new LinkedHashMap<>();
    for (Route route : routes.routes()) {
      if (route.when().matches(matched)) {
        for (String destination : route.to()) {
          ways.computeIfAbsent(destination, ignored -> new ArrayList<>()).add(route.name());
        }
      }
    }
    List<Delivery> deliveries = new ArrayList<>(ways.size());
    ways.forEach((destination, names) -> deliveries.add(new Delivery(destination, notice, names)));
    return deliveries;
  }

  /** Removes the raw event: it is long, and no route may match on it. */
  private static ObjectNode matched(ObjectNode json) {
    if (json.get("alert") instanceof ObjectNode alert) {
      alert.remove("raw");
    }
    return json;
  }
}
