package io.cattleguard.app.drill;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The cluster of a drill. It changes only what carries the drill's label and name.
 *
 * <p>Methods throw {@link io.cattleguard.edge.port.Unavailable} if the cluster does not answer.
 */
interface DrillCluster extends AutoCloseable {
  /** The name of the cluster in alerts. */
  String name();

  /**
   * Removes what killed drills left behind, in any namespace.
   *
   * @return how many drills were removed
   * @throws io.cattleguard.app.terminal.UsageError if another drill is still running
   */
  int removeLeftovers(Instant now);

  /**
   * Creates what the steps share, and the namespace if there is none.
   *
   * @throws io.cattleguard.app.terminal.UsageError if the namespace has pods of others
   */
  void prepare(Instant now);

  /** Starts a step; returns why admission refused it, if it did. */
  Optional<String> start(DrillStep step);

  /** The pod of a step, once there is one. */
  Optional<DrillPod> pod(DrillStep step);

  /**
   * Removes everything that this drill created; can be repeated.
   *
   * @return what it removed, as kind and name
   */
  List<String> cleanUp();

  @Override
  void close();
}
