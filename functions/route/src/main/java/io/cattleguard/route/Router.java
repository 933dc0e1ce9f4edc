package io.cattleguard.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ScoredAlert;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Decides who is told; touches nothing. */
public final class Router {
  private final Routes routes;

  /** By these routes. */
  public Router(Routes routes) {
    this.routes = routes;
  }

  /** Who is told of a scored alert: at most one delivery a destination. */
  public List<Delivery> route(ScoredAlert scored) {
    return route(new Notice.Scored(scored), AlertJson.write(scored));
  }

  /**
   * Who is told what became of a response. A route that does not speak of responses takes them as
   * it took their alert, so an outcome goes where its alert went.
   */
  public List<Delivery> route(ResponseDecided decided) {
    return route(new Notice.Decided(decided), AlertJson.write(decided));
  }

  /** Every route, in the order of the file, with the conditions that a scored alert fails. */
  public List<RouteVerdict> explain(ScoredAlert scored) {
    return explain(matched(AlertJson.write(scored)));
  }

  /** Every route, in the order of the file, with the conditions that an outcome fails. */
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

  /** Without the raw event: it is long, and no route may ask for it. */
  private static ObjectNode matched(ObjectNode json) {
    if (json.get("alert") instanceof ObjectNode alert) {
      alert.remove("raw");
    }
    return json;
  }
}
