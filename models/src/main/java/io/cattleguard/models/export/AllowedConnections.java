package io.cattleguard.models.export;

import io.cattleguard.models.DeviationRule;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.Kind;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import io.cattleguard.models.Ephemeral;
import io.cattleguard.models.Model;
import io.cattleguard.models.Risk;
import io.cattleguard.models.export.AllowedTraffic.Destination;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The peers of a container as ports and the addresses that are allowed on each, for an engine that
 * compares the address of a connection in the kernel. Loopback is always allowed: models do not
 * have it.
 *
 * @param anyPort what is allowed on every port
 * @param groups the ports, by what is allowed on them
 * @param inexpressible entries that the engine cannot express, with the reason
 * @param unconfirmed entries that neither a second start nor a person confirmed
 */
record AllowedConnections(
    Reach anyPort,
    Map<Reach, NavigableSet<Integer>> groups,
    List<String> inexpressible,
    List<String> unconfirmed) {
  /**
   * How many groups of ports an engine can tell apart: Tetragon takes five selectors, and one is
   * for all other ports.
   */
  private static final int MOST_GROUPS = 4;

  /**
   * Addresses.
   *
   * @param everything whether every address belongs to it
   * @param privates whether all private ones do
   * @param publics whether all of the internet do
   * @param networks further ones
   */
  record Reach(boolean everything, boolean privates, boolean publics, NavigableSet<String> networks)
      implements Comparable<Reach> {
    static final Reach NONE = new Reach(false, false, false, new TreeSet<>());
    static final Reach PRIVATE = new Reach(false, true, false, new TreeSet<>());
    static final Reach EVERYTHING = new Reach(true, true, true, new TreeSet<>());

    Reach {
      networks = Collections.unmodifiableNavigableSet(new TreeSet<>(networks));
    }

    Reach and(Reach other) {
      NavigableSet<String> both = new TreeSet<>(networks);
      both.addAll(other.networks);
      return new Reach(
          everything || other.everything,
          privates || other.privates,
          publics || other.publics,
          both);
    }

    boolean isNone() {
      return equals(NONE);
    }

    @Override
    public int compareTo(Reach other) {
      return Comparator.comparing(Reach::everything)
          .thenComparing(Reach::privates)
          .thenComparing(Reach::publics)
          .thenComparing(reach -> String.join(",", reach.networks))
          .compare(this, other);
    }
  }

  /** The connections of a model; all connections, if no source reported peers during learning. */
  static AllowedConnections of(Model model) {
    if (!model.covers().contains(Kind.PEER)) {
      return new AllowedConnections(Reach.EVERYTHING, Map.of(), List.of(), List.of());
    }
    AllowedTraffic traffic = AllowedTraffic.ofPeers(model);
    Reach anyPort = Reach.NONE;
    Map<Integer, Reach> ports = new HashMap<>();
    ports.put(AllowedTraffic.DNS, Reach.PRIVATE);
    for (Destination destination : traffic.destinations()) {
      Reach reach = reach(destination);
      if (destination.port() == Entry.ANY_PORT || destination.port() == Entry.NO_PORT) {
        anyPort = anyPort.and(reach);
      } else {
        ports.merge(destination.port(), reach, Reach::and);
      }
    }
    Map<Reach, NavigableSet<Integer>> groups = new TreeMap<>();
    ports.forEach((port, reach) -> groups.computeIfAbsent(reach, r -> new TreeSet<>()).add(port));
    while (groups.size() > MOST_GROUPS) {
      join(groups);
    }
    return new AllowedConnections(anyPort, groups, traffic.inexpressible(), traffic.unconfirmed());
  }

  /** Joins the two groups with the fewest ports, so that on each the addresses of both are. */
  private static void join(Map<Reach, NavigableSet<Integer>> groups) {
    List<Map.Entry<Reach, NavigableSet<Integer>>> smallest =
        groups.entrySet().stream()
            .sorted(
                Comparator.<Map.Entry<Reach, NavigableSet<Integer>>>comparingInt(
                        group -> group.getValue().size())
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(2)
            .map(group -> Map.entry(group.getKey(), group.getValue()))
            .toList();
    Reach both = Reach.NONE;
    NavigableSet<Integer> ports = new TreeSet<>();
    for (Map.Entry<Reach, NavigableSet<Integer>> group : smallest) {
      groups.remove(group.getKey());
      both = both.and(group.getKey());
      ports.addAll(group.getValue());
    }
    groups.computeIfAbsent(both, r -> new TreeSet<>()).addAll(ports);
  }

  private static Reach reach(Destination destination) {
    return switch (destination.kind()) {
      case PRIVATE, NAMESPACE, API_SERVER -> Reach.PRIVATE;
      case PUBLIC -> new Reach(false, false, true, new TreeSet<>());
      case NETWORK -> new Reach(false, false, false, new TreeSet<>(Set.of(destination.text())));
      // Its address is not known.
      case NAME -> Reach.EVERYTHING;
    };
  }

  /** Whether there is a connection that it does not allow. */
  boolean restricts() {
    return !anyPort.everything();
  }

  private Reach on(int port) {
    Reach all = anyPort;
    for (Map.Entry<Reach, NavigableSet<Integer>> group : groups.entrySet()) {
      if (group.getValue().contains(port)) {
        all = all.and(group.getKey());
      }
    }
    return all;
  }

  /** The effect of an engine on an entry; none on entries that are not peers. */
  Effect effect(Entry entry) {
    if (!(entry instanceof Peer peer) || peer.port() == Entry.NO_PORT) {
      return Effect.ALLOWED;
    }
    Reach reach = on(peer.port());
    boolean inCluster =
        peer.peerKind() == PeerKind.SERVICE || peer.name().equals(AllowedTraffic.PRIVATE_CLASS);
    boolean isPublic = Risk.of(peer).rule() == DeviationRule.PUBLIC_PEER;
    if (reach.everything()
        || (inCluster && reach.privates())
        || (isPublic && reach.publics() && peer.peerKind() == PeerKind.NETWORK)
        || reach.networks().contains(peer.name())) {
      return Effect.ALLOWED;
    }
    boolean mayBeWithin =
        peer.peerKind() == PeerKind.NETWORK
            ? inCluster && !reach.networks().isEmpty()
            : !reach.isNone();
    return mayBeWithin ? Effect.UNKNOWN : Effect.BLOCKED;
  }

  /** A port as the engine's ranges have it. */
  static String text(int port) {
    return port == Entry.EPHEMERAL
        ? Ephemeral.FIRST_EPHEMERAL_PORT + ":" + NetworkPolicyExport.HIGHEST_PORT
        : Integer.toString(port);
  }
}
