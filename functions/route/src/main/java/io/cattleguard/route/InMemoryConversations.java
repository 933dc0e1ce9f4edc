package io.cattleguard.route;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Conversations in memory, for one process. */
public final class InMemoryConversations implements Conversations {
  private final Set<String> delivered = new HashSet<>();
  private final Map<Conversation.Key, Conversation> conversations = new HashMap<>();
  private final Map<Conversation.Key, Instant> claims = new HashMap<>();

  /** Empty. */
  public InMemoryConversations() {}

  @Override
  public synchronized Set<String> delivered(Set<String> deliveryIds) {
    Set<String> known = new HashSet<>(deliveryIds);
    known.retainAll(delivered);
    return known;
  }

  @Override
  public synchronized void remember(String deliveryId, Instant now) {
    delivered.add(deliveryId);
  }

  @Override
  public synchronized Optional<Conversation> find(Conversation.Key key) {
    return Optional.ofNullable(conversations.get(key));
  }

  @Override
  public synchronized boolean claim(
      Conversation.Key key, Optional<Conversation> seen, Instant now, Instant until) {
    Instant held = claims.get(key);
    if ((held != null && now.isBefore(held)) || !messageId(seen).equals(messageId(find(key)))) {
      return false;
    }
    claims.put(key, until);
    return true;
  }

  @Override
  public synchronized Conversation save(Conversation.Key key, Conversation conversation) {
    claims.remove(key);
    return conversations.merge(key, conversation, (known, next) -> next.merged(known));
  }

  @Override
  public synchronized void release(Conversation.Key key) {
    claims.remove(key);
  }

  private static Optional<String> messageId(Optional<Conversation> conversation) {
    return conversation.map(Conversation::messageId);
  }
}
