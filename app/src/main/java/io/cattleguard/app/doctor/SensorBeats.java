package io.cattleguard.app.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.HostileText;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Judges sensors by their latest heartbeats, one sentence per kind of problem. */
final class SensorBeats {
  private static final String ABOUT = "sensors";
  private static final Duration LONG_WAIT = Duration.ofMinutes(5);

  /** So many intervals without a heartbeat are no accident. */
  private static final int MISSED = 3;

  private static final Duration SHORTEST_SILENCE = Duration.ofMinutes(2);
  private static final int NAMED = 3;

  private final Map<String, Node> nodes = new TreeMap<>();

  /** A node's latest heartbeat, when it came, and how long after the one before. */
  private record Node(String name, JsonNode beat, Instant at, Optional<Duration> interval) {
    long number(String field) {
      return beat.path(field).asLong();
    }

    long shed() {
      long sum = 0;
      for (JsonNode count : beat.path("shed")) {
        sum += count.asLong();
      }
      return sum;
    }

    boolean fails(String part) {
      for (JsonNode failing : beat.path("failing")) {
        if (failing.asText().equals(part)) {
          return true;
        }
      }
      return false;
    }

    boolean exceeds(String resource) {
      for (JsonNode exceeded : beat.path("exceeded")) {
        if (exceeded.asText().equals(resource)) {
          return true;
        }
      }
      return false;
    }
  }

  /** A kind of problem. */
  private record Kind(Predicate<Node> isOf, String says, String field) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(
              node -> node.fails("sending"),
              "cannot send alerts although their heartbeats arrive; check the role's condition on"
                  + " events:source and the sensor's log",
              "waiting"),
          new Kind(
              node -> node.fails("spool"),
              "cannot write their spool, so Falco's posts are refused; free disk space on the node",
              ""),
          new Kind(
              node -> node.fails("listener"),
              "do not listen for alerts any more; restart the pod and keep its log",
              ""),
          new Kind(
              node -> node.fails("worker"),
              "have a thread that fails; restart the pod and keep its log",
              ""),
          new Kind(
              node -> node.shed() > 0,
              "dropped alerts because the spool was full; look why sending was too slow, or raise"
                  + " spool.megabytes",
              "shed"),
          new Kind(
              node -> node.number("lost") > 0,
              "lost alerts because the spool's file was damaged; check the node's disk, and the"
                  + " spool.db.broken files",
              "lost"),
          new Kind(
              node -> node.number("undeliverable") > 0,
              "have alerts that the bus rejects for good; read table undeliverable of spool.db, and"
                  + " the sensor's log",
              "undeliverable"),
          new Kind(
              node -> node.number("waitingSeconds") > LONG_WAIT.toSeconds(),
              "have alerts that wait for more than five minutes; check throttling of PutEvents and"
                  + " the sensor's log",
              "waiting"),
          new Kind(
              node ->
                  node.number("limitBytes") > 0
                      && node.number("waitingBytes") > 0.8 * node.number("limitBytes"),
              "have a nearly full spool, and will drop the least severe alerts; look why sending is"
                  + " too slow, or raise spool.megabytes",
              "waiting"),
          new Kind(
              node -> node.exceeds("cpu"),
              "use more CPU than limits.cpuPercent, so they fold alerts over a longer time; find"
                  + " the noisy rule, or raise the limit",
              ""),
          new Kind(
              node -> node.exceeds("memory"),
              "use more memory than limits.memoryMegabytes; raise it together with"
                  + " resources.limits.memory",
              ""));

  /** Adds an event of the heartbeats' log group. */
  void add(JsonNode event, Instant at) {
    JsonNode beat = event.path("detail");
    if (!beat.has("version")) {
      return;
    }
    String name = event.path("source").asText() + "/" + beat.path("node").asText();
    Node before = nodes.get(name);
    if (before == null) {
      nodes.put(name, new Node(name, beat, at, Optional.empty()));
    } else if (at.isBefore(before.at)) {
      Duration between = Duration.between(at, before.at);
      Duration shortest = before.interval.filter(one -> one.compareTo(between) < 0).orElse(between);
      nodes.put(name, new Node(name, before.beat, before.at, Optional.of(shortest)));
    } else {
      Duration between = Duration.between(before.at, at);
      nodes.put(
          name,
          new Node(name, beat, at, between.isZero() ? before.interval : Optional.of(between)));
    }
  }

  /** What the heartbeats say; one diagnosis if all sensors are well. */
  List<Diagnosis> examine(Instant now) {
    if (nodes.isEmpty()) {
      return List.of(
          Diagnosis.problem(
              ABOUT,
              "no heartbeat in the last 10 minutes; check the DaemonSet's pods, their logs, and"
                  + " whether their role may call PutEvents on the bus"));
    }
    List<Diagnosis> found = new ArrayList<>();
    Map<String, Long> versions =
        nodes.values().stream()
            .collect(
                Collectors.groupingBy(
                    node -> visible(node.beat.path("version").asText()),
                    TreeMap::new,
                    Collectors.counting()));
    if (versions.size() > 1) {
      found.add(
          Diagnosis.problem(
              ABOUT,
              "different versions: "
                  + versions.entrySet().stream()
                      .map(one -> one.getKey() + " on " + one.getValue())
                      .collect(Collectors.joining(", "))
                  + "; finish the chart's rollout"));
    }
    List<Node> silent =
        nodes.values().stream()
            .filter(
                node ->
                    node.interval
                        .map(interval -> interval.multipliedBy(MISSED))
                        .filter(limit -> Duration.between(node.at, now).compareTo(limit) > 0)
                        .filter(
                            limit -> Duration.between(node.at, now).compareTo(SHORTEST_SILENCE) > 0)
                        .isPresent())
            .toList();
    if (!silent.isEmpty()) {
      found.add(
          Diagnosis.problem(
              ABOUT,
              names(silent, "")
                  + ": no heartbeat for several intervals; check that the node and its sensor's pod"
                  + " run"));
    }
    for (Kind kind : KINDS) {
      List<Node> sick = nodes.values().stream().filter(kind.isOf).toList();
      if (!sick.isEmpty()) {
        found.add(Diagnosis.problem(ABOUT, names(sick, kind.field) + " " + kind.says));
      }
    }
    return found.isEmpty() ? List.of(well(versions.keySet().iterator().next())) : found;
  }

  private Diagnosis well(String version) {
    return Diagnosis.ok(
        ABOUT, nodes.size() + (nodes.size() == 1 ? " node" : " nodes") + ", version " + version);
  }

  /** The first few by name, with a number of the heartbeat. */
  private static String names(List<Node> some, String field) {
    String names =
        some.stream()
            .limit(NAMED)
            .map(node -> visible(node.beat.path("node").asText()) + number(node, field))
            .collect(Collectors.joining(", "));
    return some.size() > NAMED ? names + " and " + (some.size() - NAMED) + " more" : names;
  }

  private static String number(Node node, String field) {
    if (field.isEmpty()) {
      return "";
    }
    long number = field.equals("shed") ? node.shed() : node.number(field);
    return " (" + number + (number == 1 ? " alert)" : " alerts)");
  }

  /** A node may say anything. */
  private static String visible(String text) {
    return HostileText.visible(text, 100);
  }
}
