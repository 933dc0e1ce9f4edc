package io.cattleguard.edge.cidr;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A network in CIDR notation, IPv4 or IPv6.
 *
 * <p>Bits of the address beyond the prefix do not count. An IPv4-mapped network such as {@code
 * ::ffff:203.0.113.0/120} is the IPv4 network, here {@code 203.0.113.0/24}.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4632#section-3.1">RFC 4632, 3.1</a>
 */
public final class Cidr {
  private static final int MAPPED_PREFIX = 96;

  private final byte[] network;
  private final int prefix;

  private Cidr(byte[] network, int prefix) {
    this.network = network;
    this.prefix = prefix;
  }

  /** Parses a network such as {@code 203.0.113.0/24}; empty if the text is not one. */
  public static Optional<Cidr> parse(String text) {
    int slash = text.indexOf('/');
    return slash < 0
        ? Optional.empty()
        : IpAddress.parse(text.substring(0, slash))
            .flatMap(
                address -> of(address, text, IpAddress.number(text, slash + 1, text.length())));
  }

  /** Parses a network, or an address as a network of one; empty if the text is neither. */
  public static Optional<Cidr> parseNetworkOrAddress(String text) {
    return text.indexOf('/') >= 0 ? parse(text) : IpAddress.parse(text).map(Cidr::single);
  }

  /**
   * The network of that prefix length around an address.
   *
   * @param prefix at most 32 for an IPv4 address, at most 128 for an IPv6 address
   */
  public static Cidr around(IpAddress address, int prefix) {
    return new Cidr(cleared(address.bytes(), prefix), prefix);
  }

  /** The number of leading bits that an address of this network has in common with it. */
  public int prefix() {
    return prefix;
  }

  /** Whether its addresses are IPv4 addresses. */
  public boolean isIpv4() {
    return network.length == Integer.BYTES;
  }

  private static Cidr single(IpAddress address) {
    return new Cidr(address.bytes(), address.bytes().length * Byte.SIZE);
  }

  private static Optional<Cidr> of(IpAddress address, String text, int written) {
    byte[] bytes = address.bytes();
    boolean mapped = address.isIpv4() && text.indexOf(':') >= 0;
    int prefix = mapped ? written - MAPPED_PREFIX : written;
    return prefix < 0 || prefix > bytes.length * Byte.SIZE
        ? Optional.empty()
        : Optional.of(new Cidr(cleared(bytes, prefix), prefix));
  }

  /** A copy whose bits beyond the prefix are zero. */
  private static byte[] cleared(byte[] bytes, int prefix) {
    byte[] network = Arrays.copyOf(Arrays.copyOf(bytes, prefix / Byte.SIZE), bytes.length);
    if (prefix % Byte.SIZE != 0) {
      network[prefix / Byte.SIZE] = (byte) (bytes[prefix / Byte.SIZE] & mask(prefix));
    }
    return network;
  }

  private static int mask(int prefix) {
    return 0xff00 >> (prefix % Byte.SIZE) & 0xff;
  }

  /** Whether the address is in this network; no network contains an address of the other family. */
  public boolean contains(IpAddress address) {
    byte[] bytes = address.bytes();
    int whole = prefix / Byte.SIZE;
    return bytes.length == network.length
        && Arrays.equals(network, 0, whole, bytes, 0, whole)
        && (prefix % Byte.SIZE == 0 || ((bytes[whole] ^ network[whole]) & mask(prefix)) == 0);
  }

  /** Whether every address of the other network is in this one. */
  public boolean contains(Cidr other) {
    return prefix <= other.prefix && contains(new IpAddress(other.network));
  }

  /** Whether an address is in both networks. */
  public boolean overlaps(Cidr other) {
    return contains(other) || other.contains(this);
  }

  /** The first address, whose bits beyond the prefix are zero. */
  public IpAddress first() {
    return new IpAddress(network);
  }

  /** Whether it is one address. */
  public boolean isOneAddress() {
    return prefix == network.length * Byte.SIZE;
  }

  /** Whether the text is an address in this network. */
  public boolean contains(String address) {
    return IpAddress.parse(address).filter(this::contains).isPresent();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Cidr that
        && prefix == that.prefix
        && Arrays.equals(network, that.network);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(network) * 31 + prefix;
  }

  /** The network as people write it: {@code 203.0.113.0/24}. */
  public String inWords() {
    return new IpAddress(network) + "/" + prefix;
  }

  /** The network as bytes in hexadecimal digits, and the prefix length: {@code cb007100/24}. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(network) + "/" + prefix;
  }
}
