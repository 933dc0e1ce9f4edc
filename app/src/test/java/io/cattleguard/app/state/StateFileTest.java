package io.cattleguard.app.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable.State;
import io.cattleguard.events.TakesLong;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.PreparedStatement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateFileTest {
  private static final int ROUNDS = Boolean.getBoolean(TakesLong.PROPERTY) ? 6 : 1;

  private static final Instant LATER = Instant.parse("2030-01-01T00:00:00Z");

  @TempDir private Path directory;

  private static SqliteTable table(StateFile file) {
    return new SqliteTable(file, "things", 1_000_000);
  }

  /** The program of the killed process: stores keys, and prints each. */
  static final class Child {
    public static void main(String[] arguments) {
      StateFile file = StateFile.open(Path.of(arguments[0]));
      SqliteTable table = table(file);
      int next = table.scan("").size() / 2;
      for (int i = next; ; i++) {
        int number = i;
        file.transaction(
            () -> {
              table.store(new State(key(number, 'a'), 1, "x".repeat(700)), 0, LATER);
              table.store(new State(key(number, 'b'), 1, "x".repeat(number % 900)), 0, LATER);
              return true;
            });
        System.out.println(number);
        System.out.flush();
      }
    }
  }

  private static String key(int number, char half) {
    return String.format("%08d", number) + half;
  }

  @Test
  void promise1AKilledProcessLosesNoCommitAndLeavesNoHalfTransaction()
      throws IOException, InterruptedException {
    Random random = new Random(7);
    int stored = -1;
    for (int round = 0; round < ROUNDS; round++) {
      Process child =
          new ProcessBuilder(
                  ProcessHandle.current().info().command().orElseThrow(),
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Child.class.getName(),
                  directory.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (BufferedReader said =
          new BufferedReader(
              new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
        int enough = 50 + random.nextInt(3_000);
        for (int i = 0; i < enough; i++) {
          stored = Integer.parseInt(said.readLine());
        }
        child.toHandle().destroyForcibly(); // the process would close its own output
        for (String line = said.readLine(); line != null; line = said.readLine()) {
          stored = line.isEmpty() ? stored : Math.max(stored, Integer.parseInt(line));
        }
      }
      assertTrue(child.waitFor(10, TimeUnit.SECONDS));
      tearTheTail(round);

      try (StateFile file = StateFile.open(directory)) {
        assertEquals(List.of(), file.salvaged());
        List<String> keys = table(file).scan("").stream().map(State::key).toList();
        assertEquals(0, keys.size() % 2, "a transaction was kept by halves");
        assertTrue(keys.size() / 2 >= stored + 1, keys.size() / 2 + " of " + (stored + 1));
        assertEquals(key(keys.size() / 2 - 1, 'b'), keys.getLast());
        stored = keys.size() / 2 - 1;
      }
    }
  }

  /** Cuts off the end of the log, as a power loss during a write does. */
  private void tearTheTail(int round) throws IOException {
    byte[] garbage = new byte[1_000 + 777 * round];
    new Random(round).nextBytes(garbage);
    Files.write(directory.resolve("state.db-wal"), garbage, StandardOpenOption.APPEND);
  }

  @Test
  void aTransactionIsKeptWholeOrNotAtAll() {
    try (StateFile file = StateFile.open(directory)) {
      SqliteTable table = table(file);
      List<String> heard = new ArrayList<>();

      assertThrows(
          IllegalStateException.class,
          () ->
              file.transaction(
                  () -> {
                    table.store(new State("k", 1, "a"), 0, LATER);
                    file.afterCommit(() -> heard.add("committed"));
                    throw new IllegalStateException("a defect");
                  }));

      assertEquals(Optional.empty(), table.read("k"));
      assertEquals(List.of(), heard);
      file.transaction(
          () -> {
            file.afterCommit(() -> heard.add(table.read("k").orElseThrow().text()));
            return table.store(new State("k", 1, "b"), 0, LATER);
          });
      assertEquals(List.of("b"), heard);
    }
  }

  @Test
  void aSecondServerOnTheSameFolderIsRefused() {
    try (StateFile file = StateFile.open(directory)) {
      assertEquals(List.of(), file.salvaged());
      UsageError e = assertThrows(UsageError.class, () -> StateFile.open(directory));
      assertTrue(e.getMessage().contains("is in use by another cattleguard"), e.getMessage());
    }
    StateFile.open(directory).close();
  }

  @Test
  void ofADamagedFileTheReadableRowsAreKeptAndItIsReported() throws IOException {
    try (StateFile file = StateFile.open(directory)) {
      table(file).store(new State("k", 1, "a"), 0, LATER);
    }
    try (RandomAccessFile damage =
        new RandomAccessFile(directory.resolve("state.db").toFile(), "rw")) {
      damage.write("no database at all".getBytes(StandardCharsets.UTF_8));
    }

    try (StateFile file = StateFile.open(directory)) {
      assertEquals(1, file.salvaged().size());
      assertEquals("a", table(file).read("k").orElseThrow().text());
      assertTrue(Files.exists(directory.resolve("state.db.broken")));
    }
  }

  @Test
  void promise1RowsThatDamageTookAreCounted() throws IOException {
    try (StateFile file = StateFile.open(directory)) {
      SqliteTable table = table(file);
      for (int i = 0; i < 2_000; i++) {
        table.store(new State(key(i, 'a'), 1, "x".repeat(200)), 0, LATER);
      }
      for (int i = 0; i < 100; i++) {
        table.delete(key(i, 'a'));
      }
    }
    try (RandomAccessFile damage =
        new RandomAccessFile(directory.resolve("state.db").toFile(), "rw")) {
      for (int part = 1; part < 4; part++) {
        byte[] garbage = new byte[4_096];
        new Random(part).nextBytes(garbage);
        damage.seek(damage.length() / 4_096 * part / 4 * 4_096);
        damage.write(garbage);
      }
    }
    for (int start = 0; start < 2; start++) {
      try (StateFile file = StateFile.open(directory)) {
        int kept = table(file).scan("").size();
        assertTrue(kept > 1_500 && kept < 1_900, kept + " kept");
        assertEquals(start == 0 ? 1_900 - kept : 0, file.lost());
        assertEquals(start == 0 ? 1 : 0, file.salvaged().size());
      }
    }
  }

  @Test
  void promise1AStateCutToZeroBytesIsReportedAndCounted() throws IOException {
    try (StateFile file = StateFile.open(directory)) {
      table(file).store(new State("k", 1, "a"), 0, LATER);
    }
    Files.write(directory.resolve("state.db"), new byte[0]);
    try (StateFile file = StateFile.open(directory)) {
      assertEquals(1, file.lost());
      assertEquals(1, file.salvaged().size());
      table(file).store(new State("k", 1, "b"), 0, LATER);
    }
  }

  @Test
  void anUnusableFolderIsReported() throws IOException {
    Path occupied = Files.writeString(directory.resolve("file"), "");

    UsageError e = assertThrows(UsageError.class, () -> StateFile.open(occupied));
    assertTrue(e.getMessage().startsWith("--data " + occupied + " cannot be used"), e.getMessage());
  }

  @Test
  void afterAFullDiskTheStoreWorksAgainAndHasAllItsRows() {
    try (StateFile file = StateFile.open(directory)) {
      SqliteTable table = table(file);
      table.store(new State("before", 1, "a"), 0, LATER);
      // SQLite reports a full disk and a full file with the same error.
      long pages = pragma(file, "page_count");
      limit(file, pages);

      Unavailable e =
          assertThrows(
              Unavailable.class,
              () -> table.store(new State("big", 1, "x".repeat(1 << 20)), 0, LATER));
      assertTrue(
          String.valueOf(e.getMessage()).contains("the disk is full; free disk space"),
          e::toString);
      assertEquals(Optional.empty(), table.read("big"));

      limit(file, 1_000_000);
      table.store(new State("after", 1, "b"), 0, LATER);
      file.flush();
      assertEquals(List.of("after", "before"), table.scan("").stream().map(State::key).toList());
    }
  }

  private static void limit(StateFile file, long pages) {
    file.run("pragma max_page_count = " + pages, PreparedStatement::execute);
  }

  private static long pragma(StateFile file, String pragma) {
    return file.run(
        "pragma " + pragma,
        statement -> {
          try (var rows = statement.executeQuery()) {
            return rows.next() ? rows.getLong(1) : -1L;
          }
        });
  }

  @Test
  void checkpointsMoveCommitsOutOfTheLogWithoutBlocking() throws IOException {
    try (StateFile file = StateFile.open(directory)) {
      SqliteTable table = table(file);
      for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 200; i++) {
          String key = "k" + i;
          long version = table.read(key).map(State::version).orElse(0L);
          table.store(new State(key, version + 1, "x".repeat(3_000)), version, LATER);
        }
        file.checkpoint();
      }
      // 1,000 states of 3 KB were written, of which 200 are kept.
      long log = Files.size(directory.resolve("state.db-wal"));
      assertTrue(log < 5_000_000, log + " bytes of log");
      long size = Files.size(directory.resolve("state.db"));
      assertTrue(size < 1_500_000, size + " bytes");
    }
  }
}
