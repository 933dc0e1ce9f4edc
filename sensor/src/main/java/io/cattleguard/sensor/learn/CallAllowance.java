package io.cattleguard.sensor.learn;

import java.time.Duration;
import java.time.Instant;

/**
 * Limits the calls to the bus for observations: a burst, and from then on one call per interval. A
 * failed call counts too. This is the generic cell rate algorithm, so one time is all there is to
 * remember.
 *
 * @see <a href="https://www.itu.int/rec/T-REC-I.371">ITU-T I.371, annex A</a>
 */
final class CallAllowance {
  /** In the long run four calls an hour. */
  static final Duration INTERVAL = Duration.ofMinutes(15);

  /** Calls in a row, after a quiet hour. */
  static final int BURST = 4;

  private static final Duration FULL = INTERVAL.multipliedBy(BURST);

  private Instant earnedUntil;

  /**
   * Continues where an earlier process stopped.
   *
   * @param earnedUntil what {@link #state} returned
   */
  CallAllowance(Instant earnedUntil) {
    this.earnedUntil = earnedUntil;
  }

  /**
   * An allowance of one call: a sensor that is restarted again and again has no burst each time.
   */
  static CallAllowance ofOne(Instant now) {
    return new CallAllowance(now.plus(FULL).minus(INTERVAL));
  }

  /** An allowance of no call yet, for a sensor that cannot remember its calls. */
  static CallAllowance ofNone(Instant now) {
    return new CallAllowance(now.plus(FULL));
  }

  /** Whether a call is allowed now. */
  boolean allows(Instant now) {
    return !from(now).plus(INTERVAL).isAfter(now.plus(FULL));
  }

  /** Counts a call. */
  void take(Instant now) {
    earnedUntil = from(now).plus(INTERVAL);
  }

  /** A clock that was set back must not forbid calls for longer than a full burst costs. */
  private Instant from(Instant now) {
    Instant latest = now.plus(FULL);
    Instant from = earnedUntil.isAfter(now) ? earnedUntil : now;
    return from.isAfter(latest) ? latest : from;
  }

  Instant state() {
    return earnedUntil;
  }
}
