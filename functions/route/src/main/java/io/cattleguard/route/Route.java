package io.cattleguard.route;

import io.cattleguard.edge.pattern.EventPattern;
import java.util.List;

/**
 * Sends matching notices to destinations.
 *
 * @param when matched against the notice as JSON
 * @param to names of destinations
 */
public record Route(String name, EventPattern when, List<String> to) {

  /** Copies the destinations. */
  public Route {
    to = List.copyOf(to);
  }
}
