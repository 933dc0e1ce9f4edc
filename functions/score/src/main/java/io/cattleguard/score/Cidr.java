package io.cattleguard.score;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * A network in CIDR notation, IPv4 or IPv6; never asks a name server, whatever text it is given.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4632#section-3.1">RFC 4632, 3.1</a>
 */
final class Cidr {
  private final byte[] address;
  private final int bits;

  private Cidr(byte[] address, int bits) {
    this.address = address;
    this.bits = bits;
  }

  /** The network, or a single address; empty where the text is neither. */
  static Optional<Cidr> parse(String text) {
    int slash = text.indexOf('/');
    byte[] address = bytes(slash < 0 ? text : text.substring(0, slash));
    if (address.length == 0) {
      return Optional.empty();
    }
    int bits = address.length * 8;
    if (slash >= 0) {
      try {
        bits = Integer.parseInt(text, slash + 1, text.length(), 10);
      } catch (NumberFormatException e) {
        return Optional.empty();
      }
    }
    return bits < 0 || bits > address.length * 8
        ? Optional.empty()
        : Optional.of(new Cidr(address, bits));
  }

  /** Whether an address, as text, lies in it. */
  boolean contains(String text) {
    byte[] other = bytes(text);
    if (other.length != address.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit % 8);
      if ((address[bit / 8] & mask) != (other[bit / 8] & mask)) {
        return false;
      }
    }
    return true;
  }

  /** The address's bytes, none where the text is no literal address. */
  private static byte[] bytes(String text) {
    if (text.indexOf(':') >= 0) {
      try {
        // With a colon in it this is parsed as a literal or refused; no name has one.
        return InetAddress.getByName(text).getAddress();
      } catch (UnknownHostException e) {
        return new byte[0];
      }
    }
    String[] parts = text.split("\\.", -1);
    byte[] bytes = new byte[4];
    if (parts.length != 4) {
      return new byte[0];
    }
    for (int i = 0; i < 4; i++) {
      try {
        int part = parts[i].length() > 3 ? -1 : Integer.parseInt(parts[i]);
        if (part < 0 || part > 255) {
          return new byte[0];
        }
        bytes[i] = (byte) part;
      } catch (NumberFormatException e) {
        return new byte[0];
      }
    }
    return bytes;
  }
}
