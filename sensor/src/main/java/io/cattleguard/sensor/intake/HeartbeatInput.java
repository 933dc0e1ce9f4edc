package io.cattleguard.sensor.intake;

import io.cattleguard.events.heartbeat.SensorHeartbeat;
import java.time.Instant;

/** Takes the heartbeats that sensors post to a server. */
public interface HeartbeatInput {
  /**
   * Takes one. Never blocks.
   *
   * @param sender who posted it; a node that it proves is the heartbeat's
   */
  void take(SensorHeartbeat heartbeat, Instant receivedAt, Sender sender);

  /**
   * A heartbeat names another cluster than the server's, so it is not taken. Never blocks.
   *
   * @param why what to do, with the names that it and the server have
   */
  void ofAnotherCluster(String why, Instant receivedAt);
}
