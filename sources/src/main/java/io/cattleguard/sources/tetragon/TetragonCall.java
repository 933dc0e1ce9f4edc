package io.cattleguard.sources.tetragon;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.sources.parsing.Activity.Call;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the system call that an event reports: by its number in an event of {@code
 * raw_syscalls/sys_enter}, by its name in an event of another hook on system calls.
 *
 * @see <a
 *     href="https://tetragon.io/docs/concepts/tracing-policy/argument_types/#syscall64">Tetragon's
 *     type syscall64</a>
 */
final class TetragonCall {
  /**
   * The start of the name of a policy that records all calls of the containers that it selects. A
   * call alone does not tell whether its policy leaves out others.
   */
  static final String RECORDING_POLICY = "cattleguard-system-calls";

  /** The first process of a container runs within this time of the container's start. */
  private static final Duration FIRST_PROCESS = Duration.ofSeconds(10);

  /** A program calls the kernel within this time of its start, to load its libraries. */
  private static final Duration FIRST_CALL = Duration.ofMillis(20);

  private static final Map<String, String> PREFIXES =
      Map.of("__x64_sys_", "x64", "__arm64_sys_", "arm64", "sys_", "");

  /** The ABI of a node's architecture, whose programs have 64 bits unless Tetragon says so. */
  private static final Map<String, String> ARCHITECTURES = Map.of("amd64", "x64", "arm64", "arm64");

  private static final String ENTER = "sys_enter_";
  private static final int LONGEST_NUMBER = 10;

  private TetragonCall() {}

  /** Whether an event comes from a tracer of all system calls, with or without filters. */
  static boolean isRaw(String kind, JsonNode body) {
    return kind.equals("process_tracepoint")
        && body.path("subsys").asText("").equals("raw_syscalls")
        && body.path("event").asText("").equals("sys_enter");
  }

  /** Whether an event is part of the record of all system calls. */
  static boolean isRecording(String kind, JsonNode body) {
    return isRaw(kind, body) && body.path("policy_name").asText("").startsWith(RECORDING_POLICY);
  }

  /** The call, if the event reports one. */
  static Optional<Call> of(String kind, JsonNode event, JsonNode body) {
    if (isRaw(kind, body)) {
      return Optional.of(raw(event, body.path("args")));
    }
    return switch (kind) {
      case "process_tracepoint" ->
          body.path("subsys").asText("").equals("syscalls")
              ? named(body.path("event").asText(""), ENTER, "")
              : Optional.empty();
      case "process_kprobe" -> {
        String function = body.path("function_name").asText("");
        yield PREFIXES.entrySet().stream()
            .flatMap(prefix -> named(function, prefix.getKey(), prefix.getValue()).stream())
            .findFirst();
      }
      default -> Optional.empty();
    };
  }

  private static Optional<Call> named(String hook, String prefix, String abi) {
    String name = hook.startsWith(prefix) ? hook.substring(prefix.length()) : "";
    return CallNumbers.isName(name) ? Optional.of(new Call(name, abi)) : Optional.empty();
  }

  private static Call raw(JsonNode event, JsonNode arguments) {
    for (JsonNode argument : arguments) {
      JsonNode id = argument.path("syscall_id");
      if (id.isObject()) {
        return numbered(number(id.path("id")), id.path("abi").asText(""));
      }
      for (String type : new String[] {"long_arg", "size_arg", "int_arg", "uint_arg"}) {
        if (argument.has(type)) {
          String node = event.path("node_labels").path("kubernetes.io/arch").asText("");
          return numbered(number(argument.get(type)), ARCHITECTURES.getOrDefault(node, ""));
        }
      }
    }
    return new Call(Call.UNKNOWN, "");
  }

  private static Call numbered(int number, String abi) {
    String known = CallNumbers.ABIS.contains(abi) ? abi : "";
    return new Call(CallNumbers.name(known, number).orElse(Call.UNKNOWN), known);
  }

  /** Protobuf's JSON writes 64-bit numbers as strings, and omits the number 0. */
  private static int number(JsonNode value) {
    if (value.isMissingNode()) {
      return 0;
    }
    String digits = value.asText("");
    if (digits.isEmpty()
        || digits.length() > LONGEST_NUMBER
        || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return -1;
    }
    BigInteger number = new BigInteger(digits);
    return number.bitLength() < Integer.SIZE ? number.intValue() : -1;
  }

  /**
   * Whether the call shows that all calls of its container were recorded from the first one: it is
   * one of the first calls of the container's first process.
   */
  static boolean isFirst(
      JsonNode process,
      @Nullable Instant containerStart,
      @Nullable Instant processStart,
      @Nullable Instant at) {
    JsonNode number = process.path("pod").path("container").path("pid");
    return containerStart != null
        && processStart != null
        && at != null
        && (number.isMissingNode() || number.asInt() == 1)
        && processStart.isBefore(containerStart.plus(FIRST_PROCESS))
        && at.isBefore(processStart.plus(FIRST_CALL));
  }
}
