package io.cattleguard.sensor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A salvage that a kill interrupts. */
final class DamagedFileTest {
  private static final SqliteStore.Settings SETTINGS =
      new SqliteStore.Settings("a.db", true, 1_000, 1_000_000, 1_000, 1L << 30);

  @TempDir private Path folder;

  /** The log of the damaged file would be applied to the salvaged one. */
  @Test
  void promise1AKillBetweenTwoRenamesLeavesNoLogOfTheDamagedFile() throws Exception {
    try (Connection damaged = connect("a.db");
        Statement statement = damaged.createStatement()) {
      statement.execute("pragma journal_mode = wal");
      statement.execute("create table t (v text)");
      statement.execute("insert into t values ('of the damaged file')");
      Files.copy(folder.resolve("a.db-wal"), folder.resolve("kept"));
    }
    try (Connection salvaged = connect("a.db.salvaged");
        Statement statement = salvaged.createStatement()) {
      statement.execute("create table t (v text)");
      statement.execute("insert into t values ('salvaged')");
    }
    Files.move(folder.resolve("a.db"), folder.resolve("a.db.broken"));
    Files.move(
        folder.resolve("kept"), folder.resolve("a.db-wal"), StandardCopyOption.REPLACE_EXISTING);

    try (SqliteStore store = SqliteStore.open(folder, SETTINGS, lost -> {})) {
      assertEquals(
          List.of("salvaged"),
          store.look(
              "select v from t",
              statement -> {
                List<String> rows = new ArrayList<>();
                try (ResultSet row = statement.executeQuery()) {
                  while (row.next()) {
                    rows.add(row.getString(1));
                  }
                }
                return rows;
              }));
    }
    assertFalse(Files.exists(folder.resolve("a.db.salvaged")));
  }

  private Connection connect(String file) throws Exception {
    return DriverManager.getConnection("jdbc:sqlite:" + folder.resolve(file));
  }
}
