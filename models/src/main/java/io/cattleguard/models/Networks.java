package io.cattleguard.models;

import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.PeerKind;
import io.cattleguard.sources.parsing.Addresses;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Puts an address in the network or class under which a model has it. */
final class Networks {
  /** The name of the class of addresses that are not routed on the internet. */
  static final String PRIVATE = "private";

  /** Cloud metadata services, whose credentials intruders want. */
  private static final String METADATA = "169.254.";

  /** How a socket for both families writes an IPv4 address. */
  private static final String MAPPED = "::ffff:";

  private static final Pattern SERVICE = Pattern.compile("[^/]+/[^/]+");
  private static final Pattern NAME = Pattern.compile("[^A-Z]*[^A-Z.]");
  private static final Pattern PREFIX = Pattern.compile("0|[1-9][0-9]{0,2}");

  private static final List<String> LOCAL_NAMES =
      List.of(".svc", ".local", ".internal", ".localdomain", ".arpa");

  private Networks() {}

  /** The network of an address; empty if the text is none, as a source may write a host's name. */
  static Optional<Entry> peer(String address, int port) {
    return Addresses.isAddress(address)
        ? Optional.of(new Peer(PeerKind.NETWORK, network(address.toLowerCase(Locale.ROOT)), port))
        : Optional.empty();
  }

  /** Whether a peer can have that name: {@code db} is no service, and an address no network. */
  static boolean isName(PeerKind kind, String name) {
    return switch (kind) {
      case SERVICE -> SERVICE.matcher(name).matches();
      case DNS -> NAME.matcher(name).matches();
      case NETWORK -> name.equals(PRIVATE) || name.equals(Deviations.PUBLIC) || isNetwork(name);
    };
  }

  /** Whether a text is a network such as {@code 203.0.113.0/24}. */
  private static boolean isNetwork(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !Addresses.isAddress(text.substring(0, slash))) {
      return false;
    }
    String prefix = text.substring(slash + 1);
    return PREFIX.matcher(prefix).matches()
        && Integer.parseInt(prefix) <= (text.indexOf(':') >= 0 ? 128 : 32);
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
    if (address.startsWith(MAPPED) && address.indexOf('.') >= 0) {
      return network(address.substring(MAPPED.length()));
    }
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
