package io.cattleguard.models;

import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import java.util.List;
import java.util.Locale;

/** Puts an address in the network or class under which a model has it. */
final class Networks {
  /** The name of the class of addresses that are not routed on the internet. */
  static final String PRIVATE = "private";

  /** Cloud metadata services, whose credentials intruders want. */
  private static final String METADATA = "169.254.";

  private static final List<String> LOCAL_NAMES =
      List.of(".svc", ".local", ".internal", ".localdomain", ".arpa");

  private Networks() {}

  static Peer peer(String address, int port) {
    return new Peer(PeerKind.NETWORK, network(address.toLowerCase(Locale.ROOT)), port);
  }

  /** Whether a peer is on the internet. A name is, unless its end says that it is local. */
  static boolean isPublic(Peer peer) {
    String name = peer.name();
    return switch (peer.peerKind()) {
      case SERVICE -> false;
      case NETWORK -> !name.equals(PRIVATE) && !isLinkLocal(name);
      case DNS -> name.indexOf('.') >= 0 && LOCAL_NAMES.stream().noneMatch(name::endsWith);
    };
  }

  static boolean isLinkLocal(String name) {
    return name.startsWith(METADATA) || name.startsWith("fe80:") || name.startsWith("fd00:ec2:");
  }

  private static String network(String address) {
    boolean ipv6 = address.indexOf(':') >= 0;
    if (isLinkLocal(address)) {
      return address + (ipv6 ? "/128" : "/32");
    }
    if (ipv6) {
      return address.startsWith("fc") || address.startsWith("fd") ? PRIVATE : sixth(address);
    }
    String[] parts = address.split("\\.", -1);
    int first = Integer.parseInt(parts[0]);
    int second = Integer.parseInt(parts[1]);
    boolean isPrivate =
        first == 10
            || (first == 172 && second >= 16 && second <= 31)
            || (first == 192 && second == 168)
            || (first == 100 && second >= 64 && second <= 127);
    return isPrivate ? PRIVATE : parts[0] + "." + parts[1] + "." + parts[2] + ".0/24";
  }

  /** The first 48 bits of an IPv6 address. */
  private static String sixth(String address) {
    String[] parts = address.split("::", 2)[0].split(":", -1);
    StringBuilder network = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      String part = i < parts.length && !parts[i].isEmpty() ? parts[i] : "0";
      String bare = part.replaceFirst("^0+(?=.)", "");
      network.append(bare).append(':');
    }
    return network + ":/48";
  }
}
