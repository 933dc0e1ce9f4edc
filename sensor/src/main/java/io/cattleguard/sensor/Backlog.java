package io.cattleguard.sensor;

import io.cattleguard.sensor.send.Sender;
import io.cattleguard.sensor.spool.Spool;
import io.cattleguard.sensor.spool.SpoolUnavailable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** The alerts that the sensor stored and has not sent: how many, how old, and how many are lost. */
record Backlog(Spool spool, Sender sender, InstantSource clock) {
  /** The alerts that wait in the spool, including those that the event bus rejects. */
  long waiting() {
    return spool.alerts() + sender.setAside();
  }

  /** The stored alerts that are lost, because the spool's file was damaged. */
  long lost() {
    return spool.lost() + sender.lost();
  }

  /**
   * Age of the oldest alert in the spool, in seconds. Not a number if the spool cannot be read, so
   * that metrics and heartbeats are written nevertheless.
   */
  double oldestAge() {
    try {
      return spool.oldest().map(oldest -> seconds(oldest, clock.instant())).orElse(0.0);
    } catch (SpoolUnavailable e) {
      return Double.NaN;
    }
  }

  private static double seconds(Instant from, Instant to) {
    return Math.max(0, Duration.between(from, to).toMillis() / 1e3);
  }
}
