package io.cattleguard.respond.kubernetes;

import io.cattleguard.events.ScoredAlert;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A responder for each cluster, and one for the account: an alert acts only where its sensor lives,
 * and what comes from no sensor acts in the account alone.
 *
 * <p>One for a cluster is made when it is first needed, because a client of a cluster has what a
 * snapshot must not keep.
 */
final class Fleet {
  private final Set<String> clusters;
  private final Function<String, Responder> maker;
  private final Responder elsewhere;
  private final Map<String, Responder> made = new LinkedHashMap<>();

  /**
   * Of those clusters.
   *
   * @param elsewhere answers what comes of no cluster of ours, and has an account to act in
   */
  Fleet(Set<String> clusters, Function<String, Responder> maker, Responder elsewhere) {
    this.clusters = new TreeSet<>(clusters);
    this.maker = maker;
    this.elsewhere = elsewhere;
  }

  /** Whoever answers that alert. */
  Responder of(ScoredAlert scored) {
    String cluster = scored.alert().target().cluster();
    return cluster != null && clusters.contains(cluster) ? of(cluster) : elsewhere;
  }

  /** Each of them. */
  List<Responder> all() {
    List<Responder> all = new ArrayList<>();
    clusters.forEach(cluster -> all.add(of(cluster)));
    all.add(elsewhere);
    return all;
  }

  private synchronized Responder of(String cluster) {
    return made.computeIfAbsent(cluster, maker);
  }
}
