package io.cattleguard.sensor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cattleguard.events.TakesLong;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests a store whose files are damaged, truncated, missing, or used by another program. */
final class SqliteStoreTest {
  private static final SqliteStore.Settings SETTINGS =
      new SqliteStore.Settings("a.db", true, 1_000, 1_000_000, 1_000, 1L << 30);
  private static final String TABLE =
      "create table if not exists t (id integer primary key, v text)";
  private static final String KEYED =
      "create table if not exists k (pk blob primary key, v text) without rowid";

  @TempDir private Path folder;

  private final List<Salvaged> salvaged = new ArrayList<>();

  private SqliteStore open() throws IOException, SQLException {
    SqliteStore store = SqliteStore.open(folder, SETTINGS, salvaged::add);
    store.create(TABLE);
    store.create(KEYED);
    return store;
  }

  private Path file() {
    return folder.resolve("a.db");
  }

  private static void insert(SqliteStore store, int number) throws SQLException {
    store.write(
        session -> {
          PreparedStatement statement = session.prepared("insert into t values (?, ?)");
          statement.setInt(1, number);
          statement.setString(2, number + "x".repeat(900));
          return statement.executeUpdate();
        });
  }

  private static void insertKeyed(SqliteStore store, int from, int to) throws SQLException {
    store.write(
        session -> {
          for (int i = from; i < to; i++) {
            insertKeyed(session, i);
          }
          return true;
        });
  }

  private static void insertKeyed(Session session, int number) throws SQLException {
    PreparedStatement statement = session.prepared("insert into k values (?, ?)");
    statement.setBytes(1, ("lease#" + number).getBytes(StandardCharsets.UTF_8));
    statement.setString(2, "x".repeat(100));
    statement.executeUpdate();
  }

  private void fill(int rows) throws IOException, SQLException {
    try (SqliteStore store = open()) {
      for (int i = 0; i < rows; i++) {
        insert(store, i);
      }
    }
  }

  private static long count(SqliteStore store, String table) throws SQLException {
    return store.read(
        session -> {
          try (ResultSet row = session.prepared("select count(*) from " + table).executeQuery()) {
            return row.getLong(1);
          }
        });
  }

  private Set<String> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(path -> path.getFileName().toString())
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  /** Another program, which reads the file and closes it as its last user. */
  static final class Look {
    public static void main(String[] arguments) throws SQLException {
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + arguments[0]);
          Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("select count(*) from t")) {
        System.out.println(row.getLong(1));
      }
    }
  }

  /** Opens the store as another process would. */
  static final class Open {
    public static void main(String[] arguments) throws Exception {
      try (SqliteStore store = SqliteStore.open(Path.of(arguments[0]), SETTINGS, ignored -> {})) {
        System.out.println("opened " + count(store, "t"));
      } catch (StoreInUse e) {
        System.out.println("in use");
      }
    }
  }

  private static String run(Class<?> program, Path argument)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName(),
                argument.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    return said.strip();
  }

  /** Another program that closes the file deletes the log if nothing else seems to use it. */
  @Test
  void promise1AProgramThatLooksAtAnOpenFileLeavesItsLogAlone() throws Exception {
    try (SqliteStore store = open()) {
      insert(store, 1);
      Object log = Files.getAttribute(folder.resolve("a.db-wal"), "unix:ino");
      assertEquals("1", run(Look.class, file()));
      insert(store, 2);
      assertEquals(log, Files.getAttribute(folder.resolve("a.db-wal"), "unix:ino"));
    }
  }

  /** Closing any handle of a file gives up the locks of its process. */
  @Test
  void aSecondOpeningInTheSameProcessDoesNotGiveUpItsLock() throws Exception {
    try (SqliteStore store = open()) {
      assertThrows(StoreInUse.class, this::open);
      assertEquals("in use", run(Open.class, folder));
      insert(store, 1);
    }
    assertEquals("opened 1", run(Open.class, folder));
  }

  @Test
  void aFileCutToZeroBytesIsDamaged() throws Exception {
    fill(10);
    Files.write(file(), new byte[0]);
    try (SqliteStore store = open()) {
      assertEquals(1, salvaged.size());
      assertFalse(salvaged.get(0).isComplete());
      insert(store, 1);
    }
  }

  @Test
  void aFileThatIsGoneIsDamaged() throws Exception {
    fill(10);
    Files.delete(file());
    try (SqliteStore store = open()) {
      assertEquals(1, salvaged.size());
      assertFalse(salvaged.get(0).isComplete());
      insert(store, 1);
    }
  }

  /** SQLite deletes the log of an empty file. */
  @Test
  void ofAFileCutToZeroBytesTheLogIsReadStill() throws Exception {
    Path copy = Files.createDirectory(folder.resolve("killed"));
    try (SqliteStore store = open()) {
      insert(store, 1);
      for (String name : files()) {
        if (name.startsWith("a.db")) {
          Files.copy(folder.resolve(name), copy.resolve(name));
        }
      }
    }
    Files.write(copy.resolve("a.db"), new byte[0]);
    try (SqliteStore store = SqliteStore.open(copy, SETTINGS, salvaged::add)) {
      store.create(TABLE);
      assertEquals(1, salvaged.size());
      assertEquals(1, count(store, "t"));
    }
  }

  @Test
  void aNewStoreIsNotDamaged() throws Exception {
    open().close();
    open().close();
    assertEquals(List.of(), salvaged);
  }

  @Test
  void aColumnWhoseNameIsDamagedIsRepaired() throws Exception {
    fill(10);
    byte[] bytes = Files.readAllBytes(file());
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("(pk blob") + 1;
    bytes[at] = 'q';
    Files.write(file(), bytes);
    try (SqliteStore store = open()) {
      assertThrows(SQLException.class, () -> lookUp(store));
      assertEquals(0, lookUp(store));
      assertEquals(10, count(store, "t"));
      assertEquals(1, salvaged.size());
    }
  }

  private static long lookUp(SqliteStore store) throws SQLException {
    return store.write(
        session -> {
          try (ResultSet row =
              session.prepared("select count(*) from k where pk > x'00'").executeQuery()) {
            return row.getLong(1);
          }
        });
  }

  /** The keys have a long common prefix, as in a server's tables. */
  @Test
  void ofATableWithKeysEveryReadablePageIsKept() throws Exception {
    try (SqliteStore store = open()) {
      insertKeyed(store, 0, 6_000);
    }
    Random random = new Random(5);
    try (RandomAccessFile damage = new RandomAccessFile(file().toFile(), "rw")) {
      int pages = (int) (damage.length() / 4_096);
      for (int part = 1; part < 8; part++) {
        byte[] garbage = new byte[4_096];
        random.nextBytes(garbage);
        damage.seek(4_096L * (pages * part / 8));
        damage.write(garbage);
      }
    }
    try (SqliteStore store = open()) {
      long kept = count(store, "k");
      assertTrue(kept > 5_000 && kept < 6_000, kept + " kept");
      assertFalse(salvaged.get(0).isComplete());
    }
  }

  @Test
  void onlyTheFirstAndTheLatestBrokenFileAreKept() throws Exception {
    for (int i = 0; i < 4; i++) {
      fill(0);
      Files.writeString(file(), ("damage " + i + " of a thousand bytes").repeat(100));
      Files.deleteIfExists(folder.resolve("a.db.first-page"));
      open().close();
    }
    assertEquals(4, salvaged.size());
    assertTrue(Files.readString(folder.resolve("a.db.broken")).startsWith("damage 0"));
    assertTrue(Files.readString(folder.resolve("a.db.broken.2")).startsWith("damage 3"));
    assertEquals(2, files().stream().filter(name -> name.contains("broken")).count());
  }

  @Test
  void aDamagedIndexOfTheLogIsMadeAnew() throws Exception {
    Path copy = killed(3);
    byte[] garbage = new byte[32_768];
    new Random(1).nextBytes(garbage);
    Files.write(copy.resolve("a.db-shm"), garbage);
    try (SqliteStore store = SqliteStore.open(copy, SETTINGS, salvaged::add)) {
      assertEquals(3, count(store, "t"));
    }
    assertEquals(List.of(), salvaged);
  }

  /** Leaves the files as a kill leaves them. */
  private Path killed(int rows) throws Exception {
    Path copy = Files.createDirectory(folder.resolve("killed"));
    try (SqliteStore store = open()) {
      for (int i = 0; i < rows; i++) {
        insert(store, i);
      }
      for (String name : files()) {
        if (name.startsWith("a.db")) {
          Files.copy(folder.resolve(name), copy.resolve(name));
        }
      }
    }
    return copy;
  }

  /**
   * Whatever byte is damaged, the store opens, accepts rows, and does not report more rows than
   * before.
   */
  @Test
  void aFlippedByteAnywhereNeverPreventsTheStart() throws Exception {
    fill(60);
    byte[] whole = Files.readAllBytes(file());
    Random random = new Random(11);
    int files = Boolean.getBoolean(TakesLong.PROPERTY) ? 150 : 40;
    for (int i = 0; i < files; i++) {
      byte[] bytes = whole.clone();
      int near = i % 3 == 0 ? 200 : i % 3 == 1 ? 4_096 : bytes.length;
      for (int flips = 0; flips < 1 + i % 4; flips++) {
        bytes[random.nextInt(near)] ^= (byte) (1 << random.nextInt(8));
      }
      Files.write(file(), i % 7 == 0 ? Arrays.copyOf(bytes, random.nextInt(whole.length)) : bytes);
      salvaged.clear();
      try (SqliteStore store = open()) {
        usable(store, i);
      }
      for (String name : files()) {
        if (!name.contains("first-page")) {
          Files.delete(folder.resolve(name));
        }
      }
    }
  }

  private void usable(SqliteStore store, int round) throws SQLException {
    for (int attempt = 0; ; attempt++) {
      try {
        insert(store, 1_000_000 + attempt);
        lookUp(store);
        long rows = count(store, "t");
        assertTrue(rows >= 61 || !salvaged.isEmpty(), "silent loss in round " + round);
        return;
      } catch (SQLException e) {
        if (attempt == 3) {
          throw e;
        }
      }
    }
  }

  /** A disk that is really full: SQLite cannot even extend its log. */
  @Test
  void aFullFileSystemRefusesRowsOnlyUntilThereIsSpaceAgain() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(mount("-t", "tmpfs", "-o", "size=3m", "tmpfs", disk.toString()), "not root");
    try {
      try (SqliteStore store = SqliteStore.open(disk.resolve("data"), SETTINGS, salvaged::add)) {
        store.create(TABLE);
        insert(store, 1);
        Path filling = disk.resolve("filling");
        fillUp(filling);
        assertThrows(SQLException.class, () -> insertMany(store, 10, 2_000));
        assertEquals(1, count(store, "t"));
        Files.delete(filling);
        insert(store, 2);
        assertEquals(2, count(store, "t"));
      }
      // A damaged file on a full disk is salvaged when there is space.
      fillUp(disk.resolve("filling"));
      try (RandomAccessFile damage =
          new RandomAccessFile(disk.resolve("data/a.db").toFile(), "rw")) {
        damage.write(new byte[4_096]);
      }
      assertThrows(
          SQLException.class,
          () -> SqliteStore.open(disk.resolve("data"), SETTINGS, salvaged::add));
      Files.delete(disk.resolve("filling"));
      try (SqliteStore store = SqliteStore.open(disk.resolve("data"), SETTINGS, salvaged::add)) {
        store.create(TABLE);
        assertEquals(2, count(store, "t"));
      }
    } finally {
      new ProcessBuilder("umount", "-l", disk.toString()).start().waitFor();
    }
  }

  @Test
  void aReadOnlyFileSystemRefusesRowsOnlyAsLongAsItIsReadOnly() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(mount("-t", "tmpfs", "-o", "size=3m", "tmpfs", disk.toString()), "not root");
    try {
      SqliteStore.open(disk.resolve("data"), SETTINGS, salvaged::add).close();
      assertTrue(mount("-o", "remount,ro", disk.toString()));
      assertThrows(
          IOException.class, () -> SqliteStore.open(disk.resolve("data"), SETTINGS, salvaged::add));
      assertTrue(mount("-o", "remount,rw", disk.toString()));
      SqliteStore.open(disk.resolve("data"), SETTINGS, salvaged::add).close();
    } finally {
      new ProcessBuilder("umount", "-l", disk.toString()).start().waitFor();
    }
  }

  private static boolean mount(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("mount"));
    command.addAll(List.of(arguments));
    try {
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException e) {
      return false; // the program is not installed
    }
  }

  private static void fillUp(Path file) {
    try (OutputStream out = Files.newOutputStream(file)) {
      byte[] page = new byte[4_096];
      while (true) {
        out.write(page);
      }
    } catch (IOException e) {
      // The disk is full.
    }
  }

  private static void insertMany(SqliteStore store, int from, int to) throws SQLException {
    store.write(
        session -> {
          for (int i = from; i < to; i++) {
            session.execute("insert into t values (" + i + ", zeroblob(2000))");
          }
          return true;
        });
  }
}
