package io.cattleguard.sensor.spool;

import io.cattleguard.events.Severity;
import io.cattleguard.sensor.intake.Observation;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Serialises all writes to the spool, one transaction at a time. A call returns when its data is on
 * disk. Callers put all their data into one call.
 */
public final class GroupCommit {
  private final Spool spool;
  private final Consumer<Map<Severity, Long>> shed;
  private final Consumer<List<Observation>> arrived;
  private volatile boolean healthy = true;

  /**
   * Writes to a spool.
   *
   * @param shed receives the numbers of shed alerts, by severity
   * @param arrived receives the kept alerts, once they are on disk
   */
  public GroupCommit(
      Spool spool, Consumer<Map<Severity, Long>> shed, Consumer<List<Observation>> arrived) {
    this.spool = spool;
    this.shed = shed;
    this.arrived = arrived;
  }

  /**
   * Keeps observations.
   *
   * @throws SpoolUnavailable if it cannot; then none was kept
   */
  public void append(List<Observation> observations) {
    commit(observations, to -> to.append(observations));
  }

  /**
   * Stores observations together with a mark that says how far the input was read. Both are stored,
   * or neither.
   *
   * @throws SpoolUnavailable if it cannot
   */
  public void append(List<Observation> observations, String mark, String value) {
    commit(
        observations,
        to -> {
          to.append(observations);
          to.mark(mark, value);
        });
  }

  /**
   * Makes a change.
   *
   * @throws SpoolUnavailable if it cannot
   */
  public void change(Spool.Change change) {
    commit(List.of(), change);
  }

  /**
   * Writes a little if the last transaction failed, to see whether the next one can succeed.
   * Without it a sensor that gets no posts because it is not ready would stay not ready.
   */
  public void probe() {
    if (!healthy) {
      try {
        change(SpoolWriter::probe);
      } catch (SpoolUnavailable e) {
        return; // The next probe checks again.
      }
    }
  }

  /** Whether the last transaction could be written. */
  public boolean isHealthy() {
    return healthy;
  }

  private void commit(List<Observation> observations, Spool.Change change) {
    try {
      Map<Severity, Long> gone = spool.commit(List.of(change));
      healthy = true;
      if (!gone.isEmpty()) {
        shed.accept(gone);
      }
    } catch (SpoolUnavailable e) {
      healthy = false;
      throw e;
    }
    if (!observations.isEmpty()) {
      arrived.accept(observations);
    }
  }
}
