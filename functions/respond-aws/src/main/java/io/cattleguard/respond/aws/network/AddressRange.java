package io.cattleguard.respond.aws.network;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** A range of addresses in CIDR notation; what is none contains nothing. */
final class AddressRange {
  private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";

  /** Nothing that the JDK would take for a name, and look up. */
  private static final Pattern ADDRESS =
      Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  /**
   * What VPCs are made of.
   *
   * @see <a href="https://www.rfc-editor.org/rfc/rfc6890">RFC 6890</a>
   */
  private static final List<String> PRIVATE =
      List.of("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7");

  private static final AddressRange NOTHING = new AddressRange(new byte[0], 0);

  private final byte[] network;
  private final int bits;

  private AddressRange(byte[] network, int bits) {
    this.network = network;
    this.bits = bits;
  }

  static AddressRange of(String cidr) {
    int slash = cidr.indexOf('/');
    if (slash < 0) {
      return NOTHING;
    }
    try {
      int bits = Integer.parseInt(cidr.substring(slash + 1));
      return parse(cidr.substring(0, slash))
          .filter(network -> bits >= 0 && bits <= network.length * 8)
          .map(network -> new AddressRange(network, bits))
          .orElse(NOTHING);
    } catch (NumberFormatException e) {
      return NOTHING;
    }
  }

  /** Whether an address is of a network that the internet does not reach. */
  static boolean isPrivate(String address) {
    return PRIVATE.stream().anyMatch(range -> of(range).contains(address));
  }

  boolean contains(String address) {
    return parse(address).filter(this::contains).isPresent();
  }

  private boolean contains(byte[] address) {
    if (address.length != network.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit % 8);
      if ((address[bit / 8] & mask) != (network[bit / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  private static Optional<byte[]> parse(String address) {
    if (!ADDRESS.matcher(address).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByName(address).getAddress());
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }
}
