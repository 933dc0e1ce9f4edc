package io.cattleguard.respond.kubernetes;

import io.cattleguard.events.ScoredAlert;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.handler.Crew;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A responder for each cluster: an alert acts only where its sensor lives. What comes of no cluster
 * of ours is answered by one that has no cluster, and refuses.
 *
 * <p>One for a cluster is made when it is first needed, because a client of a cluster has what a
 * snapshot must not keep.
 */
final class Fleet implements Crew {
  private final Set<String> clusters;
  private final Function<String, Responder> maker;
  private final Responder elsewhere;
  private final Map<String, Responder> made = new LinkedHashMap<>();

  /**
   * Of those clusters.
   *
   * @param elsewhere answers what comes of no cluster of ours
   */
  Fleet(Set<String> clusters, Function<String, Responder> maker, Responder elsewhere) {
    this.clusters = new TreeSet<>(clusters);
    this.maker = maker;
    this.elsewhere = elsewhere;
  }

  @Override
  public Responder of(ScoredAlert scored) {
    String cluster = scored.alert().target().cluster();
    return cluster != null && clusters.contains(cluster) ? of(cluster) : elsewhere;
  }

  @Override
  public List<Responder> all() {
    List<Responder> all = new ArrayList<>();
    clusters.forEach(cluster -> all.add(of(cluster)));
    all.add(elsewhere);
    return all;
  }

  private synchronized Responder of(String cluster) {
    return made.computeIfAbsent(cluster, maker);
  }
}
