package io.cattleguard.learn;

import io.cattleguard.models.Deviation;
import io.cattleguard.models.Entry;
import io.cattleguard.models.Entry.Executable;
import io.cattleguard.models.Entry.Listener;
import io.cattleguard.models.Entry.Peer;
import io.cattleguard.models.Entry.WrittenFile;
import io.cattleguard.models.Observation;
import io.cattleguard.models.Workload;
import io.cattleguard.sources.deviation.DeviationEvent;
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
    boolean hasOwner = !isNode && !isContainer && !workload.kind().equals(POD);
    return new DeviationEvent(
        deviation.rule(),
        deviation.severity(),
        deviation.tactics(),
        deviation.techniques(),
        deviation.traits(),
        deviation.why(),
        deviation.mode().jsonName(),
        workload.namespace(),
        hasOwner ? workload.kind() + "/" + workload.name() : "",
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
}
