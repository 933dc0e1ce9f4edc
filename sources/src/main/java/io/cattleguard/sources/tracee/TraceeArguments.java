package io.cattleguard.sources.tracee;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.sources.parsing.Addresses;
import io.cattleguard.sources.parsing.FieldValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of an event by their names: of a signature first, then those of the event that
 * triggered it.
 */
final class TraceeArguments {
  /** Names of the file. */
  private static final Set<String> FILES =
      Set.of("File path", "file_path", "pathname", "path", "file", "newpath", "new_path");

  private final Map<String, JsonNode> byName = new LinkedHashMap<>();
  private final List<String> notes;

  private TraceeArguments(List<String> notes) {
    this.notes = notes;
  }

  static TraceeArguments of(JsonNode arguments, List<String> notes) {
    TraceeArguments read = new TraceeArguments(notes);
    read.add(arguments, 1);
    return read;
  }

  /** Adds a list of named values, or an object of values. */
  private void add(JsonNode arguments, int depth) {
    if (arguments.isArray()) {
      for (JsonNode argument : arguments) {
        String name = argument.path("name").asText("");
        if (!name.isEmpty()) {
          byName.putIfAbsent(name, value(argument));
        }
      }
    } else if (arguments.isObject()) {
      arguments.properties().forEach(field -> byName.putIfAbsent(field.getKey(), field.getValue()));
    } else if (!arguments.isMissingNode() && !arguments.isNull()) {
      notes.add("args: expected a list, found " + FieldValue.kind(arguments));
    }
    JsonNode trigger = byName.getOrDefault("triggeredBy", MissingNode.getInstance()).path("args");
    if (depth > 0 && trigger.isArray()) {
      add(trigger, depth - 1);
    }
  }

  /** The value: {@code value}, or in the newer format the field that its type names. */
  private static JsonNode value(JsonNode argument) {
    if (argument.has("value")) {
      return argument.path("value");
    }
    for (Map.Entry<String, JsonNode> field : argument.properties()) {
      if (!field.getKey().equals("name")) {
        return field.getValue();
      }
    }
    return MissingNode.getInstance();
  }

  private JsonNode get(String... names) {
    for (String name : names) {
      JsonNode value = byName.get(name);
      if (value != null && !FieldValue.isNothing(value)) {
        return value;
      }
    }
    return MissingNode.getInstance();
  }

  @Nullable String file() {
    for (Map.Entry<String, JsonNode> argument : byName.entrySet()) {
      String path =
          FILES.contains(argument.getKey()) ? FieldValue.textIfText(argument.getValue()) : null;
      if (path != null) {
        return path;
      }
    }
    return null;
  }

  /** Whether the file was written, by the flags of its opening; without flags it is unknown. */
  @Nullable String access() {
    JsonNode flags = get("flags", "Access flags");
    if (!flags.isTextual()) {
      return file() == null ? null : "read";
    }
    String text = flags.textValue();
    return text.contains("O_WRONLY") || text.contains("O_RDWR") ? "write" : "read";
  }

  /** The arguments of a started program. */
  @Nullable String commandLine() {
    JsonNode argv = get("argv", "args");
    if (argv.path("value").isArray()) {
      argv = argv.path("value");
    }
    if (!argv.isArray()) {
      return FieldValue.textIfText(get("cmdline"));
    }
    StringBuilder line = new StringBuilder();
    for (JsonNode word : argv) {
      line.append(line.isEmpty() ? "" : " ").append(word.asText());
    }
    return line.isEmpty() ? null : HostileText.visible(line.toString());
  }

  /** The connection. Tracee does not say which end opened it. */
  ObservedConnection network() {
    JsonNode address = get("remote_addr", "addr", "remote_address");
    String peer = address(text(address, "sin_addr", "sin6_addr", "sinAddr", "sin6Addr"));
    JsonNode port = first(address, "sin_port", "sin6_port", "sinPort", "sin6Port");
    if (peer == null) {
      peer = address(FieldValue.textIfText(get("IP address", "dst", "dst_ip", "remote_ip")));
      port = get("Port", "dst_port", "remote_port");
    }
    return new ObservedConnection(
        peer,
        peer == null || port.isMissingNode() ? null : FieldValue.port(port, "args.port", notes),
        null,
        null,
        null,
        FieldValue.textIfText(get("domain", "hostname")));
  }

  private static @Nullable String address(@Nullable String text) {
    return text != null && Addresses.isAddress(text) ? text : null;
  }

  private static JsonNode first(JsonNode object, String... keys) {
    for (String key : keys) {
      if (object.has(key)) {
        return object.path(key);
      }
    }
    return MissingNode.getInstance();
  }

  private static @Nullable String text(JsonNode object, String... keys) {
    return FieldValue.textIfText(first(object, keys));
  }
}
