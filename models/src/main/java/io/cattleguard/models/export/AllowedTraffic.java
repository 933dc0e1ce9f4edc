package io.cattleguard.models.export;

import io.cattleguard.models.DeviationRule;
import io.cattleguard.models.Deviations;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.Kind;
import io.cattleguard.models.Entry.Listener;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import io.cattleguard.models.Model;
import io.cattleguard.models.Risk;
import io.cattleguard.models.Sighting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The listeners and peers of the containers of a pod, as a policy of the network can name them.
 *
 * @param restrictsIngress whether sources reported listeners of every container
 * @param restrictsEgress whether sources reported peers of every container
 * @param listeners the ports on which the pod may be reached
 * @param destinations what the pod may reach
 * @param inexpressible entries that the engine cannot express, with the reason
 * @param unconfirmed entries that neither a second start nor a person confirmed
 */
record AllowedTraffic(
    boolean restrictsIngress,
    boolean restrictsEgress,
    Set<Listener> listeners,
    Set<Destination> destinations,
    List<String> inexpressible,
    List<String> unconfirmed) {
  static final int DNS = 53;

  /** The name of the class of private addresses. */
  static final String PRIVATE_CLASS = "private";

  private static final Pattern LABEL = Pattern.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?");
  private static final Pattern NAME =
      Pattern.compile("[a-z0-9_](?:[a-z0-9_-]*\\.)*[a-z0-9_-]*[a-z0-9]");
  private static final Pattern IPV4 =
      Pattern.compile(
          "(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})(?:\\.(?!/)|(?=/))){4}/(?:3[0-2]|[12]?[0-9])");
  private static final Pattern IPV6 =
      Pattern.compile("(?=[^/]*::)(?!.*::.*::)(?!.*:::)[0-9a-f:]{2,39}/[0-9]{1,3}");
  private static final Pattern IPV6_WHOLE =
      Pattern.compile("(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}/[0-9]{1,3}");
  private static final Set<String> PROTOCOLS = Set.of("tcp", "udp", "sctp");

  /** The kinds of destinations. */
  enum DestinationKind {
    /** Addresses that are not routed on the internet. */
    PRIVATE,
    /** All addresses of the internet. */
    PUBLIC,
    /** A network, as CIDR. */
    NETWORK,
    /** The pods of a namespace. */
    NAMESPACE,
    /** The Kubernetes API. */
    API_SERVER,
    /** A DNS name. */
    NAME
  }

  /**
   * A destination that the pod may reach.
   *
   * @param text the network, namespace or name; empty for the other kinds
   * @param port as an entry has it
   */
  record Destination(DestinationKind kind, String text, int port)
      implements Comparable<Destination> {
    @Override
    public int compareTo(Destination other) {
      int byKind = kind.compareTo(other.kind);
      int byText = byKind == 0 ? text.compareTo(other.text) : byKind;
      return byText == 0 ? Integer.compare(port, other.port) : byText;
    }

    private boolean hasPort(int other) {
      return port == Entry.ANY_PORT
          || port == Entry.NO_PORT
          || other == Entry.NO_PORT
          || port == other;
    }
  }

  AllowedTraffic {
    listeners = Set.copyOf(listeners);
    destinations = Set.copyOf(destinations);
    inexpressible = List.copyOf(inexpressible);
    unconfirmed = List.copyOf(unconfirmed);
  }

  /**
   * The traffic of a pod.
   *
   * @param names whether the engine knows DNS names and the Kubernetes API
   */
  static AllowedTraffic of(ExportRequest request, boolean names) {
    return of(request.models(), names, request.covers(Kind.LISTENER), request.covers(Kind.PEER));
  }

  /** The peers of one container, with DNS names and the Kubernetes API. */
  static AllowedTraffic ofPeers(Model model) {
    return of(List.of(model), true, false, true);
  }

  private static AllowedTraffic of(
      List<Model> models, boolean names, boolean ingress, boolean egress) {
    Set<Listener> listeners = new TreeSet<>();
    Set<Destination> destinations = new TreeSet<>();
    List<String> inexpressible = new ArrayList<>();
    List<String> unconfirmed = new ArrayList<>();
    for (Model model : models) {
      for (Map.Entry<Entry, Sighting> each : model.entries().entrySet()) {
        Entry entry = each.getKey();
        boolean restricted =
            (ingress && entry instanceof Listener) || (egress && entry instanceof Peer);
        if (!restricted || isLookUp(entry)) {
          continue;
        }
        if (Risk.of(entry).rule().isRisky() && !each.getValue().isConfirmed()) {
          unconfirmed.add(Deviations.words(entry));
        } else if (entry instanceof Listener listener) {
          if (PROTOCOLS.contains(listener.protocol())) {
            listeners.add(listener);
          } else {
            inexpressible.add(Deviations.words(entry) + ": the protocol is not known");
          }
        } else if (entry instanceof Peer peer) {
          Optional<Destination> destination = destination(peer);
          if (destination.isEmpty()) {
            inexpressible.add(Deviations.words(peer) + ": it is no network or name");
          } else if (!names && needsNames(destination.get().kind())) {
            inexpressible.add(
                Deviations.words(peer)
                    + ": the engine knows addresses only; accept peer:network:NETWORK:PORT");
          } else {
            destinations.add(destination.get());
          }
        }
      }
    }
    return new AllowedTraffic(ingress, egress, listeners, destinations, inexpressible, unconfirmed);
  }

  private static boolean needsNames(DestinationKind kind) {
    return kind == DestinationKind.NAME || kind == DestinationKind.API_SERVER;
  }

  /** A look-up is a question to a DNS server, which every policy allows. */
  private static boolean isLookUp(Entry entry) {
    return entry instanceof Peer peer
        && peer.peerKind() == PeerKind.DNS
        && peer.port() == Entry.NO_PORT;
  }

  private static Optional<Destination> destination(Peer peer) {
    String name = peer.name();
    return switch (peer.peerKind()) {
      case NETWORK ->
          switch (name) {
            case PRIVATE_CLASS ->
                Optional.of(new Destination(DestinationKind.PRIVATE, "", peer.port()));
            case Deviations.PUBLIC ->
                Optional.of(new Destination(DestinationKind.PUBLIC, "", peer.port()));
            default ->
                isNetwork(name)
                    ? Optional.of(new Destination(DestinationKind.NETWORK, name, peer.port()))
                    : Optional.empty();
          };
      case SERVICE -> {
        String namespace = name.substring(0, Math.max(0, name.indexOf('/')));
        if (name.equals("default/kubernetes")) {
          yield Optional.of(new Destination(DestinationKind.API_SERVER, "", Entry.ANY_PORT));
        }
        // The port of a service may be another one than that of its pods.
        yield LABEL.matcher(namespace).matches()
            ? Optional.of(new Destination(DestinationKind.NAMESPACE, namespace, Entry.ANY_PORT))
            : Optional.empty();
      }
      case DNS ->
          NAME.matcher(name).matches()
              ? Optional.of(new Destination(DestinationKind.NAME, name, peer.port()))
              : Optional.empty();
    };
  }

  /** Whether a text is a network that is not the whole internet. */
  static boolean isNetwork(String text) {
    boolean network =
        IPV4.matcher(text).matches()
            || IPV6.matcher(text).matches()
            || IPV6_WHOLE.matcher(text).matches();
    if (!network) {
      return false;
    }
    int prefix = Integer.parseInt(text.substring(text.indexOf('/') + 1));
    return prefix > 0 && prefix <= 128;
  }

  /** The destinations in order. */
  Set<Destination> sorted() {
    return new TreeSet<>(destinations);
  }

  /**
   * The effect of a policy on an entry. Listening is not stopped, but no connection reaches the
   * port.
   */
  Effect effect(Entry entry) {
    return switch (entry) {
      case Listener listener ->
          !restrictsIngress || listeners.contains(listener) ? Effect.ALLOWED : Effect.BLOCKED;
      case Peer peer -> restrictsEgress ? effect(peer) : Effect.ALLOWED;
      case Entry.Executable ignored -> Effect.ALLOWED;
      case Entry.WrittenFile ignored -> Effect.ALLOWED;
      case Entry.SystemCall ignored -> Effect.ALLOWED;
    };
  }

  private Effect effect(Peer peer) {
    if (isLookUp(peer)) {
      return Effect.ALLOWED;
    }
    boolean inCluster = peer.name().equals(PRIVATE_CLASS) || peer.peerKind() == PeerKind.SERVICE;
    if (inCluster && peer.port() == DNS) {
      return Effect.ALLOWED;
    }
    Optional<Destination> same = destination(peer);
    for (Destination allowed : destinations) {
      boolean fits =
          same.isPresent()
              && allowed.kind() == same.get().kind()
              && allowed.text().equals(same.get().text());
      boolean wider =
          (allowed.kind() == DestinationKind.PUBLIC && isPublic(peer))
              || (allowed.kind() == DestinationKind.PRIVATE && inCluster);
      if ((fits || wider) && allowed.hasPort(peer.port())) {
        return Effect.ALLOWED;
      }
    }
    return mayBeAnother(peer, inCluster) ? Effect.UNKNOWN : Effect.BLOCKED;
  }

  private static boolean isPublic(Peer peer) {
    return Risk.of(peer).rule() == DeviationRule.PUBLIC_PEER;
  }

  /** Whether an address may be one that the policy allows by another kind of name. */
  private boolean mayBeAnother(Peer peer, boolean inCluster) {
    return switch (peer.peerKind()) {
      case DNS ->
          destinations.stream()
              .anyMatch(
                  allowed ->
                      allowed.kind() != DestinationKind.NAME && allowed.hasPort(peer.port()));
      case NETWORK ->
          destinations.stream()
              .anyMatch(
                  allowed ->
                      allowed.hasPort(peer.port())
                          && (inCluster
                              ? allowed.kind() == DestinationKind.NAMESPACE
                                  || allowed.kind() == DestinationKind.API_SERVER
                              : allowed.kind() == DestinationKind.NAME && isPublic(peer)));
      case SERVICE -> false;
    };
  }
}
