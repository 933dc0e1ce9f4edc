package io.cattleguard.sensor;

import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.operations.Thresholds;
import io.cattleguard.sensor.operations.Utilisation;
import java.util.List;
import java.util.function.Consumer;

/** Compares the sensor's use of CPU and memory with its limits, and slows it down above them. */
final class ResourceWatch {
  private final Utilisation utilisation;
  private final Thresholds thresholds;
  private final Consumer<Boolean> slowDown;
  private final SensorLog log;
  private volatile List<String> exceeded = List.of();

  /**
   * Watches.
   *
   * @param slowDown called with true when the CPU limit is exceeded, and with false when it is not
   *     exceeded any more
   */
  ResourceWatch(
      Utilisation utilisation, Thresholds thresholds, Consumer<Boolean> slowDown, SensorLog log) {
    this.utilisation = utilisation;
    this.thresholds = thresholds;
    this.slowDown = slowDown;
    this.log = log;
  }

  /** Checks; to be called at intervals, from one thread. */
  void check() {
    List<String> before = exceeded;
    exceeded =
        thresholds.exceeded(
            utilisation.cpuSeconds(), utilisation.residentBytes(), System.nanoTime());
    if (!exceeded.equals(before)) {
      slowDown.accept(exceeded.contains("cpu"));
      log.warn(
          exceeded.isEmpty() ? "resource use within limits again" : "resource limit exceeded",
          "exceeded",
          String.join(",", exceeded));
    }
  }

  /** The limits that are exceeded: {@code cpu}, {@code memory}, both or none. */
  List<String> exceeded() {
    return exceeded;
  }

  Utilisation utilisation() {
    return utilisation;
  }

  /** Percent of one core, over the last full minute. */
  double cpuPercent() {
    return thresholds.cpuPercent();
  }
}
