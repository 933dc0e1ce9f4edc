package io.cattleguard.app.sensors;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.heartbeat.SensorHeartbeat;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A sensor, as its latest heartbeat shows it.
 *
 * @param receivedAt when the heartbeat came, on the receiver's clock
 * @param isProved whether a credential proves the node; empty if the receiver cannot know
 */
public record SensorState(
    SensorHeartbeat heartbeat, Instant receivedAt, Optional<Boolean> isProved) {
  /** A sensor sends one per minute. */
  private static final Duration SILENT = Duration.ofMinutes(5);

  private static final Duration LONG_WAIT = Duration.ofMinutes(5);
  private static final double NEARLY_FULL = 0.8;

  /** Which of several sensors are one: a cluster's node has one. */
  public String key() {
    return heartbeat.cluster() + "/" + heartbeat.node();
  }

  /** Whether no heartbeat came for several intervals. */
  public boolean isSilent(Instant now) {
    return Duration.between(receivedAt, now).compareTo(SILENT) > 0;
  }

  /** How many alerts were dropped since its start, because the spool was full. */
  public long shed() {
    return heartbeat.shed().values().stream().mapToLong(Long::longValue).sum();
  }

  /** What is wrong with it, the gravest first; empty if it is well. */
  public List<String> troubles(Instant now) {
    SensorHeartbeat.Condition condition = heartbeat.condition();
    List<String> all = new ArrayList<>();
    if (isSilent(now)) {
      all.add(
          "no heartbeat since "
              + receivedAt.truncatedTo(ChronoUnit.SECONDS)
              + ": check that the node and its sensor's pod run");
    }
    for (String part : condition.failing()) {
      all.add(
          switch (part) {
            case "sending" -> "cannot send alerts";
            case "spool" -> "cannot write its spool: free disk space on the node";
            case "listener" -> "does not listen for alerts: restart the pod";
            case "worker" -> "a thread fails: restart the pod";
            default -> part + " fails";
          });
    }
    count(all, shed(), "dropped, because the spool was full");
    count(all, heartbeat.lost(), "lost, because the spool's file was damaged");
    count(all, condition.undeliverable(), "rejected for good by the bus");
    if (condition.waitingSeconds() > LONG_WAIT.toSeconds()) {
      all.add("its oldest alert waits for " + condition.waitingSeconds() / 60 + " min");
    }
    if (condition.limitBytes() > 0
        && heartbeat.waitingBytes() > NEARLY_FULL * condition.limitBytes()) {
      all.add("its spool is nearly full");
    }
    heartbeat.exceeded().forEach(one -> all.add("uses more " + one + " than its limit"));
    count(all, condition.learningDropped(), "not learnt from", "event");
    return all;
  }

  private static void count(List<String> all, long number, String what) {
    count(all, number, what, "alert");
  }

  private static void count(List<String> all, long number, String what, String noun) {
    if (number > 0) {
      all.add(
          String.format(Locale.ROOT, "%,d %s %s", number, number == 1 ? noun : noun + "s", what));
    }
  }

  /** For people. */
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
