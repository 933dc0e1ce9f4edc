package io.cattleguard.score;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;

/**
 * A network in CIDR notation, IPv4 or IPv6; never asks a name server, whatever text it is given.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4632#section-3.1">RFC 4632, 3.1</a>
 */
final class Cidr {
  private static final byte[] NONE = new byte[0];

  private final byte[] address;
  private final int bits;

  private Cidr(byte[] address, int bits) {
    this.address = address;
    this.bits = bits;
  }

  /** The network, or a single address; empty where the text is neither. */
  static Optional<Cidr> parse(String text) {
    int slash = text.indexOf('/');
    byte[] address = address(slash < 0 ? text : text.substring(0, slash));
    if (address.length == 0) {
      return Optional.empty();
    }
    int bits = slash < 0 ? address.length * 8 : number(text, slash + 1, text.length());
    return bits < 0 || bits > address.length * 8
        ? Optional.empty()
        : Optional.of(new Cidr(address, bits));
  }

  /** Whether an address, as {@link #address} reads it, lies in it. */
  boolean contains(byte[] other) {
    if (other.length != address.length) {
      return false;
    }
    int whole = bits / 8;
    int mask = 0xff00 >> (bits % 8) & 0xff;
    return Arrays.equals(address, 0, whole, other, 0, whole)
        && (mask == 0 || (address[whole] & mask) == (other[whole] & mask));
  }

  /** The bytes of a literal address, 4 or 16; none where the text is something else. */
  static byte[] address(String text) {
    return text.indexOf(':') >= 0 ? ipv6(text) : ipv4(text);
  }

  private static byte[] ipv6(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // Anything else could be a name, or a zone, and the JDK would go and look.
      if (c != ':' && c != '.' && (c >= 0x80 || Character.digit(c, 16) < 0)) {
        return NONE;
      }
    }
    try {
      return InetAddress.getByName(text).getAddress();
    } catch (UnknownHostException e) {
      return NONE;
    }
  }

  private static byte[] ipv4(String text) {
    byte[] bytes = new byte[4];
    int from = 0;
    for (int i = 0; i < 4; i++) {
      int dot = text.indexOf('.', from);
      int to = i == 3 ? text.length() : dot;
      int part = to < 0 ? -1 : number(text, from, to);
      if (part < 0 || part > 255) {
        return NONE;
      }
      bytes[i] = (byte) part;
      from = to + 1;
    }
    return bytes;
  }

  /** A number of one to three ASCII digits, -1 where there is none. */
  private static int number(String text, int from, int to) {
    int number = to <= from || to - from > 3 ? -1 : 0;
    for (int i = from; i < to && number >= 0; i++) {
      char c = text.charAt(i);
      number = c >= '0' && c <= '9' ? number * 10 + (c - '0') : -1;
    }
    return number;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Cidr that && bits == that.bits && Arrays.equals(address, that.address);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(address) * 31 + bits;
  }
}
