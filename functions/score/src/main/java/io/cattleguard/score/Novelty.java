package io.cattleguard.score;

import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.cidr.IpAddress;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Fingerprint;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/** The kinds of behaviour that can be new for a subject and its image. */
public enum Novelty {
  /** The first alert about this executable. */
  EXECUTABLE,
  /** The first alert about a peer in this network of the internet: IPv4 /24, IPv6 /48. */
  PEER;

  private static final int IPV4 = 24;
  private static final int IPV6 = 48;
  private static final int KEY = 16;

  /** The name in the stored history. */
  String jsonName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The short key to store for an alert's behaviour of this kind; empty if there is none. */
  Optional<String> key(Alert alert) {
    Optional<String> value =
        switch (this) {
          case EXECUTABLE -> executable(alert);
          case PEER -> peer(alert).map(Novelty::network);
        };
    String image = Objects.requireNonNullElse(alert.target().image(), "");
    return value.map(
        one ->
            jsonName().charAt(0)
                + Fingerprint.hash(String.join("\n", jsonName(), image, one)).substring(0, KEY));
  }

  /** The executable of an alert: its path, or else its name. */
  static Optional<String> executable(Alert alert) {
    return Optional.ofNullable(
        alert.process().executable() == null
            ? alert.process().name()
            : alert.process().executable());
  }

  /** The peer of an alert, unless it is local: pods change their addresses. */
  static Optional<IpAddress> peer(Alert alert) {
    return Optional.ofNullable(alert.network().peer())
        .flatMap(IpAddress::parse)
        .filter(IpAddress::isPublic);
  }

  private static String network(IpAddress address) {
    return Cidr.around(address, address.isIpv4() ? IPV4 : IPV6).toString();
  }
}
