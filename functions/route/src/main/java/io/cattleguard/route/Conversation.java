package io.cattleguard.route;

import java.time.Instant;

/**
 * A message about an incident, and the state that it shows.
 *
 * @param messageId the destination's own id of the message; Slack's {@code ts}
 * @param lastAt event time of the latest alert that it shows; a problem that opened later gets a
 *     new message
 * @param postedAt when it was posted; an update does not change it
 * @param shownAt when it was posted or last updated
 * @param told what is known of the incident
 * @param isStale whether the message is out of date, because its update failed
 */
public record Conversation(
    String messageId,
    Instant lastAt,
    Instant postedAt,
    Instant shownAt,
    Told told,
    boolean isStale) {

  /**
   * The key of a conversation.
   *
   * @param destination its name in {@code routes.yaml}
   * @param incident the incident's id
   */
  public record Key(String destination, String incident) {

    /** The key of a delivery's conversation. */
    public static Key of(String destination, Notice.About notice) {
      return new Key(destination, notice.scored().incidentId());
    }
  }

  /** A copy that is merged with another batch's state of the same message. */
  public Conversation merged(Conversation other) {
    return messageId.equals(other.messageId)
        ? new Conversation(
            messageId,
            lastAt.isBefore(other.lastAt) ? other.lastAt : lastAt,
            postedAt.isBefore(other.postedAt) ? postedAt : other.postedAt,
            shownAt.isBefore(other.shownAt) ? other.shownAt : shownAt,
            other.told.merged(told),
            isStale)
        : this;
  }
}
