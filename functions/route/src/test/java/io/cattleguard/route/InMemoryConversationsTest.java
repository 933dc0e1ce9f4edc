package io.cattleguard.route;

final class InMemoryConversationsTest extends ConversationsContract {
  @Override
  Conversations conversations() {
    return new InMemoryConversations();
  }
}
