package io.cattleguard.sources.falco;

import static io.cattleguard.sources.parsing.FieldValue.port;
import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.sources.parsing.Addresses;
import io.cattleguard.sources.parsing.FieldValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the remote end of a connection, or the path, in Falco's {@code fd.*} fields.
 *
 * @see <a href="https://falco.org/docs/reference/rules/supported-fields/#field-class-fd">Falco's fd
 *     fields</a>
 */
final class FalcoConnection {
  private static final String INBOUND = "inbound";
  private static final String OUTBOUND = "outbound";
  private static final String ARROW = "->";

  private record Endpoint(String address, @Nullable Integer port) {}

  private @Nullable String syscall;
  private @Nullable String descriptor;
  private @Nullable String descriptorType;
  private @Nullable String protocol;
  private @Nullable String remoteAddress;
  private @Nullable Integer remotePort;
  private @Nullable String localAddress;
  private @Nullable Integer localPort;
  private @Nullable String serverAddress;
  private @Nullable Integer serverPort;
  private @Nullable String clientAddress;
  private @Nullable Integer clientPort;

  /** Takes a field if it belongs here; false otherwise. */
  boolean take(String key, JsonNode value, List<String> notes) {
    switch (key) {
      case "evt.type" -> syscall = text(value, key, notes);
      case "fd.name" -> descriptor = text(value, key, notes);
      case "fd.type" -> descriptorType = FieldValue.or(text(value, key, notes), descriptorType);
      case "fd.typechar" -> descriptorType = FieldValue.or(descriptorType, text(value, key, notes));
      case "fd.l4proto" -> protocol = text(value, key, notes);
      case "fd.rip" -> remoteAddress = text(value, key, notes);
      case "fd.rport" -> remotePort = port(value, key, notes);
      case "fd.lip" -> localAddress = text(value, key, notes);
      case "fd.lport" -> localPort = port(value, key, notes);
      case "fd.sip" -> serverAddress = text(value, key, notes);
      case "fd.sport" -> serverPort = port(value, key, notes);
      case "fd.cip" -> clientAddress = text(value, key, notes);
      case "fd.cport" -> clientPort = port(value, key, notes);
      default -> {
        return false;
      }
    }
    return true;
  }

  /** The descriptor's path, if it is a file. */
  @Nullable String path() {
    if (descriptor == null) {
      return null;
    }
    return isFile(descriptor) ? descriptor : unixPath(descriptor);
  }

  /** The path of a unix socket, which Falco writes behind its addresses: {@code a->b /path}. */
  private @Nullable String unixPath(String name) {
    int path = name.indexOf(" /");
    boolean unix =
        "unix".equals(descriptorType) || "u".equals(descriptorType) || name.contains(ARROW);
    return path >= 0 && unix ? name.substring(path + 1) : null;
  }

  private boolean isFile(String name) {
    return name.startsWith("/")
        || (descriptorType != null
            && switch (descriptorType) {
              case "file", "directory", "f", "d" -> true;
              default -> false;
            });
  }

  /** The connection. A probe of the workload's own port talks to no peer. */
  ObservedConnection observed() {
    ObservedConnection found = withLoopback();
    String peer = found.peer();
    return peer != null && Addresses.isLoopback(peer)
        ? new ObservedConnection(null, null, found.protocol(), found.direction())
        : found;
  }

  /**
   * The connection: the remote end if it is named, else the foreign end of {@code
   * client:port->server:port}, else a single {@code address:port}.
   */
  private ObservedConnection withLoopback() {
    if (protocol == null
        && remoteAddress == null
        && serverAddress == null
        && clientAddress == null
        && (descriptor == null || isFile(descriptor))) {
      return ObservedConnection.UNKNOWN;
    }
    Endpoint client = endpoint(clientAddress, clientPort);
    Endpoint server = endpoint(serverAddress, serverPort);
    Endpoint lone = null;
    if (descriptor != null && !isFile(descriptor)) {
      int arrow = descriptor.indexOf(ARROW);
      if (arrow < 0) {
        lone = parse(descriptor);
      } else {
        client = or(parse(descriptor.substring(0, arrow)), client);
        server = or(parse(descriptor.substring(arrow + ARROW.length())), server);
      }
    }
    String direction = direction(client, server);
    if (remoteAddress != null) {
      return new ObservedConnection(remoteAddress, remotePort, protocol, direction);
    }
    if (lone != null) {
      return isOwn(lone)
          ? new ObservedConnection(null, null, protocol, direction)
          : new ObservedConnection(lone.address, lone.port, protocol, direction);
    }
    Endpoint peer = INBOUND.equals(direction) ? client : server;
    if (peer != null) {
      return new ObservedConnection(peer.address, peer.port, protocol, direction);
    }
    return protocol == null && remotePort == null
        ? ObservedConnection.UNKNOWN
        : new ObservedConnection(null, remotePort, protocol, direction);
  }

  /** Whether a single address is a server's listening address, rather than a peer's. */
  private boolean isOwn(Endpoint lone) {
    return "listen".equals(syscall)
        || "bind".equals(syscall)
        || (lone.address.equals(localAddress) && lone.port != null && lone.port.equals(localPort));
  }

  /**
   * The direction, from a call that opens connections, else from which end is local, else from a
   * call that sends.
   */
  private @Nullable String direction(@Nullable Endpoint client, @Nullable Endpoint server) {
    if (syscall != null) {
      switch (syscall) {
        case "connect" -> {
          return OUTBOUND;
        }
        case "accept", "accept4", "listen", "bind" -> {
          return INBOUND;
        }
        default -> {
          // decided by the addresses
        }
      }
    }
    if (client != null && server != null) {
      boolean serves =
          isAt(server, localAddress, localPort) || isAt(client, remoteAddress, remotePort);
      boolean calls =
          isAt(client, localAddress, localPort) || isAt(server, remoteAddress, remotePort);
      if (serves != calls) {
        return serves ? INBOUND : OUTBOUND;
      }
    }
    if (syscall != null) {
      switch (syscall) {
        case "sendto", "sendmsg", "sendmmsg" -> {
          return OUTBOUND;
        }
        default -> {
          // the call does not determine the direction
        }
      }
    }
    return null;
  }

  private static boolean isAt(Endpoint end, @Nullable String address, @Nullable Integer port) {
    return end.address.equals(address)
        && (port == null || end.port == null || port.equals(end.port));
  }

  private static @Nullable Endpoint endpoint(@Nullable String address, @Nullable Integer port) {
    return address == null ? null : new Endpoint(address, port);
  }

  private static @Nullable Endpoint or(@Nullable Endpoint first, @Nullable Endpoint second) {
    return first != null ? first : second;
  }

  /** Parses {@code address:port}; the address may contain colons or be in brackets. */
  private static @Nullable Endpoint parse(String end) {
    int colon = end.lastIndexOf(':');
    Integer port = colon < 0 ? null : portOf(end, colon + 1);
    String address = port == null ? end : end.substring(0, colon);
    if (address.length() > 2 && address.charAt(0) == '[' && address.endsWith("]")) {
      address = address.substring(1, address.length() - 1);
    }
    return Addresses.isAddress(address) ? new Endpoint(address, port) : null;
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
}
