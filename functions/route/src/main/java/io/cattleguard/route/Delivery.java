package io.cattleguard.route;

import io.cattleguard.events.DetailType;
import java.util.List;

/**
 * One notice for one destination: the unit that is delivered, retried and remembered by itself.
 *
 * @param destination its name in {@code routes.yaml}
 * @param routes the names of the routes that led there, in the order of the file
 */
public record Delivery(String destination, Notice notice, List<String> routes) {

  /** Copies the routes. */
  public Delivery {
    routes = List.copyOf(routes);
  }

  /** Deterministic: the same event for the same destination has the same id. */
  public String id() {
    return notice.id() + "@" + destination;
  }

  /** What is told: that an alert was scored, or that a response was decided. */
  public DetailType kind() {
    return notice.kind();
  }
}
