package io.cattleguard.sources.falco;

import static io.cattleguard.sources.parsing.FieldValue.isTrue;
import static io.cattleguard.sources.parsing.FieldValue.or;
import static io.cattleguard.sources.parsing.FieldValue.text;
import static io.cattleguard.sources.parsing.FieldValue.textIfText;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Target;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.sources.parsing.EventTime;
import io.cattleguard.sources.parsing.FieldValue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Maps Falco's {@code output_fields} to alert fields, in one pass.
 *
 * <p>Keys contain dots. Some shippers convert them to nested objects; a nested field is read under
 * its original name.
 *
 * @see <a href="https://falco.org/docs/reference/rules/supported-fields/">Falco's fields</a>
 */
final class FalcoFields {
  /** More levels than any of Falco's keys has dots. */
  private static final int NESTING_LIMIT = 6;

  /** The parts that read fields, in order. */
  private enum Part {
    EVENT,
    TARGET,
    CONNECTION,
    AUDIT
  }

  /** The part that reads each known key, so that others need not be tried. */
  private static final Map<String, Part> PARTS = new ConcurrentHashMap<>();

  private final List<String> notes;
  private final List<Trait> traits = new ArrayList<>(0);
  private final FalcoTarget target = new FalcoTarget();
  private final FalcoConnection connection = new FalcoConnection();
  private final FalcoAudit audit = new FalcoAudit();

  private @Nullable JsonNode eventTime;
  private @Nullable JsonNode eventDateTime;

  private @Nullable String executable;
  private @Nullable String processName;
  private @Nullable String commandLine;
  private @Nullable String parent;
  private @Nullable String user;

  private @Nullable String path;
  private @Nullable String argumentPath;
  private @Nullable String linked;

  FalcoFields(List<String> notes) {
    this.notes = notes;
  }

  void readAll(@Nullable JsonNode outputFields) {
    if (outputFields == null || outputFields.isNull()) {
      return;
    }
    if (!outputFields.isObject()) {
      notes.add("output_fields: expected an object, found " + FieldValue.kind(outputFields));
      return;
    }
    for (Map.Entry<String, JsonNode> field : outputFields.properties()) {
      read(field.getKey(), field.getValue(), 1);
    }
  }

  /** Reads one field of {@code output_fields}. */
  void readOne(String key, JsonNode value) {
    read(key, value, 1);
  }

  private void read(String key, JsonNode value, int depth) {
    Part known = PARTS.get(key);
    Part part = known == null ? partOf(key, value) : takes(known, key, value) ? known : null;
    if (part != null) {
      if (known == null) {
        PARTS.put(key, part);
      }
      return;
    }
    if (value.isObject() && depth < NESTING_LIMIT) {
      for (Map.Entry<String, JsonNode> field : value.properties()) {
        read(key + "." + field.getKey(), field.getValue(), depth + 1);
      }
    }
  }

  /** The part that takes the value, or null. */
  private @Nullable Part partOf(String key, JsonNode value) {
    for (Part part : Part.values()) {
      if (takes(part, key, value)) {
        return part;
      }
    }
    return null;
  }

  private boolean takes(Part part, String key, JsonNode value) {
    return switch (part) {
      case EVENT -> take(key, value);
      case TARGET -> target.take(key, value, notes);
      case CONNECTION -> connection.take(key, value, notes);
      case AUDIT -> audit.take(key, value, notes);
    };
  }

  /** Takes the fields of the process and the event. */
  private boolean take(String key, JsonNode value) {
    switch (key) {
      case "proc.exepath" -> executable = text(value, key, notes);
      case "proc.name" -> processName = text(value, key, notes);
      case "proc.cmdline" -> commandLine = text(value, key, notes);
      case "proc.pname" -> parent = text(value, key, notes);
      case "user.name" -> user = text(value, key, notes);

      case "container.privileged" -> trait(Trait.PRIVILEGED, isTrue(value, key, notes));
      case "container.host_pid" -> trait(Trait.HOST_PID, isTrue(value, key, notes));
      case "container.host_network" -> trait(Trait.HOST_NETWORK, isTrue(value, key, notes));
      case "container.host_ipc" -> trait(Trait.HOST_IPC, isTrue(value, key, notes));
      case "proc.is_exe_upper_layer" -> trait(Trait.DROPPED_EXECUTABLE, isTrue(value, key, notes));
      case "proc.is_exe_from_memfd" -> trait(Trait.MEMFD, isTrue(value, key, notes));
      case "proc.is_exe_writable" -> trait(Trait.WRITABLE_EXECUTABLE, isTrue(value, key, notes));
      case "evt.arg.flags", "proc.exe_flags", "evt.arg.exe_flags" ->
          executableFlags(value.isTextual() ? value.textValue() : "");
      case "proc.tty" -> {
        Long tty = FieldValue.number(value);
        trait(Trait.INTERACTIVE, tty != null && tty != 0);
      }

      case "evt.time", "evt.rawtime" -> eventTime = timeOr(value, eventTime);
      case "evt.time.iso8601" -> eventDateTime = timeOr(value, eventDateTime);
      case "fs.path.name" -> path = text(value, key, notes);
      // The target of a link, which matters more than its own path.
      case "evt.arg.target", "evt.arg.oldpath" -> linked = or(linked, textIfText(value));
      case "evt.arg.path", "evt.arg.pathname", "evt.arg.name", "evt.arg.filename" ->
          argument(textIfText(value));
      default -> {
        return false;
      }
    }
    return true;
  }

  /**
   * The flags of an executed file.
   *
   * @see <a
   *     href="https://github.com/falcosecurity/libs/blob/master/driver/ppm_flag_helpers.h">execve
   *     flags</a>
   */
  private void executableFlags(String flags) {
    trait(Trait.WRITABLE_EXECUTABLE, flags.contains("EXE_WRITABLE"));
    trait(Trait.DROPPED_EXECUTABLE, flags.contains("EXE_UPPER_LAYER"));
    trait(Trait.MEMFD, flags.contains("EXE_FROM_MEMFD"));
  }

  private void trait(Trait name, boolean holds) {
    if (holds && !traits.contains(name)) {
      traits.add(name);
    }
  }

  private void argument(@Nullable String value) {
    if (value != null && argumentPath == null && value.startsWith("/")) {
      argumentPath = value;
    }
  }

  private static @Nullable JsonNode timeOr(JsonNode value, @Nullable JsonNode otherwise) {
    return value.isIntegralNumber() || value.isTextual() ? value : otherwise;
  }

  boolean isAudit() {
    return audit.isAudit();
  }

  /** The event time from {@code time}, or else from a field. */
  @Nullable Instant observedAt(@Nullable JsonNode time) {
    return EventTime.of(time, eventTime, eventDateTime, notes);
  }

  List<Trait> traits() {
    return traits;
  }

  Target target(@Nullable String cluster, @Nullable String node) {
    return target.build(cluster, node, audit);
  }

  ObservedProcess process() {
    return executable == null && processName == null && commandLine == null
        ? audit.process(parent, user)
        : new ObservedProcess(executable, processName, commandLine, parent, user);
  }

  ObservedConnection network() {
    ObservedConnection observed = connection.observed();
    return observed.equals(ObservedConnection.UNKNOWN) ? audit.caller() : observed;
  }

  /** The accessed path: the descriptor's, else the call's argument. */
  @Nullable String file() {
    String descriptor = connection.path();
    return or(descriptor, or(linked, or(path, argumentPath)));
  }
}
