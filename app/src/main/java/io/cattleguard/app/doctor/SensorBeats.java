package io.cattleguard.app.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.sensors.LatestHeartbeats;
import io.cattleguard.app.sensors.SensorState;
import io.cattleguard.app.sensors.SensorTrouble;
import io.cattleguard.events.HostileText;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Reports what is wrong with sensors by their latest heartbeats, one sentence per kind. */
final class SensorBeats {
  private static final String ABOUT = "sensors";
  private static final int NAMED = 3;

  private final LatestHeartbeats latest = new LatestHeartbeats();

  /** Adds an event of the heartbeats' log group. */
  void add(JsonNode event, Instant at) {
    latest.addEvent(event, at);
  }

  /** What the heartbeats say; one diagnosis if all sensors are well. */
  List<Diagnosis> examine(Instant now) {
    List<SensorState> sensors = latest.all(now);
    List<Diagnosis> found = new ArrayList<>();
    latest.impostors().ifPresent(says -> found.add(Diagnosis.problem(ABOUT, says)));
    if (sensors.isEmpty()) {
      found.add(
          Diagnosis.problem(
              ABOUT,
              "no heartbeat in the last 10 minutes; check the DaemonSet's pods, their logs, and"
                  + " whether their role may call PutEvents on the bus"));
      return found;
    }
    Map<String, Long> versions =
        sensors.stream()
            .collect(
                Collectors.groupingBy(
                    one -> visible(one.heartbeat().version()),
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
    List<SensorState> silent = sensors.stream().filter(one -> one.isSilent(now)).toList();
    if (!silent.isEmpty()) {
      found.add(
          Diagnosis.problem(
              ABOUT,
              names(silent, one -> "")
                  + ": no heartbeat for several intervals; check that the node and its sensor's pod"
                  + " run"));
    }
    for (SensorTrouble trouble : SensorTrouble.ALL) {
      List<SensorState> sick = sensors.stream().filter(trouble.isOf()).toList();
      if (!sick.isEmpty()) {
        found.add(
            Diagnosis.problem(ABOUT, names(sick, trouble.figure()) + " " + trouble.several()));
      }
    }
    return found.isEmpty() ? List.of(well(sensors.size(), versions)) : found;
  }

  private static Diagnosis well(int nodes, Map<String, Long> versions) {
    return Diagnosis.ok(
        ABOUT,
        nodes
            + (nodes == 1 ? " node" : " nodes")
            + ", version "
            + versions.keySet().iterator().next());
  }

  /** The first few by name, with a number of the heartbeat. */
  private static String names(List<SensorState> some, Function<SensorState, String> figure) {
    String names =
        some.stream()
            .limit(NAMED)
            .map(one -> visible(one.heartbeat().node()) + figure.apply(one))
            .collect(Collectors.joining(", "));
    return some.size() > NAMED ? names + " and " + (some.size() - NAMED) + " more" : names;
  }

  /** A heartbeat's text is untrusted. */
  private static String visible(String text) {
    return HostileText.visible(text, 100);
  }
}
