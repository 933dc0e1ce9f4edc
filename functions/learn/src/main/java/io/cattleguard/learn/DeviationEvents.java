package io.cattleguard.learn;

import io.cattleguard.models.Deviation;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.Listener;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.WrittenFile;
import io.cattleguard.models.EntryText;
import io.cattleguard.models.Model;
import io.cattleguard.models.Observation;
import io.cattleguard.models.Risk;
import io.cattleguard.models.Workload;
import io.cattleguard.sources.deviation.DeviationEvent;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** Writes deviations as events, which take the road of every alert. */
final class DeviationEvents {
  private static final String POD = "Pod";

  private DeviationEvents() {}

  /**
   * The event of a deviation.
   *
   * @param reporter the node that the report names
   */
  static DeviationEvent of(Deviation deviation, String reporter) {
    Observation seen = deviation.observation();
    Entry entry = seen.entry();
    Workload workload = seen.workload();
    boolean isNode = workload.kind().equals(Workload.NODE);
    boolean isContainer = workload.kind().equals(Workload.CONTAINER);
    return new DeviationEvent(
        deviation.rule(),
        deviation.severity(),
        deviation.tactics(),
        deviation.techniques(),
        deviation.traits(),
        deviation.why(),
        deviation.mode().jsonName(),
        workload.toString(),
        EntryText.of(entry),
        workload.namespace(),
        owner(workload),
        isNode ? "" : workload.container(),
        Objects.requireNonNullElse(seen.image(), ""),
        isNode || isContainer ? "" : seen.instance(),
        isNode ? "" : seen.start(),
        isNode ? seen.instance() : reporter,
        entry instanceof Executable program ? program.path() : "",
        entry instanceof Executable program ? program.parent() : "",
        entry instanceof Peer peer ? peer.name() : "",
        entry instanceof Peer peer ? Math.max(0, peer.port()) : 0,
        entry instanceof Listener listener ? Math.max(0, listener.port()) : 0,
        entry instanceof Listener listener ? listener.protocol() : "",
        entry instanceof WrittenFile file ? file.path() : "",
        seen.at(),
        seen.count());
  }

  /**
   * The event of behaviour for which a sensor had no room, so that it cannot be compared.
   *
   * @param reporter the node that the report names
   */
  static DeviationEvent beyondRoom(Model model, long count, String reporter, Instant at) {
    Workload workload = model.workload();
    Risk risk = Risk.beyondRoom();
    return new DeviationEvent(
        risk.rule().ruleName(),
        risk.severity(),
        risk.behaviour().tactics(),
        risk.behaviour().techniques(),
        risk.behaviour().traits(),
        "the sensor had no room for further behaviour of this container",
        model.mode().jsonName(),
        workload.toString(),
        "",
        workload.namespace(),
        owner(workload),
        workload.kind().equals(Workload.NODE) ? "" : workload.container(),
        "",
        "",
        "",
        reporter,
        "",
        "",
        "",
        0,
        0,
        "",
        "",
        at,
        Math.max(1, count));
  }

  /** The workload's kind and name; empty if it is not a Kubernetes workload. */
  private static String owner(Workload workload) {
    return List.of(Workload.NODE, Workload.CONTAINER, POD).contains(workload.kind())
        ? ""
        : workload.kind() + "/" + workload.name();
  }
}
