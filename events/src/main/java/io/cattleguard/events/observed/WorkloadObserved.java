package io.cattleguard.events.observed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.DetailType;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The detail of a {@link DetailType#WORKLOAD_OBSERVED} event: what the workloads of a node did that
 * is new on that node, or was not reported for a day.
 *
 * @param id deterministic, so that copies are recognised
 * @param cluster the payload's value; the envelope's source is authoritative
 * @param observedAt when the sensor packed it
 * @param node the node's name, for people
 * @param sentAt when the sensor sent it, on the node's clock
 */
public record WorkloadObserved(
    String id,
    String cluster,
    Instant observedAt,
    int hops,
    String node,
    List<ObservedWorkload> workloads,
    Optional<Instant> sentAt) {

  /** The key that no other event of a sensor has. */
  public static final String WORKLOADS = "workloads";

  /** Copies the list. */
  public WorkloadObserved {
    workloads = List.copyOf(workloads);
  }

  /** The detail as JSON. */
  public ObjectNode write() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("schema", AlertJson.SCHEMA);
    out.put("id", id);
    out.put("cluster", cluster);
    out.put("observedAt", observedAt.toString());
    out.put("hops", hops);
    sentAt.ifPresent(time -> out.put("sentAt", time.toString()));
    out.put("node", node);
    ArrayNode array = out.putArray(WORKLOADS);
    workloads.forEach(one -> one.write(array.addObject()));
    return out;
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws ContractViolation if a required field is absent or of the wrong type
   */
  public static WorkloadObserved read(JsonNode detail) {
    if (!detail.path(WORKLOADS).isArray()) {
      throw new ContractViolation(WORKLOADS + ": missing, or not an array");
    }
    List<ObservedWorkload> workloads = new ArrayList<>();
    for (JsonNode one : detail.path(WORKLOADS)) {
      workloads.add(ObservedWorkload.read(one));
    }
    return new WorkloadObserved(
        detail.path("id").asText(""),
        detail.path("cluster").asText(""),
        instant(detail, "observedAt"),
        detail.path("hops").asInt(0),
        detail.path("node").asText(""),
        workloads,
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
