package io.cattleguard.respond;

import io.cattleguard.events.ScoredAlert;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A responder for each cluster: an alert acts only where its sensor lives. */
final class Fleet {
  private final Map<String, Responder> byCluster;
  private final Responder elsewhere;

  /**
   * Of those.
   *
   * @param elsewhere answers what comes of no cluster of ours, and has none to act on
   */
  Fleet(Map<String, Responder> byCluster, Responder elsewhere) {
    this.byCluster = new LinkedHashMap<>(byCluster);
    this.elsewhere = elsewhere;
  }

  /** Whoever answers that alert. */
  Responder of(ScoredAlert scored) {
    return Optional.ofNullable(scored.alert().target().cluster())
        .map(byCluster::get)
        .orElse(elsewhere);
  }

  /** Each that has a cluster. */
  Collection<Responder> all() {
    return byCluster.values();
  }
}
