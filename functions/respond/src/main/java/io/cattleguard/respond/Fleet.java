package io.cattleguard.respond;

import io.cattleguard.events.ScoredAlert;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A responder for each cluster, and one for the account: an alert acts only where its sensor lives,
 * and what comes from no sensor acts in the account alone.
 */
final class Fleet {
  private final Map<String, Responder> byCluster;
  private final Responder elsewhere;

  /**
   * Of those.
   *
   * @param elsewhere answers what comes of no cluster of ours, and has an account to act in
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

  /** Each of them. */
  Collection<Responder> all() {
    List<Responder> all = new ArrayList<>(byCluster.values());
    all.add(elsewhere);
    return all;
  }
}
