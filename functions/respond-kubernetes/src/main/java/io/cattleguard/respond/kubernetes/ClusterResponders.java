package io.cattleguard.respond.kubernetes;

import io.cattleguard.respond.Responder;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.handler.HandlerResponders;
import io.cattleguard.respond.ledger.StoredLedger;
import io.cattleguard.respond.metrics.Vitals;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One responder per cluster. An alert can cause an action only in its sensor's cluster. Alerts from
 * an unknown cluster go to a responder without a cluster, which refuses.
 *
 * <p>A cluster's responder is created at its first alert, because a cluster's client holds
 * connections and tokens that a SnapStart snapshot must not keep.
 */
final class ClusterResponders implements HandlerResponders {
  private final Set<String> clusters;
  private final Function<String, Responder> maker;
  private final Responder elsewhere;
  private final Supplier<Map<String, StoredLedger>> contained;
  private final Budget breaker;
  private final Map<String, Responder> made = new LinkedHashMap<>();

  /**
   * Takes the names of the clusters.
   *
   * @param maker makes a cluster's responder, and that of a cluster which is not configured any
   *     more
   * @param elsewhere handles alerts from an unknown cluster
   * @param contained the ledgers of all clusters that have had containments, and of the account
   * @param breaker after how many failures a cluster's circuit breaker is open
   */
  ClusterResponders(
      Set<String> clusters,
      Function<String, Responder> maker,
      Responder elsewhere,
      Supplier<Map<String, StoredLedger>> contained,
      Budget breaker) {
    this.clusters = new TreeSet<>(clusters);
    this.maker = maker;
    this.elsewhere = elsewhere;
    this.contained = contained;
    this.breaker = breaker;
  }

  @Override
  public Responder of(Optional<String> cluster) {
    return cluster.filter(clusters::contains).map(this::of).orElse(elsewhere);
  }

  /**
   * The responders of the configured clusters, and of the clusters that are not configured any more
   * and may still have containments: their releases fail, so that people are notified.
   */
  @Override
  public List<Responder> all() {
    List<Responder> all = new ArrayList<>();
    Set<String> names = new TreeSet<>(clusters);
    names.addAll(containedIn().keySet());
    names.forEach(cluster -> all.add(of(cluster)));
    all.add(elsewhere);
    return all;
  }

  @Override
  public Vitals vitals(Instant now) {
    return Vitals.of(containedIn().values(), breaker, now);
  }

  /** Without the account's ledger, which respond-aws reports. */
  private Map<String, StoredLedger> containedIn() {
    Map<String, StoredLedger> ledgers = new TreeMap<>(contained.get());
    ledgers.remove("");
    return ledgers;
  }

  private synchronized Responder of(String cluster) {
    return made.computeIfAbsent(cluster, maker);
  }
}
