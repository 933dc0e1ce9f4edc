package io.cattleguard.route;

import java.util.List;

/**
 * Whether a route matches a notice, and if not, why.
 *
 * @param unmet the conditions that fail, one sentence each; empty if the route matches
 */
public record RouteVerdict(Route route, List<String> unmet) {

  /** Copies the conditions. */
  public RouteVerdict {
    unmet = List.copyOf(unmet);
  }

  /** Whether the route matches. */
  public boolean matches() {
    return unmet.isEmpty();
  }

  /** Whether only one condition fails. */
  public boolean nearlyMatches() {
    return unmet.size() == 1;
  }
}
