package io.cattleguard.respond.kubernetes;

import io.cattleguard.respond.Responder;
import io.cattleguard.respond.handler.Crew;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * One responder per cluster. An alert can cause an action only in its sensor's cluster. Alerts from
 * an unknown cluster go to a responder without a cluster, which refuses.
 *
 * <p>A cluster's responder is created at its first alert, because a cluster's client holds
 * connections and tokens that a SnapStart snapshot must not keep.
 */
final class Fleet implements Crew {
  private final Set<String> clusters;
  private final Function<String, Responder> maker;
  private final Responder elsewhere;
  private final Map<String, Responder> made = new LinkedHashMap<>();

  /**
   * Takes the names of the clusters.
   *
   * @param elsewhere handles alerts from an unknown cluster
   */
  Fleet(Set<String> clusters, Function<String, Responder> maker, Responder elsewhere) {
    this.clusters = new TreeSet<>(clusters);
    this.maker = maker;
    this.elsewhere = elsewhere;
  }

  @Override
  public Responder of(Optional<String> cluster) {
    return cluster.filter(clusters::contains).map(this::of).orElse(elsewhere);
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
