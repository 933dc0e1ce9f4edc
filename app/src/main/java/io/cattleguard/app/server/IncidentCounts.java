package io.cattleguard.app.server;

import io.cattleguard.sensor.operations.MetricsText;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what the step record did. */
final class IncidentCounts {
  private final AtomicLong recorded = new AtomicLong();
  private final AtomicLong ignored = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();

  void count(boolean isRecorded) {
    (isRecorded ? recorded : ignored).incrementAndGet();
  }

  void countFailure() {
    failures.incrementAndGet();
  }

  void write(MetricsText text, long incidents) {
    text.counter(
        "cattleguard_recorded_total", "Events that are in an incident's record.", recorded.get());
    text.counter(
        "cattleguard_record_ignored_total",
        "Events that belong to no incident, such as canaries.",
        ignored.get());
    text.counter(
        "cattleguard_record_failures_total",
        "Attempts to record an event that failed and are retried.",
        failures.get());
    text.gauge("cattleguard_incidents", "Incidents in --data.", incidents);
  }
}
