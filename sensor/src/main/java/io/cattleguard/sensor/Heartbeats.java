package io.cattleguard.sensor;

import io.cattleguard.events.DetailType;
import io.cattleguard.events.build.BuildVersion;
import io.cattleguard.events.heartbeat.SensorHeartbeat;
import io.cattleguard.sensor.learn.Learning;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.send.Bus;
import io.cattleguard.sensor.settings.SensorSettings;
import io.cattleguard.sensor.spool.Entry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Sends heartbeats: how many alerts the sensor received, sent and holds, and what fails. */
final class Heartbeats {
  private final Parts parts;

  /** The reason for which the receiver permanently rejects the heartbeats. */
  private volatile Optional<String> rejection = Optional.empty();

  Heartbeats(Parts parts) {
    this.parts = parts;
  }

  /** What a heartbeat reports, and where it is sent. */
  record Parts(
      SensorSettings settings,
      SensorMetrics metrics,
      Backlog backlog,
      Health health,
      ResourceWatch resources,
      Optional<Learning> learning,
      Bus bus,
      SensorLog log,
      InstantSource clock) {}

  /** Sends one heartbeat. A lost one is counted and not sent again, because the next follows. */
  void send() {
    Instant now = parts.clock().instant();
    List<Bus.Outcome> outcomes =
        parts
            .bus()
            .put(
                List.of(
                    new Entry(
                        DetailType.SENSOR_HEARTBEAT,
                        now,
                        List.of(),
                        heartbeat(now).write().toString())));
    parts.metrics().heartbeats(outcomes.stream().anyMatch(Bus.Outcome.Accepted.class::isInstance));
    Optional<String> before = rejection;
    rejection =
        outcomes.getFirst() instanceof Bus.Outcome.Never never
            ? Optional.of(never.explanation())
            : Optional.empty();
    if (!rejection.equals(before)) {
      rejection.ifPresent(why -> parts.log().warn("heartbeats are rejected", "reason", why));
    }
  }

  /** Why the receiver rejects the heartbeats, as a sentence; empty while it accepts them. */
  Optional<String> rejection() {
    return rejection.map(why -> "heartbeats are rejected: " + why);
  }

  private SensorHeartbeat heartbeat(Instant now) {
    SensorSettings settings = parts.settings();
    SensorMetrics metrics = parts.metrics();
    Backlog backlog = parts.backlog();
    ResourceWatch resources = parts.resources();
    return new SensorHeartbeat(
        settings.cluster(),
        settings.node(),
        BuildVersion.current(),
        now,
        metrics.receivedSoFar(),
        metrics.sent.sum(),
        backlog.waiting(),
        backlog.spool().bytes(),
        metrics.shedSoFar(),
        backlog.lost(),
        resources.utilisation().cpuSeconds(),
        resources.cpuPercent(),
        resources.utilisation().residentBytes(),
        resources.exceeded(),
        condition());
  }

  private SensorHeartbeat.Condition condition() {
    double oldest = parts.backlog().oldestAge();
    return new SensorHeartbeat.Condition(
        Double.isNaN(oldest) ? 0 : (long) oldest,
        parts.backlog().spool().limitBytes(),
        parts.metrics().undeliverable.sum(),
        parts.health().failing(),
        parts.learning().map(Learning::dropped).orElse(0L),
        Math.max(1, parts.settings().heartbeat().toSeconds()));
  }
}
