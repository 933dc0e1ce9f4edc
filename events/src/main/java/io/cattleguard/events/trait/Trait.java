package io.cattleguard.events.trait;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A property of an alert that has no field of its own.
 *
 * <p>This is the only list of traits. Parsers and tables set these constants, so no alert has
 * another trait, and {@code check} reports a policy that matches one. Readers of events keep traits
 * that they do not know, because a newer step may have written them.
 */
public enum Trait {
  /** A privileged container. */
  PRIVILEGED("privileged", Kind.OBSERVED, "the container is privileged"),
  /** The host's process namespace. */
  HOST_PID("host-pid", Kind.OBSERVED, "the container shares the node's process namespace"),
  /** The host's network namespace. */
  HOST_NETWORK("host-network", Kind.OBSERVED, "the container shares the node's network"),
  /** The host's IPC namespace. */
  HOST_IPC("host-ipc", Kind.OBSERVED, "the container shares the node's IPC namespace"),
  /** A program that the image does not have. */
  DROPPED_EXECUTABLE(
      "dropped-executable",
      Kind.OBSERVED,
      "the program is not in the image; the container added it"),
  /** A program without a file. */
  MEMFD("memfd", Kind.OBSERVED, "the program ran from memory alone, without a file"),
  /** A program that its user may change. */
  WRITABLE_EXECUTABLE(
      "writable-executable", Kind.OBSERVED, "the user of the process may write the program's file"),
  /** A process with a terminal. */
  INTERACTIVE("interactive", Kind.OBSERVED, "the process has a terminal"),
  /** A program whose standard input or output is a connection. */
  STDIO_REDIRECT(
      "stdio-redirect", Kind.OBSERVED, "standard input or output of the program is a connection"),
  /** The source stopped the process or refused the call already. */
  BLOCKED(
      "blocked",
      Kind.OBSERVED,
      "the source stopped the process or refused the call; respond takes no action"),
  /**
   * An intrusion, not just behaviour that intruders also show. If the alert's severity is high,
   * people see it whatever the weights.
   */
  INTRUSION(
      "intrusion",
      Kind.OBSERVED,
      "the alert speaks of an intrusion, not just of behaviour that intruders also show"),
  /** A sample that the source generated. Such an alert never causes an action. */
  SAMPLE("sample", Kind.MARK, "the source made the alert up as an example; respond never acts"),
  /** An alert that was replayed from an archive. Such an alert never causes an action. */
  REPLAYED("replayed", Kind.MARK, "the alert comes from an archive; respond never acts"),
  /** A deviation from a model that people still review. Such an alert never causes an action. */
  UNDER_REVIEW(
      "model-under-review",
      Kind.MARK,
      "a deviation from a model that is not enforcing; respond never acts"),
  /** An alert whose node is proved by the sender's credential. */
  NODE_VERIFIED("node-verified", Kind.MARK, "the sender's credential proves `target.node`");

  private enum Kind {
    /** What the source saw. */
    OBSERVED,
    /** How the alert came here, or what it may cause. */
    MARK
  }

  private static final Map<String, Trait> BY_ID =
      Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Trait::id, Function.identity()));

  private final String id;
  private final Kind kind;
  private final String meaning;

  Trait(String id, Kind kind, String meaning) {
    this.id = id;
    this.kind = kind;
    this.meaning = meaning;
  }

  /** The name in events and policies. */
  public String id() {
    return id;
  }

  /** What it says of the alert, for documents. */
  public String meaning() {
    return meaning;
  }

  /**
   * Whether it says what the source observed, rather than how the alert came here. Only such a
   * trait has a weight in a score.
   */
  public boolean isObserved() {
    return kind == Kind.OBSERVED;
  }

  /** The trait of that name. */
  public static Optional<Trait> named(String id) {
    return Optional.ofNullable(BY_ID.get(id));
  }

  /** The names of all traits, in the order of this list. */
  public static List<String> ids() {
    return Arrays.stream(values()).map(Trait::id).toList();
  }

  /** The names of these traits. */
  public static List<String> ids(Collection<Trait> traits) {
    return traits.isEmpty() ? List.of() : traits.stream().map(Trait::id).toList();
  }
}
