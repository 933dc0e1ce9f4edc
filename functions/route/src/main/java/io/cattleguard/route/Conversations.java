package io.cattleguard.route;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What was told to whom, so that one problem stays one message and only what failed is delivered
 * again.
 */
public interface Conversations {

  /** Those of the deliveries that were made before, by id. */
  Set<String> delivered(Set<String> deliveryIds);

  /** Remembers that a delivery was made. */
  void remember(String deliveryId, Instant now);

  /** The latest conversation about a problem. */
  Optional<Conversation> find(Conversation.Key key);

  /**
   * Takes the right to post the next message about a problem, so that two at once do not both.
   *
   * @param seen what {@link #find} gave; the claim fails where it is no longer so
   * @param until when the claim lapses by itself, should its holder not come back
   * @return whether the caller may post; if so it must {@link #save} or {@link #release}
   */
  boolean claim(Conversation.Key key, Optional<Conversation> seen, Instant now, Instant until);

  /** Stores what people see now, and ends the claim. */
  void save(Conversation.Key key, Conversation conversation);

  /** Ends the claim: nothing was posted. */
  void release(Conversation.Key key);
}
