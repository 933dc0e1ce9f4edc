package io.cattleguard.aws;

import java.time.Duration;

/**
 * Randomises pauses, so that components that failed together do not retry together. It uses the
 * clock instead of a random number generator, because functions restored from one snapshot would
 * share the generator's state.
 */
public final class Jitter {
  private static final long MIX = 0x9E3779B97F4A7C15L;

  private Jitter() {}

  /** A pause between zero and that duration. */
  public static Duration upTo(Duration longest) {
    return upTo(longest, System.nanoTime());
  }

  /** That duration, plus or minus half. */
  public static Duration around(Duration usual) {
    return usual.dividedBy(2).plus(upTo(usual));
  }

  /** The clock's low bits change the most; the multiplication spreads them over all bits. */
  static Duration upTo(Duration longest, long nanoTime) {
    return Duration.ofNanos(Math.floorMod((nanoTime * MIX) >>> 16, longest.toNanos() + 1));
  }
}
