package io.cattleguard.events.observed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.ContractViolation;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;

/**
 * One action of a container of a workload. Its texts are untrusted, and bounded.
 *
 * @param kind one of {@link #KINDS}
 * @param subject a path, a peer's name, a protocol or the name of a system call, as the kind says;
 *     {@code *} of a system call says that the container started while all of its calls were
 *     recorded
 * @param detail the parent's path of an executable, the kind of a peer, the ABI of a system call;
 *     empty if there is none
 * @param port of a listener or peer; 0 if the kernel chose it or there is none, -1 for every port,
 *     -2 if the source does not tell it
 * @param phase one of {@link #PHASES}: when in the container's life
 * @param at the time of the latest event
 * @param instance the pod, or the node for a process outside containers
 * @param start the id of the container, empty if unknown
 * @param count how many events it stands for
 */
public record ObservedBehaviour(
    String kind,
    String subject,
    String detail,
    int port,
    String phase,
    Instant at,
    String instance,
    String start,
    long count) {

  /**
   * Maximum characters of a text; a path in Linux has at most 4,096 bytes, and few have so many.
   */
  public static final int LONGEST = 512;

  /** The kinds of behaviour. */
  public static final List<String> KINDS =
      List.of("executable", "listener", "peer", "written-file", "system-call");

  /** When in a container's life something happened. */
  public static final List<String> PHASES = List.of("startup", "running", "unknown");

  private static final int HIGHEST_PORT = 65_535;
  private static final int LOWEST_PORT = -2;

  /** Rejects values that no sensor writes. */
  public ObservedBehaviour {
    if (!KINDS.contains(kind)) {
      throw new ContractViolation("kind: not one of " + String.join(", ", KINDS));
    }
    if (!PHASES.contains(phase)) {
      throw new ContractViolation("phase: not one of " + String.join(", ", PHASES));
    }
    if (port < LOWEST_PORT || port > HIGHEST_PORT || count < 1) {
      throw new ContractViolation("port or count: out of range");
    }
    for (String text : List.of(subject, detail, instance, start)) {
      if (text.length() > LONGEST) {
        throw new ContractViolation("a text is longer than " + LONGEST + " characters");
      }
    }
  }

  void write(ObjectNode out) {
    out.put("kind", kind);
    out.put("subject", subject);
    if (!detail.isEmpty()) {
      out.put("detail", detail);
    }
    if (port != 0) {
      out.put("port", port);
    }
    out.put("phase", phase);
    out.put("at", at.toString());
    out.put("instance", instance);
    if (!start.isEmpty()) {
      out.put("start", start);
    }
    out.put("count", count);
  }

  static ObservedBehaviour read(JsonNode in) {
    JsonNode count = in.path("count");
    if (!count.canConvertToLong() || in.path("port").asLong(0) != in.path("port").asInt(0)) {
      throw new ContractViolation("count or port: not a number");
    }
    try {
      return new ObservedBehaviour(
          in.path("kind").asText(""),
          in.path("subject").asText(""),
          in.path("detail").asText(""),
          in.path("port").asInt(0),
          in.path("phase").asText(""),
          Instant.parse(in.path("at").asText("")),
          in.path("instance").asText(""),
          in.path("start").asText(""),
          count.longValue());
    } catch (DateTimeException e) {
      throw new ContractViolation("at: not an RFC 3339 time in UTC", e);
    }
  }
}
