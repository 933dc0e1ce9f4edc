package io.cattleguard.sensor.spool;

import io.cattleguard.events.DetailType;
import io.cattleguard.events.RuntimeAlerts;
import java.time.Instant;
import java.util.List;

/**
 * One entry of a PutEvents call.
 *
 * @param alerts the alerts that it carries; empty for a heartbeat and for observations
 * @param detail as JSON
 */
public record Entry(DetailType type, Instant time, List<Round.Folded> alerts, String detail) {
  public Entry {
    alerts = List.copyOf(alerts);
  }

  /** A copy that says when it is sent, on the node's clock. */
  public Entry sentAt(Instant now) {
    return new Entry(
        type, time, alerts, namesItsNode() ? RuntimeAlerts.sentAt(detail, now) : detail);
  }

  /** Whether the event is about the node's workloads, so that its source names the sensor's pod. */
  public boolean namesItsNode() {
    return type == DetailType.RUNTIME_ALERTS || type == DetailType.WORKLOAD_OBSERVED;
  }
}
