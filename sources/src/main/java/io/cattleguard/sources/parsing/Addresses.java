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
    int dots = 0;
    int colons = 0;
    boolean letters = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '.') {
        dots++;
      } else if (c == ':') {
        colons++;
      } else if (c < '0' || c > '9') {
        letters = true;
        if (Character.digit(c, 16) < 0) {
          return false;
        }
      }
    }
    return colons >= 2 || (colons == 0 && dots == 3 && !letters);
  }
}
