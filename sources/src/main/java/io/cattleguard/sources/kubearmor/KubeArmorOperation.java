package io.cattleguard.sources.kubearmor;

import com.fasterxml.jackson.databind.node.TextNode;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.sources.parsing.Activity.Deed;
import io.cattleguard.sources.parsing.Addresses;
import io.cattleguard.sources.parsing.Behaviour;
import io.cattleguard.sources.parsing.FieldValue;
import io.cattleguard.sources.parsing.Fields;
import io.cattleguard.sources.parsing.FileBehaviour;
import io.cattleguard.sources.parsing.KernelBehaviour;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The action and its object: the fields {@code Operation}, {@code Resource} and {@code Data}, whose
 * texts are lists of {@code name=value}.
 *
 * @param words the values by their names in lower case
 */
record KubeArmorOperation(
    String operation,
    @Nullable String resource,
    Map<String, String> words,
    ObservedConnection network) {

  static KubeArmorOperation of(Fields fields) {
    String operation = fields.word("Operation");
    String resource = fields.text("Resource");
    Map<String, String> words = new HashMap<>();
    add(words, fields.word("Data"));
    if (operation.startsWith("Network")) {
      add(words, fields.word("Resource"));
    }
    fields
        .object("EventData")
        .strings()
        .forEach((key, value) -> words.put(key.toLowerCase(Locale.ROOT), value));
    return new KubeArmorOperation(
        operation, resource, Map.copyOf(words), network(operation, resource, words, fields));
  }

  /** Values are separated by spaces, in newer versions by commas. */
  private static void add(Map<String, String> words, String text) {
    for (String word : text.split("[ ,]+", -1)) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        words.put(word.substring(0, equals).toLowerCase(Locale.ROOT), word.substring(equals + 1));
      }
    }
  }

  /** Whether the event is about the start of a process. */
  boolean startsProcess() {
    return operation.equals("Process");
  }

  /** The file that was accessed. */
  @Nullable String file() {
    boolean isPath = resource != null && resource.startsWith("/");
    return isPath && (operation.equals("File") || operation.equals("Syscall"))
        ? path(resource)
        : null;
  }

  /** A path without the flags that follow it. */
  private static @Nullable String path(@Nullable String resource) {
    int flags = resource == null ? -1 : resource.indexOf(" flags=");
    return resource == null || flags < 0 ? resource : resource.substring(0, flags);
  }

  /** The behaviour of the call and of the file that a program read or wrote. */
  Behaviour behaviour(@Nullable String program) {
    String call = call();
    return KernelBehaviour.of(call.isEmpty() ? null : call)
        .and(FileBehaviour.of(access(call), file(), program));
  }

  /** The system call or hook, {@code sys_openat}. */
  private String call() {
    for (String kind : new String[] {"syscall", "lsm", "kprobe"}) {
      String call = words.get(kind);
      if (call != null) {
        return call.toLowerCase(Locale.ROOT);
      }
    }
    return "";
  }

  /** The action, or null if models do not cover it. */
  @Nullable Deed deed() {
    if (startsProcess()) {
      return Deed.STARTED;
    }
    if (operation.startsWith("Network")) {
      if (network.domain() != null) {
        return Deed.LOOKED_UP;
      }
      if ("outbound".equals(network.direction())) {
        return network.peer() == null ? null : Deed.CONNECTED;
      }
      return network.localPort() == null ? null : Deed.LISTENED;
    }
    return file() != null && "write".equals(access(call())) ? Deed.WROTE : null;
  }

  private @Nullable String access(String call) {
    String flags = words.getOrDefault("flags", "");
    boolean writes =
        flags.contains("O_WRONLY")
            || flags.contains("O_RDWR")
            || flags.contains("O_CREAT")
            || flags.contains("O_TRUNC")
            || flags.contains("O_APPEND")
            || call.contains("rename")
            || call.contains("truncate")
            || call.contains("mknod")
            || call.contains("link")
            || call.contains("chmod")
            || call.contains("chown");
    if (writes) {
      return "write";
    }
    return call.contains("open") || call.contains("access") || operation.equals("File")
        ? "read"
        : null;
  }

  private static ObservedConnection network(
      String operation, @Nullable String resource, Map<String, String> words, Fields fields) {
    if (!operation.startsWith("Network")) {
      return ObservedConnection.UNKNOWN;
    }
    boolean ingress = "INGRESS".equals(resource);
    String call = words.getOrDefault("kprobe", words.getOrDefault("kfunc", ""));
    boolean inbound = ingress || call.toLowerCase(Locale.ROOT).contains("accept");
    boolean outbound =
        "EGRESS".equals(resource) || call.toLowerCase(Locale.ROOT).contains("connect");
    String peer =
        address(
            first(
                words,
                ingress
                    ? new String[] {"sourceip"}
                    : new String[] {"remoteip", "daddr", "destinationip"}));
    Integer port =
        port(
            first(
                words,
                ingress
                    ? new String[] {"sourceport"}
                    : new String[] {"port", "sin_port", "destinationport"}),
            fields);
    String protocol = words.get("protocol");
    return new ObservedConnection(
        peer,
        peer == null ? null : port,
        ingress ? port(words.get("destinationport"), fields) : null,
        protocol == null || Character.isDigit(protocol.charAt(0))
            ? null
            : protocol.toLowerCase(Locale.ROOT),
        inbound ? "inbound" : outbound ? "outbound" : null,
        domain(words, resource));
  }

  private static @Nullable String first(Map<String, String> words, String... names) {
    for (String name : names) {
      if (words.containsKey(name)) {
        return words.get(name);
      }
    }
    return null;
  }

  private static @Nullable String address(@Nullable String text) {
    return text != null && Addresses.isAddress(text) ? text : null;
  }

  private static @Nullable Integer port(@Nullable String text, Fields fields) {
    Integer port =
        text == null ? null : FieldValue.port(TextNode.valueOf(text), "Data.port", fields.notes());
    return port == null || port == 0 ? null : port;
  }

  /** The name that was looked up; {@code domain} is also the kind of a socket. */
  private static @Nullable String domain(Map<String, String> words, @Nullable String resource) {
    String domain = words.get("domain");
    if (domain != null && !domain.startsWith("AF_")) {
      return domain;
    }
    boolean isName =
        resource != null
            && resource.indexOf('.') > 0
            && resource.indexOf('=') < 0
            && resource.indexOf(' ') < 0;
    return isName ? resource : null;
  }
}
