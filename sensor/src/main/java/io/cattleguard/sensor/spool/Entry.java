package io.cattleguard.sensor.spool;

import io.cattleguard.events.DetailType;
import io.cattleguard.events.RuntimeAlerts;
import java.time.Instant;
import java.util.List;

/**
 * One entry of a PutEvents call.
 *
 * @param alerts what it carries; empty for a heartbeat
 * @param detail as JSON
 */
public record Entry(DetailType type, Instant time, List<Round.Folded> alerts, String detail) {
  public Entry {
    alerts = List.copyOf(alerts);
  }

  /** A copy that says when it is sent, on the node's clock. */
  public Entry sentAt(Instant now) {
    return new Entry(
        type,
        time,
        alerts,
        type == DetailType.RUNTIME_ALERTS ? RuntimeAlerts.sentAt(detail, now) : detail);
  }
}
