package io.cattleguard.route;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** Conversations whose table cannot be reached. */
public final class BrokenConversations implements Conversations {
  private static IllegalStateException broken() {
    return new IllegalStateException("the table is out of reach");
  }

  @Override
  public Set<String> delivered(Set<String> deliveryIds) {
    throw broken();
  }

  @Override
  public void remember(String deliveryId, Instant now) {
    throw broken();
  }

  @Override
  public Optional<Conversation> find(Conversation.Key key) {
    throw broken();
  }

  @Override
  public boolean claim(
      Conversation.Key key, Optional<Conversation> seen, Instant now, Instant until) {
    throw broken();
  }

  @Override
  public Conversation save(Conversation.Key key, Conversation conversation) {
    throw broken();
  }

  @Override
  public void release(Conversation.Key key) {
    throw broken();
  }
}
