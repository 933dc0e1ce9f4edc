package io.cattleguard.events;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The detail of a {@link DetailType#RUNTIME_ALERTS} event: many raw events of a sensor in one
 * entry.
 *
 * @param id deterministic, so that copies are recognised
 * @param cluster the payload's value; the envelope's source is authoritative
 * @param observedAt when the sensor packed it
 * @param sentAt when the sensor sent it, on the node's clock; with the time of the receipt it tells
 *     how wrong that clock is
 */
public record RuntimeAlerts(
    String id,
    String cluster,
    Instant observedAt,
    int hops,
    List<Sensed> alerts,
    Optional<Instant> sentAt) {

  /** Copies the list. */
  public RuntimeAlerts {
    alerts = List.copyOf(alerts);
  }

  /** Alerts that were packed and not sent yet. */
  public RuntimeAlerts(
      String id, String cluster, Instant observedAt, int hops, List<Sensed> alerts) {
    this(id, cluster, observedAt, hops, alerts, Optional.empty());
  }

  /**
   * The JSON of a packed detail, with the time at which it is sent. A retry states its own time.
   */
  public static String sentAt(String detail, Instant time) {
    return detail.startsWith("{\"schema\"")
        ? "{\"sentAt\":\"" + time + "\"," + detail.substring(1)
        : detail;
  }

  /**
   * One event and its count.
   *
   * @param event the event's original text
   * @param count number of equal events, at least 1
   */
  public record Sensed(String event, long count, Instant firstAt, Instant lastAt) {}

  /** The detail as JSON. */
  public ObjectNode write() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("schema", AlertJson.SCHEMA);
    out.put("id", id);
    out.put("cluster", cluster);
    out.put("observedAt", observedAt.toString());
    out.put("hops", hops);
    sentAt.ifPresent(time -> out.put("sentAt", time.toString()));
    ArrayNode array = out.putArray("alerts");
    for (Sensed sensed : alerts) {
      ObjectNode one = array.addObject();
      one.put("event", sensed.event);
      one.put("count", sensed.count);
      one.put("firstAt", sensed.firstAt.toString());
      one.put("lastAt", sensed.lastAt.toString());
    }
    return out;
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws ContractViolation if a required field is absent or of the wrong type
   */
  public static RuntimeAlerts read(JsonNode detail) {
    if (!detail.path("alerts").isArray()) {
      throw new ContractViolation("alerts: missing, or not an array");
    }
    List<Sensed> alerts = new ArrayList<>();
    for (JsonNode one : detail.path("alerts")) {
      JsonNode count = one.path("count");
      if (!one.path("event").isTextual() || !count.canConvertToLong() || count.longValue() < 1) {
        throw new ContractViolation("alerts: an entry without event text, or a count below 1");
      }
      alerts.add(
          new Sensed(
              one.path("event").textValue(),
              count.longValue(),
              instant(one, "firstAt"),
              instant(one, "lastAt")));
    }
    return new RuntimeAlerts(
        detail.path("id").asText(""),
        detail.path("cluster").asText(""),
        instant(detail, "observedAt"),
        detail.path("hops").asInt(0),
        alerts,
        detail.has("sentAt") ? Optional.of(instant(detail, "sentAt")) : Optional.empty());
  }

  private static Instant instant(JsonNode in, String key) {
    try {
      return Instant.parse(in.path(key).asText(""));
    } catch (DateTimeException e) {
      throw new ContractViolation(key + ": not an RFC 3339 time in UTC", e);
    }
  }
}
