package io.cattleguard.aws;

import java.time.Duration;
import software.amazon.awssdk.retries.api.BackoffStrategy;

/**
 * Pauses that double, each anything from nothing to its full length.
 *
 * @param first the longest pause before the second attempt
 * @param longest no pause is longer
 */
record Backoff(Duration first, Duration longest) implements BackoffStrategy {
  @Override
  public Duration computeDelay(int attempt) {
    Duration doubled = first.multipliedBy(1L << Math.clamp(attempt - 1, 0, 20));
    return Jitter.upTo(doubled.compareTo(longest) < 0 ? doubled : longest);
  }
}
