package io.cattleguard.app.state;

import io.cattleguard.route.Conversations;
import io.cattleguard.route.ConversationsContract;
import io.cattleguard.route.stored.StoredConversations;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

final class SqliteConversationsTest extends ConversationsContract {
  @TempDir private Path directory;
  private StateFile file;
  private char table = 'a';

  @BeforeEach
  void open() {
    file = StateFile.open(directory);
  }

  @AfterEach
  void close() {
    file.close();
  }

  @Override
  protected Conversations conversations() {
    return new StoredConversations(new SqliteTable(file, "conversations" + table++, 1_000));
  }
}
