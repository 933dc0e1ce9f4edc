package io.cattleguard.sensor;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.Fingerprint;
import java.time.Instant;
import java.util.List;

/** Says that a sensor is alive, and how it does: its silence is what an alarm waits for. */
final class Heartbeat {
  private Heartbeat() {}

  /**
   * How it does.
   *
   * @param exceeded which of its own limits it is beyond: {@code cpu}, {@code memory}
   */
  record State(
      String version,
      long waitingAlerts,
      long waitingBytes,
      double cpuSeconds,
      double cpuPercent,
      long residentBytes,
      List<String> exceeded) {}

  static Entry of(SensorSettings settings, SensorMetrics metrics, State state, Instant now) {
    ObjectNode detail = JsonNodeFactory.instance.objectNode();
    detail.put("schema", AlertJson.SCHEMA);
    detail.put("id", Fingerprint.hash(settings.cluster() + "\n" + settings.node() + "\n" + now));
    detail.put("cluster", settings.cluster());
    detail.put("observedAt", now.toString());
    detail.put("hops", 0);
    detail.put("node", settings.node());
    detail.put("version", state.version());
    detail.put("received", metrics.receivedSoFar());
    detail.put("sent", metrics.sent.sum());
    detail.put("waiting", state.waitingAlerts());
    detail.put("waitingBytes", state.waitingBytes());
    ObjectNode shed = detail.putObject("shed");
    metrics.shedSoFar().forEach((severity, count) -> shed.put(severity.jsonName(), count));
    detail.put("cpuSeconds", state.cpuSeconds());
    detail.put("cpuPercent", state.cpuPercent());
    detail.put("residentBytes", state.residentBytes());
    state.exceeded().forEach(detail.putArray("exceeded")::add);
    return new Entry(DetailType.SENSOR_HEARTBEAT, now, List.of(), detail.toString());
  }
}
