package io.cattleguard.events;

import org.jspecify.annotations.Nullable;

/** Finds the other end of a connection among Falco's {@code fd.*} fields. */
final class FalcoConnection {
  private @Nullable String syscall;
  private @Nullable String protocol;
  private @Nullable String remoteAddress;
  private @Nullable Integer remotePort;
  private @Nullable String localAddress;
  private @Nullable Integer localPort;
  private @Nullable String serverAddress;
  private @Nullable Integer serverPort;
  private @Nullable String clientAddress;
  private @Nullable Integer clientPort;
  private @Nullable String callerAddress;

  void syscall(@Nullable String value) {
    syscall = value;
  }

  void protocol(@Nullable String value) {
    protocol = value;
  }

  void remoteAddress(@Nullable String value) {
    remoteAddress = value;
  }

  void remotePort(@Nullable Integer value) {
    remotePort = value;
  }

  void localAddress(@Nullable String value) {
    localAddress = value;
  }

  void localPort(@Nullable Integer value) {
    localPort = value;
  }

  void serverAddress(@Nullable String value) {
    serverAddress = value;
  }

  void serverPort(@Nullable Integer value) {
    serverPort = value;
  }

  void clientAddress(@Nullable String value) {
    clientAddress = value;
  }

  void clientPort(@Nullable Integer value) {
    clientPort = value;
  }

  /** Who called an API: the only address that an audit event has. */
  void callerAddress(@Nullable String value) {
    callerAddress = value;
  }

  /**
   * What is known of the connection.
   *
   * @param descriptor {@code fd.name}: {@code client:port->server:port}, {@code address:port}, or
   *     something that is no connection at all
   */
  ObservedConnection observed(@Nullable String descriptor) {
    String direction = direction();
    if (remoteAddress != null) {
      return new ObservedConnection(remoteAddress, remotePort, protocol, direction);
    }
    if (descriptor != null && !isPath(descriptor)) {
      int arrow = descriptor.indexOf("->");
      if (arrow > 0) {
        boolean inbound = "inbound".equals(direction);
        String end =
            inbound ? descriptor.substring(0, arrow) : descriptor.substring(arrow + "->".length());
        return endpoint(end, direction);
      }
      ObservedConnection bare = endpoint(descriptor, direction);
      if (bare.peer() != null) {
        return bare;
      }
    }
    if (serverAddress != null && !"inbound".equals(direction)) {
      return new ObservedConnection(serverAddress, serverPort, protocol, direction);
    }
    if (clientAddress != null && "inbound".equals(direction)) {
      return new ObservedConnection(clientAddress, clientPort, protocol, direction);
    }
    if (callerAddress != null && isAddress(callerAddress)) {
      return new ObservedConnection(callerAddress, null, null, null);
    }
    return remotePort == null && protocol == null
        ? ObservedConnection.UNKNOWN
        : new ObservedConnection(null, remotePort, protocol, direction);
  }

  /** By the call where that tells, else by which end is ours. */
  private @Nullable String direction() {
    if (syscall != null) {
      switch (syscall) {
        case "connect", "sendto", "sendmsg", "sendmmsg" -> {
          return "outbound";
        }
        case "accept", "accept4", "listen", "bind" -> {
          return "inbound";
        }
        default -> {
          // the addresses may tell
        }
      }
    }
    if (localAddress != null && serverAddress != null && clientAddress != null) {
      boolean serves = localAddress.equals(serverAddress) && same(localPort, serverPort);
      boolean calls = localAddress.equals(clientAddress) && same(localPort, clientPort);
      return serves == calls ? null : serves ? "inbound" : "outbound";
    }
    return null;
  }

  private static boolean same(@Nullable Integer one, @Nullable Integer other) {
    return one == null || other == null || one.equals(other);
  }

  private ObservedConnection endpoint(String end, @Nullable String direction) {
    int colon = end.lastIndexOf(':');
    Integer port = colon < 0 ? null : portOf(end, colon + 1);
    String address = port == null ? end : end.substring(0, colon);
    if (!isAddress(address)) {
      return ObservedConnection.UNKNOWN;
    }
    return new ObservedConnection(address, port, protocol, direction);
  }

  private static @Nullable Integer portOf(String text, int from) {
    int length = text.length() - from;
    if (length < 1 || length > 5) {
      return null;
    }
    int port = 0;
    for (int i = from; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return null;
      }
      port = port * 10 + digit;
    }
    return port <= 65_535 ? port : null;
  }

  /** IPv4 with its three dots, or IPv6 with its colons; a host name is not taken for one. */
  private static boolean isAddress(String text) {
    int dots = 0;
    boolean colons = false;
    boolean letters = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '.') {
        dots++;
      } else if (c == ':') {
        colons = true;
      } else if (c < '0' || c > '9') {
        letters = true;
        if (Character.digit(c, 16) < 0) {
          return false;
        }
      }
    }
    return colons || (dots == 3 && !letters);
  }

  /** Whether a descriptor's name is a path rather than a connection. */
  static boolean isPath(String name) {
    return name.startsWith("/");
  }
}
