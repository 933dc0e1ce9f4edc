package io.cattleguard.edge.cidr;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * An IPv4 or IPv6 address.
 *
 * <p>An IPv4-mapped IPv6 address is the IPv4 address. Leading zeros in IPv4 are rejected, because
 * some programs read them as octal. Zones, brackets and names are rejected.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4291#section-2.2">RFC 4291, 2.2</a>
 */
public final class IpAddress {
  private static final int IPV4 = 4;
  private static final int IPV6 = 16;
  private static final int GROUPS = 8;

  /** 80 zero bits and 16 one bits. */
  private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

  private final byte[] bytes;

  IpAddress(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Parses an address; empty if the text is anything else. */
  public static Optional<IpAddress> parse(String text) {
    byte[] bytes = new byte[IPV6];
    if (text.indexOf(':') < 0) {
      return ipv4(text, 0, bytes, 0)
          ? Optional.of(new IpAddress(Arrays.copyOf(bytes, IPV4)))
          : Optional.empty();
    }
    if (!ipv6(text, bytes)) {
      return Optional.empty();
    }
    boolean mapped = Arrays.equals(bytes, 0, MAPPED.length, MAPPED, 0, MAPPED.length);
    return Optional.of(
        new IpAddress(mapped ? Arrays.copyOfRange(bytes, MAPPED.length, IPV6) : bytes));
  }

  /** Reads dotted decimal from a position to the end of the text. */
  private static boolean ipv4(String text, int start, byte[] into, int at) {
    int from = start;
    for (int i = 0; i < IPV4; i++) {
      int to = i == IPV4 - 1 ? text.length() : text.indexOf('.', from);
      int part = to < 0 ? -1 : number(text, from, to);
      if (part < 0 || part > 255) {
        return false;
      }
      into[at + i] = (byte) part;
      from = to + 1;
    }
    return true;
  }

  private static boolean ipv6(String text, byte[] into) {
    int filled = 0;
    int gap = -1;
    int at = 0;
    if (text.startsWith("::")) {
      gap = 0;
      at = 2;
    }
    while (at < text.length()) {
      int colon = text.indexOf(':', at);
      int end = colon < 0 ? text.length() : colon;
      if (colon < 0 && text.indexOf('.', at) >= 0) {
        if (filled > IPV6 - IPV4 || !ipv4(text, at, into, filled)) {
          return false;
        }
        filled += IPV4;
      } else {
        int group = filled > IPV6 - 2 ? -1 : group(text, at, end);
        if (group < 0) {
          return false;
        }
        into[filled++] = (byte) (group >> Byte.SIZE);
        into[filled++] = (byte) group;
      }
      at = end + 1;
      if (at == text.length()) {
        return false; // The text ends with a colon.
      }
      if (colon >= 0 && text.charAt(at) == ':') {
        if (gap >= 0) {
          return false;
        }
        gap = filled;
        at++;
      }
    }
    if (gap < 0) {
      return filled == IPV6;
    }
    System.arraycopy(into, gap, into, IPV6 - (filled - gap), filled - gap);
    Arrays.fill(into, gap, IPV6 - (filled - gap), (byte) 0);
    return filled < IPV6;
  }

  /** One to four hexadecimal digits, -1 if the text is anything else. */
  private static int group(String text, int from, int to) {
    int group = to <= from || to - from > 4 ? -1 : 0;
    for (int i = from; i < to && group >= 0; i++) {
      char c = text.charAt(i);
      int digit = c < 0x80 ? Character.digit(c, 16) : -1;
      group = digit < 0 ? -1 : group << 4 | digit;
    }
    return group;
  }

  /** One to three ASCII digits without a leading zero, -1 if the text is anything else. */
  static int number(String text, int from, int to) {
    int length = to - from;
    int number = length < 1 || length > 3 || (length > 1 && text.charAt(from) == '0') ? -1 : 0;
    for (int i = from; i < to && number >= 0; i++) {
      char c = text.charAt(i);
      number = c >= '0' && c <= '9' ? number * 10 + (c - '0') : -1;
    }
    return number;
  }

  /** 4 or 16 bytes, not a copy. */
  byte[] bytes() {
    return bytes;
  }

  /** Whether it is an IPv4 address. */
  public boolean isIpv4() {
    return bytes.length == IPV4;
  }

  /** Whether the address is in a network that is not routed on the internet. */
  public boolean isPrivate() {
    return PrivateNetworks.ALL.stream().anyMatch(network -> network.contains(this));
  }

  /**
   * Whether the address may belong to one host on the internet: it is not private, reserved,
   * link-local or multicast. The documentation networks count as public.
   */
  public boolean isPublic() {
    return isIpv4()
        ? !isPrivate() && SpecialNetworks.IPV4.stream().noneMatch(network -> network.contains(this))
        : SpecialNetworks.GLOBAL_UNICAST.contains(this);
  }

  /** The network of which this is the only address, {@code 203.0.113.7/32}. */
  public String asNetwork() {
    return this + "/" + bytes.length * Byte.SIZE;
  }

  /**
   * The canonical text.
   *
   * @see <a href="https://www.rfc-editor.org/rfc/rfc5952#section-4">RFC 5952, 4</a>
   */
  @Override
  public String toString() {
    if (isIpv4()) {
      return IntStream.range(0, IPV4)
          .mapToObj(i -> String.valueOf(bytes[i] & 0xff))
          .collect(Collectors.joining("."));
    }
    int gap = 0;
    int length = 0;
    for (int i = 0; i < GROUPS; i++) {
      int zeros = 0;
      while (i + zeros < GROUPS && group(i + zeros) == 0) {
        zeros++;
      }
      if (zeros > length) {
        gap = i;
        length = zeros;
      }
    }
    return length < 2 ? groups(0, GROUPS) : groups(0, gap) + "::" + groups(gap + length, GROUPS);
  }

  private int group(int i) {
    return (bytes[2 * i] & 0xff) << Byte.SIZE | (bytes[2 * i + 1] & 0xff);
  }

  private String groups(int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> Integer.toHexString(group(i)))
        .collect(Collectors.joining(":"));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IpAddress that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The private networks, from which VPCs take their addresses. */
  private static final class PrivateNetworks {
    /**
     * Private use, shared address space and unique local addresses.
     *
     * @see <a href="https://www.rfc-editor.org/rfc/rfc6890">RFC 6890</a>
     */
    private static final List<Cidr> ALL =
        parsed("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7");

    private static List<Cidr> parsed(String... networks) {
      return Stream.of(networks).map(text -> Cidr.parse(text).orElseThrow()).toList();
    }
  }

  /**
   * The networks without hosts on the internet.
   *
   * @see <a href="https://www.iana.org/assignments/iana-ipv4-special-registry/">IANA's registry</a>
   */
  private static final class SpecialNetworks {
    private static final List<Cidr> IPV4 =
        PrivateNetworks.parsed(
            "0.0.0.0/8",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "192.0.0.0/24",
            "198.18.0.0/15",
            "224.0.0.0/3");

    private static final Cidr GLOBAL_UNICAST = Cidr.parse("2000::/3").orElseThrow();
  }
}
