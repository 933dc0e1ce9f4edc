package io.cattleguard.sources.parsing;

/** Recognises IP addresses in events, without a name server. */
public final class Addresses {
  private Addresses() {}

  /** Whether an address is the workload itself: a probe of its own port has no peer. */
  public static boolean isLoopback(String address) {
    return address.startsWith("127.")
        || address.equals("::1")
        || address.equals("0:0:0:0:0:0:0:1")
        || address.startsWith("::ffff:127.");
  }

  /** Whether the text is an IPv4 or IPv6 address and not a host name. */
  public static boolean isAddress(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      return isIpv4(text);
    }
    String end = text.substring(colon + 1);
    boolean mapped = end.indexOf('.') >= 0;
    String groups = mapped ? text.substring(0, colon) : text;
    return text.indexOf(':') < colon && (!mapped || isIpv4(end)) && isHex(groups);
  }

  private static boolean isIpv4(String text) {
    int octets = 0;
    int digits = 0;
    int value = 0;
    for (int i = 0; i <= text.length(); i++) {
      char c = i == text.length() ? '.' : text.charAt(i);
      if (c == '.') {
        if (digits == 0 || value > 255) {
          return false;
        }
        octets++;
        digits = 0;
        value = 0;
      } else if (c < '0' || c > '9' || digits == 3) {
        return false;
      } else {
        digits++;
        value = 10 * value + c - '0';
      }
    }
    return octets == 4;
  }

  /** Whether the text has groups of at most four hexadecimal digits, with colons between them. */
  private static boolean isHex(String text) {
    int digits = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      digits = c == ':' ? 0 : digits + 1;
      if (digits > 4 || (c != ':' && (c > 'f' || Character.digit(c, 16) < 0))) {
        return false;
      }
    }
    return true;
  }
}
