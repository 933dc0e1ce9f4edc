package io.cattleguard.aws;

import java.time.Duration;
import software.amazon.awssdk.retries.api.BackoffStrategy;

/**
 * Exponential backoff with full jitter.
 *
 * @param first maximum pause before the second attempt
 * @param longest maximum of every pause
 */
record Backoff(Duration first, Duration longest) implements BackoffStrategy {
  @Override
  public Duration computeDelay(int attempt) {
    Duration doubled = first.multipliedBy(1L << Math.clamp(attempt - 1, 0, 20));
    return Jitter.upTo(doubled.compareTo(longest) < 0 ? doubled : longest);
  }
}
