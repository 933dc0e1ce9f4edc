package io.cattleguard.sensor.spool;

import io.cattleguard.events.Severity;
import io.cattleguard.sensor.intake.Observation;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Decides which alerts are sent at once: the first of a severe kind. Repeats wait for the fold
 * window; otherwise a storm of alerts would become a storm of calls.
 */
public final class Urgency {
  private static final int REMEMBERED = 10_000;
  private static final long NEWS_AGAIN_NANOS = Duration.ofMinutes(1).toNanos();

  private final Severity flushSeverity;
  private final Map<String, Long> seen =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > REMEMBERED;
        }
      };

  public Urgency(Severity flushSeverity) {
    this.flushSeverity = flushSeverity;
  }

  /** Whether it is to be sent now. */
  public boolean isUrgent(Observation observation, long nowNanos) {
    if (observation.severity().compareTo(flushSeverity) < 0) {
      return false;
    }
    Long before = seen.get(observation.foldKey());
    if (before != null && nowNanos - before < NEWS_AGAIN_NANOS) {
      return false;
    }
    seen.remove(observation.foldKey());
    seen.put(observation.foldKey(), nowNanos);
    return true;
  }
}
