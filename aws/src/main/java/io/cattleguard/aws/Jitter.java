package io.cattleguard.aws;

import java.time.Duration;

/**
 * Makes pauses uneven, so that components that failed together do not retry together. It reads the
 * clock and keeps no random number generator, because functions that are restored from one snapshot
 * would share the generator's state.
 */
public final class Jitter {
  private static final long MIX = 0x9E3779B97F4A7C15L;

  private Jitter() {}

  /** Anything from nothing to that long. */
  public static Duration upTo(Duration longest) {
    return upTo(longest, System.nanoTime());
  }

  /** That long, give or take half. */
  public static Duration around(Duration usual) {
    return usual.dividedBy(2).plus(upTo(usual));
  }

  /** The clock's last bits change the most; multiplied, they change all of them. */
  static Duration upTo(Duration longest, long nanoTime) {
    return Duration.ofNanos(Math.floorMod((nanoTime * MIX) >>> 16, longest.toNanos() + 1));
  }
}
