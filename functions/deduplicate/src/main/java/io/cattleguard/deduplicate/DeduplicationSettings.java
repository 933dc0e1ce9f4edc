package io.cattleguard.deduplicate;

import java.time.Duration;

/**
 * The windows of deduplication.
 *
 * @param quiet after this time without an alert, the next alert of a problem is published as
 *     repeated
 * @param persist while a problem continues, its alerts are published as continuing once in this
 *     time per object, counted from that object's latest published alert
 * @param forget after this time without an alert, the next alert opens the problem again
 * @param targets maximum number of stored objects per problem; any further object counts as new
 */
public record DeduplicationSettings(
    Duration quiet, Duration persist, Duration forget, int targets) {
  /** One hour, 15 minutes, seven days, a hundred objects. */
  public static final DeduplicationSettings DEFAULT =
      new DeduplicationSettings(
          Duration.ofHours(1), Duration.ofMinutes(15), Duration.ofDays(7), 100);
}
