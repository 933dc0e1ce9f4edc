package io.cattleguard.route;

import java.util.List;

/**
 * Whether a route takes a notice, and if not, why.
 *
 * @param unmet the conditions that fail, a sentence each; empty when it takes it
 */
public record RouteVerdict(Route route, List<String> unmet) {

  /** Copies the conditions. */
  public RouteVerdict {
    unmet = List.copyOf(unmet);
  }

  /** Whether it takes it. */
  public boolean matches() {
    return unmet.isEmpty();
  }

  /** Whether a single condition keeps it from taking it. */
  public boolean nearlyMatches() {
    return unmet.size() == 1;
  }
}
