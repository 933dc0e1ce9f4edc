package io.cattleguard.sensor.spool;

import io.cattleguard.events.DetailType;
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
}
