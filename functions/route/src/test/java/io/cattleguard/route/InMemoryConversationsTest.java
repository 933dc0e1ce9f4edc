package io.cattleguard.route;

final class InMemoryConversationsTest extends ConversationsContract {
  @Override
  protected Conversations conversations() {
    return new InMemoryConversations();
  }
}
