package io.cattleguard.events.heartbeat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.Severity;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The detail of a {@link DetailType#SENSOR_HEARTBEAT} event: a sensor is alive, with its counters
 * since its start and its resource usage.
 *
 * @param observedAt when the sensor measured
 * @param received received events
 * @param sent alerts that the bus accepted
 * @param waiting alerts in its spool
 * @param waitingBytes size of the spool
 * @param shed alerts dropped because the spool was full
 * @param lost alerts that were stored and are lost, because the spool's file was damaged
 * @param cpuSeconds CPU time since its start
 * @param cpuPercent of one core, over the last full minute
 * @param residentBytes memory
 * @param exceeded the exceeded limits: {@code cpu}, {@code memory}
 * @param condition the failures
 */
public record SensorHeartbeat(
    String cluster,
    String node,
    String version,
    Instant observedAt,
    long received,
    long sent,
    long waiting,
    long waitingBytes,
    Map<Severity, Long> shed,
    long lost,
    double cpuSeconds,
    double cpuPercent,
    long residentBytes,
    List<String> exceeded,
    Condition condition) {

  /**
   * A sensor's report about its health. Older sensors do not send it.
   *
   * @param waitingSeconds age of the oldest alert in its spool
   * @param limitBytes maximum size of its spool, 0 if unknown
   * @param undeliverable alerts that the bus rejected for good
   * @param failing what fails at present: {@code sending}, {@code spool}, {@code listener}, {@code
   *     worker}
   * @param learningDropped events that the sensor did not learn from since its start, so that
   *     alerts do not wait: models may be incomplete
   * @param intervalSeconds how often it sends a heartbeat, 0 if unknown
   */
  public record Condition(
      long waitingSeconds,
      long limitBytes,
      long undeliverable,
      List<String> failing,
      long learningDropped,
      long intervalSeconds) {
    /** Copies the list. */
    public Condition {
      failing = List.copyOf(failing);
    }

    /** A report of a sensor that does not state its interval. */
    public Condition(
        long waitingSeconds,
        long limitBytes,
        long undeliverable,
        List<String> failing,
        long learningDropped) {
      this(waitingSeconds, limitBytes, undeliverable, failing, learningDropped, 0);
    }
  }

  /**
   * Maximum length of a node's, a cluster's or a version's name; Kubernetes allows 253 for a node.
   */
  private static final int LONGEST_NAME = 253;

  /** A sensor's longest interval, one hour: a silent sensor must become visible. */
  private static final long LONGEST_INTERVAL = 3_600;

  private static final int LONGEST_WORD = 64;
  private static final int MOST_NAMES = 16;

  /** Copies the collections. */
  public SensorHeartbeat {
    Map<Severity, Long> ordered = new EnumMap<>(Severity.class);
    ordered.putAll(shed);
    shed = Collections.unmodifiableMap(ordered);
    exceeded = List.copyOf(exceeded);
  }

  /** The id. Deterministic. */
  public String id() {
    return Fingerprint.hash("heartbeat\n" + cluster + "\n" + node + "\n" + observedAt);
  }

  /** The detail as JSON. */
  public ObjectNode write() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("schema", AlertJson.SCHEMA);
    out.put("id", id());
    out.put("cluster", cluster);
    out.put("observedAt", observedAt.toString());
    out.put("hops", 0);
    out.put("node", node);
    out.put("version", version);
    out.put("received", received);
    out.put("sent", sent);
    out.put("waiting", waiting);
    out.put("waitingBytes", waitingBytes);
    ObjectNode bySeverity = out.putObject("shed");
    shed.forEach((severity, count) -> bySeverity.put(severity.jsonName(), count));
    if (lost > 0) {
      out.put("lost", lost);
    }
    out.put("cpuSeconds", cpuSeconds);
    out.put("cpuPercent", cpuPercent);
    out.put("residentBytes", residentBytes);
    exceeded.forEach(out.putArray("exceeded")::add);
    if (condition.limitBytes > 0) {
      out.put("waitingSeconds", condition.waitingSeconds);
      out.put("limitBytes", condition.limitBytes);
    }
    if (condition.intervalSeconds > 0) {
      out.put("intervalSeconds", condition.intervalSeconds);
    }
    if (condition.undeliverable > 0) {
      out.put("undeliverable", condition.undeliverable);
    }
    if (!condition.failing.isEmpty()) {
      condition.failing.forEach(out.putArray("failing")::add);
    }
    if (condition.learningDropped > 0) {
      out.put("learningDropped", condition.learningDropped);
    }
    return out;
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws ContractViolation if a required field is absent or of the wrong type
   */
  public static SensorHeartbeat read(JsonNode detail) {
    Map<Severity, Long> shed = new EnumMap<>(Severity.class);
    detail
        .path("shed")
        .properties()
        .forEach(
            field ->
                Severity.named(field.getKey())
                    .ifPresent(severity -> shed.put(severity, field.getValue().asLong())));
    List<String> exceeded = names(detail, "exceeded");
    List<String> failing = names(detail, "failing");
    return new SensorHeartbeat(
        text(detail, "cluster"),
        text(detail, "node"),
        text(detail, "version"),
        instant(detail),
        detail.path("received").asLong(),
        detail.path("sent").asLong(),
        detail.path("waiting").asLong(),
        detail.path("waitingBytes").asLong(),
        shed,
        detail.path("lost").asLong(),
        detail.path("cpuSeconds").asDouble(),
        detail.path("cpuPercent").asDouble(),
        detail.path("residentBytes").asLong(),
        exceeded,
        new Condition(
            detail.path("waitingSeconds").asLong(),
            detail.path("limitBytes").asLong(),
            detail.path("undeliverable").asLong(),
            failing,
            detail.path("learningDropped").asLong(),
            Math.clamp(detail.path("intervalSeconds").asLong(), 0, LONGEST_INTERVAL)));
  }

  private static String text(JsonNode in, String key) {
    if (!in.path(key).isTextual()) {
      throw new ContractViolation(key + ": missing, or not a string");
    }
    if (in.path(key).textValue().length() > LONGEST_NAME) {
      throw new ContractViolation(key + ": longer than " + LONGEST_NAME + " characters");
    }
    return in.path(key).textValue();
  }

  /** A list of known words: a sensor has a handful of them. */
  private static List<String> names(JsonNode in, String key) {
    if (in.path(key).size() > MOST_NAMES) {
      throw new ContractViolation(key + ": more than " + MOST_NAMES + " entries");
    }
    List<String> names = new ArrayList<>();
    for (JsonNode name : in.path(key)) {
      if (name.asText().length() > LONGEST_WORD) {
        throw new ContractViolation(key + ": an entry longer than " + LONGEST_WORD + " characters");
      }
      names.add(name.asText());
    }
    return names;
  }

  private static Instant instant(JsonNode in) {
    try {
      return Instant.parse(text(in, "observedAt"));
    } catch (DateTimeException e) {
      throw new ContractViolation("observedAt: not an RFC 3339 time in UTC", e);
    }
  }
}
