package io.cattleguard.app.state;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.edge.port.VersionedTable.State;
import io.cattleguard.edge.port.VersionedTableContract;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteTableTest extends VersionedTableContract {
  private static final Instant NOW = Instant.parse("2026-03-02T09:15:00Z");

  @TempDir private Path directory;
  private StateFile file;

  @BeforeEach
  void open() {
    file = StateFile.open(directory);
  }

  @AfterEach
  void close() {
    file.close();
  }

  @Override
  protected VersionedTable table() {
    return table(1_000);
  }

  private SqliteTable table(int limit) {
    return new SqliteTable(file, "things", limit);
  }

  @Test
  void whatHasExpiredIsDeletedAndNothingElse() {
    SqliteTable table = table(1_000);
    table.store(new State("old", 1, ""), 0, NOW);
    table.store(new State("new", 1, ""), 0, NOW.plusSeconds(1));

    assertEquals(1, table.prune(NOW));

    assertEquals(List.of(new State("new", 1, "")), table.scan(""));
  }

  @Test
  void beyondTheLimitTheRowsThatExpireFirstAreDeleted() {
    SqliteTable table = table(3);
    for (int i = 0; i < 5; i++) {
      table.store(new State("k" + i, 1, ""), 0, NOW.plusSeconds(100 - i));
    }

    assertEquals(2, table.prune(NOW));

    assertEquals(List.of("k0", "k1", "k2"), table.scan("").stream().map(State::key).toList());
    assertEquals(0, table.prune(NOW));
  }

  @Test
  void twoTablesOfOneFileAreSeparate() {
    new SqliteTable(file, "others", 10).store(new State("k", 1, "other"), 0, NOW);

    assertEquals(Optional.empty(), table().read("k"));
  }

  @Test
  void aQuestionOfAPersonDoesNotWaitForAWriter() {
    SqliteTable table = table(1_000);
    State state = new State("k", 1, "a");
    table.store(state, 0, NOW);
    List<State> seen =
        file.transaction(
            () ->
                CompletableFuture.supplyAsync(() -> table.lookedAt().scan("k"))
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join());

    assertEquals(List.of(state), seen);
  }

  @Test
  void whatIsStoredIsThereWhenTheFileIsOpenedAgain() {
    table().store(new State("k", 1, "a"), 0, NOW);
    file.close();
    open();

    assertEquals(Optional.of(new State("k", 1, "a")), table().read("k"));
  }
}
