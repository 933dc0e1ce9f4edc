package io.cattleguard.deduplicate;

import java.time.Duration;

/**
 * The windows of deduplication.
 *
 * @param quiet after this long without an alert, the next one of a problem is told again
 * @param forget after this long without an alert, the next one opens the problem anew
 * @param targets objects remembered for a problem; beyond it an unremembered one is always new
 */
public record DeduplicationSettings(Duration quiet, Duration forget, int targets) {
  /** One hour, seven days, a hundred objects. */
  public static final DeduplicationSettings DEFAULT =
      new DeduplicationSettings(Duration.ofHours(1), Duration.ofDays(7), 100);
}
