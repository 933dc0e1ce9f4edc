package io.cattleguard.app.sensors;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.events.ContractViolation;
import io.cattleguard.events.SensorSource;
import io.cattleguard.events.heartbeat.SensorHeartbeat;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The latest heartbeat of each sensor, in memory: a minute after a start, all are known again.
 * Bounded, because a client with a shared token may name any node.
 */
public final class LatestHeartbeats {
  /** Maximum sensors. Beyond it, one without a credential is evicted first, or else the oldest. */
  static final int MOST = 5_000;

  /**
   * A silent sensor must stay visible for this time. Later, people may have removed it on purpose.
   */
  private static final Duration OUTRANKS = Duration.ofDays(1);

  private final Map<String, SensorState> byKey = new HashMap<>();
  private long ofAnotherCluster;

  /**
   * Stores a heartbeat, unless a later one is known, or one whose credential proves that node.
   *
   * @param isProved whether a credential proves the node; empty if the receiver cannot know
   */
  public synchronized void add(
      SensorHeartbeat heartbeat, Instant receivedAt, Optional<Boolean> isProved) {
    SensorState next = new SensorState(heartbeat, receivedAt, isProved);
    SensorState before = byKey.get(next.key());
    if (before != null && isBetter(before, next)) {
      return;
    }
    byKey.put(next.key(), next);
    if (byKey.size() > MOST) {
      byKey.values().stream()
          .min(
              Comparator.comparing((SensorState one) -> one.isProved().orElse(false))
                  .thenComparing(SensorState::receivedAt))
          .ifPresent(one -> byKey.remove(one.key()));
    }
  }

  /**
   * Takes an event of the log group of heartbeats. IAM limits each sensor to the source of its own
   * cluster, so a heartbeat that names another cluster than its source is counted and rejected.
   * Skips entries that are not heartbeats.
   */
  public synchronized void addEvent(JsonNode event, Instant receivedAt) {
    try {
      SensorHeartbeat heartbeat = SensorHeartbeat.read(event.path("detail"));
      if (SensorSource.read(event.path("source").asText()).cluster().equals(heartbeat.cluster())) {
        add(heartbeat, receivedAt, Optional.empty());
      } else {
        ofAnotherCluster++;
      }
    } catch (ContractViolation e) {
      // The entry is not from a sensor.
    }
  }

  /** The sentence about heartbeats that name another cluster than their source. */
  public synchronized Optional<String> impostors() {
    return ofAnotherCluster == 0
        ? Optional.empty()
        : Optional.of(
            ofAnotherCluster
                + (ofAnotherCluster == 1 ? " heartbeat names" : " heartbeats name")
                + " a cluster for which the sender's role may not publish: look for a changed"
                + " sensor, or for another client that uses its credentials");
  }

  private static boolean isBetter(SensorState before, SensorState next) {
    boolean outranks =
        before.isProved().orElse(false)
            && !next.isProved().orElse(false)
            && before.receivedAt().plus(OUTRANKS).isAfter(next.receivedAt());
    return outranks || before.receivedAt().isAfter(next.receivedAt());
  }

  /** All sensors, those in trouble first. */
  public synchronized List<SensorState> all(Instant now) {
    List<SensorState> all = new ArrayList<>(byKey.values());
    all.sort(
        Comparator.comparing((SensorState one) -> !one.isSilent(now))
            .thenComparing(one -> one.troubles(now).isEmpty())
            .thenComparing(SensorState::key));
    return all;
  }

  /** A line and an object per sensor. */
  public List<OperatorReply.Result> results(Instant now) {
    return all(now).stream()
        .map(one -> new OperatorReply.Result(one.line(now), one.json(now)))
        .toList();
  }
}
