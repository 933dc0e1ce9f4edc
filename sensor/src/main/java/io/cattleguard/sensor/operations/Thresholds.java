package io.cattleguard.sensor.operations;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Compares the CPU and memory that the sensor uses with its limits. */
public final class Thresholds {
  private static final Duration OVER = Duration.ofMinutes(1);

  private final int cpuLimitPercent;
  private final long memoryLimitBytes;
  private double cpuAtStart;
  private long startNanos;
  private boolean started;
  private boolean cpuExceeded;
  private volatile double cpuPercent;

  public Thresholds(int cpuLimitPercent, long memoryLimitBytes) {
    this.cpuLimitPercent = cpuLimitPercent;
    this.memoryLimitBytes = memoryLimitBytes;
  }

  /** The exceeded limits: {@code cpu} over the last full minute, {@code memory} at this moment. */
  public List<String> exceeded(double cpuSeconds, long residentBytes, long nowNanos) {
    if (!started) {
      started = true;
      restart(cpuSeconds, nowNanos);
    } else if (nowNanos - startNanos >= OVER.toNanos()) {
      cpuPercent = 100 * (cpuSeconds - cpuAtStart) / ((nowNanos - startNanos) / 1e9);
      cpuExceeded = cpuPercent > cpuLimitPercent;
      restart(cpuSeconds, nowNanos);
    }
    List<String> exceeded = new ArrayList<>();
    if (cpuExceeded) {
      exceeded.add("cpu");
    }
    if (residentBytes > memoryLimitBytes) {
      exceeded.add("memory");
    }
    return exceeded;
  }

  /** Percent of one core, over the last full minute. */
  public double cpuPercent() {
    return cpuPercent;
  }

  private void restart(double cpuSeconds, long nowNanos) {
    cpuAtStart = cpuSeconds;
    startNanos = nowNanos;
  }
}
