package io.cattleguard.route;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * The record of deliveries and messages. With it one incident stays one message, and only failed
 * deliveries are repeated.
 */
public interface Conversations {

  /** The ids of those deliveries that were already made. */
  Set<String> delivered(Set<String> deliveryIds);

  /** Records that a delivery was made. */
  void remember(String deliveryId, Instant now);

  /** The latest conversation about an incident. */
  Optional<Conversation> find(Conversation.Key key);

  /**
   * Claims the right to post the next message about an incident, so that concurrent batches do not
   * both post it.
   *
   * @param seen the result of {@link #find}; the claim fails if it has changed since
   * @param until when the claim expires, in case its holder is killed
   * @return whether the caller may post; if so it must {@link #save} or {@link #release}
   */
  boolean claim(Conversation.Key key, Optional<Conversation> seen, Instant now, Instant until);

  /**
   * Stores the state that the message shows now, and ends the claim. The state that another batch
   * stored meanwhile is merged.
   *
   * @return what is stored now
   */
  Conversation save(Conversation.Key key, Conversation conversation);

  /** Ends the claim without a message. */
  void release(Conversation.Key key);
}
