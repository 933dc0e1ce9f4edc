package io.cattleguard.route;

import java.time.Instant;

/**
 * A message about a problem, and what it shows.
 *
 * @param messageId the destination's own id of the message; Slack's {@code ts}
 * @param count the count that it shows
 * @param lastAt event time of the latest alert that it shows; a problem that opened later gets a
 *     new message
 * @param shownAt when it was posted or last updated
 */
public record Conversation(String messageId, long count, Instant lastAt, Instant shownAt) {

  /**
   * The key of a conversation.
   *
   * @param destination its name in {@code routes.yaml}
   * @param fingerprint the problem
   */
  public record Key(String destination, String fingerprint) {

    /** The key of a delivery's conversation. */
    public static Key of(Delivery delivery) {
      return new Key(delivery.destination(), delivery.notice().scored().accepted().fingerprint());
    }
  }
}
