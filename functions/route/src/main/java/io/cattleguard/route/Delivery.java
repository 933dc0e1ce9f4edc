package io.cattleguard.route;

import io.cattleguard.events.DetailType;
import java.util.List;

/**
 * One notice for one destination: the unit of delivery, retry and deduplication.
 *
 * @param destination its name in {@code routes.yaml}
 * @param routes the names of the routes that matched, in the order of the file
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

  /** The type of the notice's event: a scored alert or a decided response. */
  public DetailType kind() {
    return notice.kind();
  }
}
