package io.cattleguard.sensor.learn;

import java.time.Duration;
import java.time.Instant;

/**
 * Limits the calls to the bus for observations: a burst, and from then on one call per interval. A
 * failed call counts too. This is the generic cell rate algorithm, so one timestamp is the whole
 * state.
 *
 * @see <a href="https://www.itu.int/rec/T-REC-I.371">ITU-T I.371, annex A</a>
 */
final class CallAllowance {
  /** The interval: in the long run four calls per hour. */
  static final Duration INTERVAL = Duration.ofMinutes(15);

  /** Maximum consecutive calls, after a quiet hour. */
  static final int BURST = 4;

  /** The interval for risky news: in the long run twelve calls per hour. */
  static final Duration RISKY_INTERVAL = Duration.ofMinutes(5);

  private final Duration interval;
  private final Duration full;
  private Instant earnedUntil;

  /**
   * Continues where an earlier process stopped.
   *
   * @param earnedUntil what {@link #state} returned
   */
  CallAllowance(Instant earnedUntil) {
    this(INTERVAL, earnedUntil);
  }

  private CallAllowance(Duration interval, Instant earnedUntil) {
    this.interval = interval;
    this.full = interval.multipliedBy(BURST);
    this.earnedUntil = earnedUntil;
  }

  /**
   * The allowance of risky news, which harmless news cannot use up.
   *
   * @param earnedUntil what {@link #state} returned
   */
  static CallAllowance ofRisky(Instant earnedUntil) {
    return new CallAllowance(RISKY_INTERVAL, earnedUntil);
  }

  /** An allowance of one call of risky news. */
  static CallAllowance ofOneRisky(Instant now) {
    return ofRisky(now.plus(RISKY_INTERVAL.multipliedBy(BURST - 1)));
  }

  /**
   * An allowance of one call: a sensor that is restarted again and again has no burst each time.
   */
  static CallAllowance ofOne(Instant now) {
    return new CallAllowance(now.plus(INTERVAL.multipliedBy(BURST - 1)));
  }

  /** An allowance of no call yet, for a sensor that cannot remember its calls. */
  static CallAllowance ofNone(Instant now) {
    return new CallAllowance(now.plus(INTERVAL.multipliedBy(BURST)));
  }

  /** Whether a call is allowed now. */
  boolean allows(Instant now) {
    return !from(now).plus(interval).isAfter(now.plus(full));
  }

  /** Counts a call. */
  void take(Instant now) {
    earnedUntil = from(now).plus(interval);
  }

  /** A clock that was set back must not block calls for longer than the cost of a full burst. */
  private Instant from(Instant now) {
    Instant latest = now.plus(full);
    Instant from = earnedUntil.isAfter(now) ? earnedUntil : now;
    return from.isAfter(latest) ? latest : from;
  }

  Instant state() {
    return earnedUntil;
  }
}
