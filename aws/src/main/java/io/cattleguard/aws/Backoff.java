package io.cattleguard.aws;

import java.time.Duration;
import software.amazon.awssdk.retries.api.BackoffStrategy;

/**
 * Pauses that double, each anything from nothing to its full length. The jitter is taken from the
 * clock and not from a random number generator, because functions that are restored from one
 * snapshot would share the generator's state and retry at the same moments.
 *
 * @param first the longest pause before the second attempt
 * @param longest no pause is longer
 */
record Backoff(Duration first, Duration longest) implements BackoffStrategy {
  private static final long MIX = 0x9E3779B97F4A7C15L;

  @Override
  public Duration computeDelay(int attempt) {
    long full = Math.min(longest.toNanos(), first.toNanos() << Math.min(attempt - 1, 20));
    return Duration.ofNanos(Math.floorMod(System.nanoTime() * MIX, full + 1));
  }
}
