package io.cattleguard.app.sensors;

import io.cattleguard.events.heartbeat.SensorHeartbeat;
import io.cattleguard.sensor.intake.HeartbeatInput;
import io.cattleguard.sensor.intake.Sender;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The heartbeats that sensors post to a server, and why one of another cluster is missing. */
public final class PostedHeartbeats implements HeartbeatInput {
  /** Several intervals, so that a sensor that is not changed stays visible. */
  private static final Duration SHOWN = Duration.ofMinutes(10);

  private final LatestHeartbeats latest = new LatestHeartbeats();
  private volatile Optional<Rejected> rejected = Optional.empty();

  /** The latest heartbeat of another cluster. */
  private record Rejected(String why, Instant at) {}

  @Override
  public void take(SensorHeartbeat heartbeat, Instant receivedAt, Sender sender) {
    latest.add(heartbeat, receivedAt, Optional.of(sender.node().isPresent()));
  }

  @Override
  public void ofAnotherCluster(String why, Instant receivedAt) {
    rejected = Optional.of(new Rejected(why, receivedAt));
  }

  /** The latest of each sensor. */
  public LatestHeartbeats latest() {
    return latest;
  }

  /** Why a heartbeat was rejected in the last minutes. */
  public Optional<String> rejected(Instant now) {
    return rejected
        .filter(one -> one.at.plus(SHOWN).isAfter(now))
        .map(one -> "A sensor's heartbeat was rejected: " + one.why + ".");
  }
}
