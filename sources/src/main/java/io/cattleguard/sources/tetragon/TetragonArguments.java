package io.cattleguard.sources.tetragon;

import static io.cattleguard.sources.parsing.FieldValue.port;
import static io.cattleguard.sources.parsing.FieldValue.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.sources.parsing.Addresses;
import io.cattleguard.sources.parsing.FieldValue;
import io.cattleguard.sources.parsing.Programs;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the file and the connection in the arguments of a hook.
 *
 * <p>A socket's {@code saddr} is the local end and {@code daddr} the remote one, in both
 * directions. A packet ({@code skb_arg}) may have either direction, so it gives no peer. A string
 * argument is not read as a path.
 */
final class TetragonArguments {
  private static final String PROTOCOL_PREFIX = "IPPROTO_";

  private final @Nullable String function;
  private final List<String> notes;
  private @Nullable String file;
  private @Nullable String executed;
  private @Nullable Integer number;
  private ObservedConnection network = ObservedConnection.UNKNOWN;
  private ObservedConnection local = ObservedConnection.UNKNOWN;

  TetragonArguments(@Nullable String function, List<String> notes) {
    this.function = function;
    this.notes = notes;
  }

  void readAll(@Nullable JsonNode arguments, String key) {
    if (arguments == null || arguments.isNull()) {
      return;
    }
    if (!arguments.isArray()) {
      notes.add(key + ": expected a list, found " + FieldValue.kind(arguments));
      return;
    }
    arguments.forEach(argument -> read(argument, key));
  }

  void read(@Nullable JsonNode argument, String key) {
    if (argument == null || argument.isNull()) {
      return;
    }
    if (!argument.isObject()) {
      notes.add(key + ": expected an object, found " + FieldValue.kind(argument));
      return;
    }
    for (Map.Entry<String, JsonNode> typed : argument.properties()) {
      take(typed.getKey(), typed.getValue(), key + "." + typed.getKey());
    }
  }

  private void take(String type, JsonNode value, String at) {
    switch (type) {
      case "file_arg", "path_arg", "linux_binprm_arg" -> {
        String path = file != null || !isObject(value, at) ? null : path(value, at);
        file = path != null ? path : file;
        if (type.equals("linux_binprm_arg") && value.isObject()) {
          // A file in memory alone has no path.
          executed = path != null ? path : value.has("permission") ? Programs.IN_MEMORY : executed;
        }
      }
      case "sock_arg" -> {
        if (local.localPort() == null && value.isObject()) {
          local = local(value.get("sport"), value.get("protocol"), at);
        }
        if (network.peer() == null && isObject(value, at)) {
          network = socket(value, at);
        }
      }
      case "sockaddr_arg" -> {
        if (local.localPort() == null && value.isObject()) {
          local = local(value.get("port"), null, at);
        }
        if (network.peer() == null && isObject(value, at)) {
          network = address(value, at);
        }
      }
      case "int_arg" -> {
        if (number == null && value.isInt()) {
          number = value.intValue();
        }
      }
      default -> {}
    }
  }

  private @Nullable String path(JsonNode value, String at) {
    return text(value.get("path"), at + ".path", notes);
  }

  private boolean isObject(JsonNode value, String at) {
    if (!value.isObject() && !value.isNull()) {
      notes.add(at + ": expected an object, found " + FieldValue.kind(value));
    }
    return value.isObject();
  }

  private ObservedConnection socket(JsonNode socket, String at) {
    String peer = peer(socket.get("daddr"), at + ".daddr");
    JsonNode port = socket.get("dport");
    return new ObservedConnection(
        peer,
        peer == null || port == null ? null : port(port, at + ".dport", notes),
        protocol(text(socket.get("protocol"), at + ".protocol", notes)),
        direction());
  }

  /** A single address is remote in a connect and local in a bind. */
  private ObservedConnection address(JsonNode address, String at) {
    if (!"outbound".equals(direction())) {
      return network;
    }
    String peer = peer(address.get("addr"), at + ".addr");
    JsonNode port = address.get("port");
    return new ObservedConnection(
        peer,
        peer == null || port == null ? null : port(port, at + ".port", notes),
        network.protocol(),
        direction());
  }

  /** The workload's own end, without a port if it has none yet. */
  private ObservedConnection local(
      @Nullable JsonNode port, @Nullable JsonNode protocol, String at) {
    Integer number = port == null ? null : port(port, at + ".port", notes);
    return number == null || number == 0
        ? ObservedConnection.UNKNOWN
        : new ObservedConnection(
            null, null, number, protocol(text(protocol, at + ".protocol", notes)), "inbound");
  }

  /**
   * The address, unless it is the wildcard, because a listening socket has no remote end, or
   * loopback, because a probe of the process's own port has no peer.
   */
  private @Nullable String peer(@Nullable JsonNode value, String at) {
    String address = text(value, at, notes);
    return address == null
            || address.equals("0.0.0.0")
            || address.equals("::")
            || Addresses.isLoopback(address)
            || !Addresses.isAddress(address)
        ? null
        : address;
  }

  private static @Nullable String protocol(@Nullable String protocol) {
    if (protocol == null) {
      return null;
    }
    String bare =
        protocol.startsWith(PROTOCOL_PREFIX)
            ? protocol.substring(PROTOCOL_PREFIX.length())
            : protocol;
    return bare.toLowerCase(Locale.ROOT);
  }

  /** The direction, if the hook's name determines it; reads and writes do not. */
  private @Nullable String direction() {
    if (function == null) {
      return null;
    }
    if (function.endsWith("_connect")) {
      return "outbound";
    }
    return function.contains("accept") ? "inbound" : null;
  }

  /** The first number, such as the mask of a permission. */
  @Nullable Integer number() {
    return number;
  }

  @Nullable String file() {
    return file;
  }

  /** The program that a process starts, for a hook on program starts. */
  @Nullable String executed() {
    return executed;
  }

  /** The workload's own end, of a hook that listens, binds or accepts. */
  ObservedConnection local() {
    return local;
  }

  ObservedConnection network() {
    return network;
  }
}
