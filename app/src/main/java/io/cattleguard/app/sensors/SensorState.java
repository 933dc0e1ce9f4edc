package io.cattleguard.app.sensors;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.heartbeat.SensorHeartbeat;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The state of a sensor, from its latest heartbeat.
 *
 * @param receivedAt when the heartbeat came, on the receiver's clock
 * @param isProved whether a credential proves the node; empty if the receiver cannot know
 */
public record SensorState(
    SensorHeartbeat heartbeat, Instant receivedAt, Optional<Boolean> isProved) {
  /** The interval of a sensor that does not state its own: one minute, the default. */
  private static final Duration SILENT = Duration.ofMinutes(5);

  /** After this many intervals without a heartbeat a sensor counts as silent. */
  private static final int MISSED = 3;

  private static final Duration SHORTEST_SILENCE = Duration.ofMinutes(3);
  private static final Set<String> KNOWN = Set.of("sending", "spool", "listener", "worker");

  /** Identifies a sensor: each node of a cluster has one. */
  public String key() {
    return heartbeat.cluster() + "/" + heartbeat.node();
  }

  /** Whether no heartbeat came for several intervals. */
  public boolean isSilent(Instant now) {
    Duration intervals =
        Duration.ofSeconds(heartbeat.condition().intervalSeconds()).multipliedBy(MISSED);
    Duration limit =
        intervals.isZero()
            ? SILENT
            : intervals.compareTo(SHORTEST_SILENCE) < 0 ? SHORTEST_SILENCE : intervals;
    return Duration.between(receivedAt, now).compareTo(limit) > 0;
  }

  /** The failures that a newer sensor reports. */
  List<String> failsOtherwise() {
    return heartbeat.condition().failing().stream().filter(part -> !KNOWN.contains(part)).toList();
  }

  /** How many alerts were dropped since its start, because the spool was full. */
  public long shed() {
    return heartbeat.shed().values().stream().mapToLong(Long::longValue).sum();
  }

  /** Its problems, the most severe first; empty if it has none. */
  public List<String> troubles(Instant now) {
    List<String> all = new ArrayList<>();
    if (isSilent(now)) {
      all.add(
          "no heartbeat since "
              + receivedAt.truncatedTo(ChronoUnit.SECONDS)
              + ": check that the node and its sensor's pod run");
    }
    for (SensorTrouble one : SensorTrouble.ALL) {
      if (one.isOf().test(this)) {
        all.add(one.one().apply(this));
      }
    }
    return all;
  }

  /** A line for people. */
  public String line(Instant now) {
    List<String> troubles = troubles(now);
    return (isSilent(now) ? "SILENT  " : troubles.isEmpty() ? "well    " : "TROUBLE ")
        + key()
        + "  version "
        + heartbeat.version()
        + ", "
        + heartbeat.waiting()
        + (heartbeat.waiting() == 1 ? " alert waits" : " alerts wait")
        + ", last heartbeat "
        + receivedAt.truncatedTo(ChronoUnit.SECONDS)
        + (isProved.filter(proved -> !proved).isPresent() ? ", node not proved" : "")
        + (troubles.isEmpty() ? "" : ": " + String.join("; ", troubles));
  }

  /** The heartbeat, with when it came and what is wrong. {@link #read} reads it. */
  public ObjectNode json(Instant now) {
    ObjectNode out = heartbeat.write();
    out.put("receivedAt", receivedAt.toString());
    isProved.ifPresent(proved -> out.put("nodeProved", proved));
    out.put("silent", isSilent(now));
    troubles(now).forEach(out.putArray("troubles")::add);
    return out;
  }

  /**
   * Reads what {@link #json} wrote.
   *
   * @throws io.cattleguard.events.ContractViolation if it is no heartbeat
   * @throws java.time.DateTimeException if it does not say when it came
   */
  public static SensorState read(ObjectNode in) {
    return new SensorState(
        SensorHeartbeat.read(in),
        Instant.parse(in.path("receivedAt").asText()),
        in.has("nodeProved") ? Optional.of(in.path("nodeProved").asBoolean()) : Optional.empty());
  }
}
