package io.cattleguard.sensor.intake;

import io.cattleguard.events.heartbeat.SensorHeartbeat;
import java.time.Instant;

/** Takes the heartbeats that sensors post to a server. */
@FunctionalInterface
public interface HeartbeatInput {
  /**
   * Takes one. Never blocks.
   *
   * @param sender who posted it; a node that it proves is the heartbeat's
   */
  void take(SensorHeartbeat heartbeat, Instant receivedAt, Sender sender);
}
