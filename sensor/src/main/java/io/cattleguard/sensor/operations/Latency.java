package io.cattleguard.sensor.operations;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * A histogram of times. Without the Prometheus client's, whose observation costs several times as
 * much: this one is on the path of each alert.
 */
final class Latency {
  private static final long[] BOUNDS = {
    5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000
  };

  private final AtomicLongArray counts = new AtomicLongArray(BOUNDS.length + 1);
  private final LongAdder sum = new LongAdder();

  /** Counts a number of alerts with their latency; a clock that was set back makes it zero. */
  void observe(long millis, long alerts) {
    long took = Math.max(0, millis);
    int bucket = 0;
    while (bucket < BOUNDS.length && took > BOUNDS[bucket]) {
      bucket++;
    }
    counts.addAndGet(bucket, alerts);
    sum.add(took * alerts);
  }

  void write(MetricsText out, String name, String help) {
    List<Double> bounds = new ArrayList<>();
    Arrays.stream(BOUNDS).forEach(bound -> bounds.add(bound / 1e3));
    bounds.add(Double.POSITIVE_INFINITY);
    List<Long> alerts = new ArrayList<>();
    for (int bucket = 0; bucket < counts.length(); bucket++) {
      alerts.add(counts.get(bucket));
    }
    out.histogram(name, help, bounds, alerts, sum.sum() / 1e3);
  }
}
