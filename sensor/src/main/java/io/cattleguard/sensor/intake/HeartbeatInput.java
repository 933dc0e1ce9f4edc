package io.cattleguard.sensor.intake;

import io.cattleguard.events.heartbeat.SensorHeartbeat;
import java.time.Instant;

/** Receives the heartbeats that sensors post to a server. */
public interface HeartbeatInput {
  /**
   * Receives one. Never blocks.
   *
   * @param sender the sender; a node that its credential proves is the heartbeat's node
   */
  void take(SensorHeartbeat heartbeat, Instant receivedAt, Sender sender);

  /**
   * A heartbeat that names another cluster than the server's is rejected. Never blocks.
   *
   * @param why what to do, with the two names
   */
  void ofAnotherCluster(String why, Instant receivedAt);
}
