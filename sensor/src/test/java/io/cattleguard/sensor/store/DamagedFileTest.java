package io.cattleguard.sensor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.nio.file.DirectoryStream;
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

/** Tests a salvage that a kill interrupts. */
final class DamagedFileTest {
  private static final SqliteStore.Settings SETTINGS =
      new SqliteStore.Settings("a.db", true, 1_000, 1_000_000, 1_000, 1L << 30);

  @TempDir private Path folder;

  /** Otherwise the log of the damaged file would be applied to the salvaged one. */
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

  /** Simulates a kill: nothing runs after it. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private void insert(int from, int to) throws Exception {
    try (SqliteStore store = SqliteStore.open(folder, SETTINGS, lost -> {})) {
      store.create("create table if not exists t (v text)");
      store.write(
          session -> {
            for (int i = from; i < to; i++) {
              session.execute("insert into t values ('" + i + "x".repeat(500) + "')");
            }
            return true;
          });
    }
  }

  @Test
  void promise1AKillAtAnyStepOfASalvageLosesNothingThatCouldBeRead() throws Exception {
    for (boolean cut : List.of(false, true)) {
      int steps = 0;
      boolean ended = false;
      while (!ended) {
        steps++;
        delete();
        insert(0, 100);
        damage(cut);
        ended = salvage(steps);
        List<Salvaged> later = new ArrayList<>();
        try (SqliteStore store = SqliteStore.open(folder, SETTINGS, later::add)) {
          int number = steps;
          assertEquals(100, rows(store).size(), () -> "killed at step " + number);
          // A kill that leaves the old page 1 leaves an intact file.
          int least = ended || cut ? 0 : 1;
          assertTrue(later.size() >= least, () -> "not reported after step " + number);
          assertTrue(ended || later.size() == least || Files.exists(folder.resolve("a.db.broken")));
        }
        assertFalse(Files.exists(folder.resolve("a.db.salvaged")));
      }
      assertTrue(steps > 5, steps + " steps");
    }
  }

  /** Without page 1, or with a wrong number of free pages. */
  private void damage(boolean firstPage) throws Exception {
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve("a.db").toFile(), "rw")) {
      file.seek(firstPage ? 0 : 36);
      file.write(firstPage ? new byte[4_096] : new byte[] {1});
    }
  }

  private boolean salvage(int steps) throws Exception {
    int[] left = {steps};
    Runnable step =
        () -> {
          left[0]--;
          if (left[0] == 0) {
            throw new Killed();
          }
        };
    try (SqliteStore store = SqliteStore.open(folder, SETTINGS, lost -> {}, step)) {
      return rows(store).size() == 100;
    } catch (Killed e) {
      return false;
    }
  }

  private static List<String> rows(SqliteStore store) throws Exception {
    return store.look(
        "select v from t",
        statement -> {
          List<String> rows = new ArrayList<>();
          try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
              rows.add(row.getString(1));
            }
          }
          return rows;
        });
  }

  private void delete() throws Exception {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
  }
}
