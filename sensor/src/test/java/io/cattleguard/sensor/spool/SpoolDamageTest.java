package io.cattleguard.sensor.spool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.Severity;
import io.cattleguard.sensor.intake.Observation;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests a spool on a full disk, in a damaged file, and with unreadable rows. */
final class SpoolDamageTest {
  private static final Instant AT = Instant.parse("2026-03-02T11:00:00Z");
  private static final long ALL = Long.MAX_VALUE;
  private static final int ALERTS = 402;

  @TempDir private Path directory;

  private Spool open() {
    return Spool.open(directory, 64 << 20, Spool.Sync.COMMIT, AT);
  }

  private Path file() {
    return directory.resolve("spool.db");
  }

  private static Observation observation(String key, int bytes) {
    return new Observation(Severity.LOW, Fingerprint.hash(key), AT, AT, key + "x".repeat(bytes));
  }

  private void fill() {
    try (Spool spool = open()) {
      for (int i = 0; i < ALERTS; i++) {
        Observation one = observation("k" + i, 1_000);
        spool.commit(List.of(to -> to.append(List.of(one))));
      }
    }
  }

  @Test
  void aFullDiskRefusesAlertsOnlyUntilThereIsSpaceAgain() throws SQLException {
    open().close();
    try (Spool spool = Spool.open(directory, 64 << 20, Spool.Sync.COMMIT, AT, 60 * 4_096)) {
      GroupCommit commits = new GroupCommit(spool, shed -> {}, arrived -> {});
      commits.append(List.of(observation("first", 10)));
      SpoolUnavailable full =
          assertThrows(
              SpoolUnavailable.class, () -> commits.append(List.of(observation("big", 1 << 20))));
      assertTrue(String.valueOf(full.getMessage()).contains("the disk is full"), full::toString);
      assertFalse(commits.isHealthy());
      assertEquals(1, spool.next(ALL).count(), "what was acknowledged can be sent");

      commits.probe();

      assertTrue(commits.isHealthy(), "nothing but the probe wrote");
      commits.append(List.of(observation("second", 10)));
      assertEquals(2, spool.next(ALL).count());
      assertEquals(0, spool.lost());
    }
  }

  @Test
  void aProbeOnADiskThatIsStillFullStaysUnhealthy() {
    open().close();
    try (Spool spool = Spool.open(directory, 64 << 20, Spool.Sync.COMMIT, AT, 10 * 4_096)) {
      GroupCommit commits = new GroupCommit(spool, shed -> {}, arrived -> {});
      assertThrows(
          SpoolUnavailable.class, () -> commits.append(List.of(observation("big", 1 << 20))));
      commits.probe();
      assertFalse(commits.isHealthy());
    }
  }

  @Test
  void ofAFileCutInHalfTheReadableAlertsAreKeptAndTheOthersAreCounted() throws IOException {
    fill();
    try (FileChannel half = FileChannel.open(file(), StandardOpenOption.WRITE)) {
      half.truncate(half.size() / 2 / 4_096 * 4_096);
    }
    long kept = checkBooks();
    assertTrue(kept > 100 && kept < ALERTS, kept + " kept");
  }

  @Test
  void ofAFileWithDamagedPagesTheReadableAlertsAreKeptAndTheOthersAreCounted() throws IOException {
    fill();
    Random random = new Random(7);
    try (RandomAccessFile damage = new RandomAccessFile(file().toFile(), "rw")) {
      for (int i = 0; i < 5; i++) {
        byte[] garbage = new byte[4_096];
        random.nextBytes(garbage);
        damage.seek(4_096L * (20 + 15 * i));
        damage.write(garbage);
      }
    }
    long kept = checkBooks();
    assertTrue(kept > ALERTS / 2 && kept < ALERTS, kept + " kept");
  }

  @Test
  void aFileWhoseFirstPageIsGoneLosesNoAlert() throws IOException {
    fill();
    try (RandomAccessFile damage = new RandomAccessFile(file().toFile(), "rw")) {
      damage.write(new byte[4_096]);
    }
    assertEquals(ALERTS, checkBooks());
  }

  /** Opens the damaged spool; returns how many alerts it kept. */
  private long checkBooks() {
    try (Spool spool = open()) {
      assertEquals(ALERTS, spool.alerts() + spool.lost());
      assertEquals(spool.alerts(), spool.next(ALL).count());
      List<String> reports = spool.takeReports();
      assertTrue(reports.get(0).startsWith("the spool was damaged"), reports::toString);
      assertTrue(Files.exists(directory.resolve("spool.db.broken")));
      spool.commit(List.of(to -> to.append(List.of(observation("new", 10)))));
      return spool.alerts() - 1;
    }
  }

  @Test
  void aSecondDamageKeepsTheFirstBrokenFile() throws IOException {
    for (int i = 0; i < 2; i++) {
      open().close();
      Files.writeString(file(), "damage " + i + " of a thousand bytes".repeat(100));
      Files.deleteIfExists(directory.resolve("spool.db.first-page"));
      open().close();
    }
    assertTrue(Files.readString(directory.resolve("spool.db.broken")).startsWith("damage 0"));
    assertTrue(Files.readString(directory.resolve("spool.db.broken.2")).startsWith("damage 1"));
  }

  @Test
  void aSpoolDamagedWhileItIsOpenHealsItself() throws IOException {
    fill();
    try (Spool spool = open()) {
      try (RandomAccessFile damage = new RandomAccessFile(file().toFile(), "rw")) {
        byte[] garbage = new byte[(int) damage.length() - 20 * 4_096];
        new Random(3).nextBytes(garbage);
        damage.seek(20 * 4_096);
        damage.write(garbage);
      }
      assertThrows(SpoolUnavailable.class, () -> spool.next(ALL));
      long left = spool.next(ALL).count();
      assertEquals(ALERTS, left + spool.lost());
      spool.commit(List.of(to -> to.append(List.of(observation("new", 10)))));
      assertEquals(left + 1, spool.alerts());
    }
  }

  @Test
  void aDamagedRowIsSetAsideAndTheRowsBehindItAreSent() throws SQLException {
    fill();
    change("update log set events = x'ff00' where id = (select min(id) from log)");
    try (Spool spool = open()) {
      Round round = spool.next(ALL);
      assertEquals(ALERTS - 1, round.count());
      assertEquals(1, spool.lost());
      spool.commit(List.of(to -> to.finish(round)));
      assertEquals(0, spool.alerts());
      assertEquals(0, spool.bytes());
      assertEquals(Map.of(), spool.commit(List.of(to -> to.file(ALL))));
    }
  }

  @Test
  void aDamagedRowDoesNotPreventTheFiling() throws SQLException {
    fill();
    change("update log set events = substr(events, 1, 500) where id = (select min(id) from log)");
    try (Spool spool = open()) {
      assertTrue(spool.oldest().isPresent());
      spool.commit(List.of(to -> to.file(ALL)));
      assertEquals(1, spool.lost());
      assertEquals(ALERTS - 1, spool.next(ALL).count());
      assertEquals(ALERTS - 1, spool.alerts());
    }
  }

  @Test
  void aDamagedRowOfALaneIsSetAside() throws SQLException {
    fill();
    try (Spool spool = open()) {
      spool.commit(List.of(to -> to.file(ALL)));
    }
    change("update alert set event = null where id = (select min(id) from alert)");
    try (Spool spool = open()) {
      assertEquals(ALERTS - 1, spool.next(ALL).count());
      assertEquals(ALERTS - 1, spool.alerts());
      assertEquals(1, spool.lost());
    }
  }

  /** Each value of the file that is read at a start. */
  @Test
  void aDamagedMarkPreventsNeitherTheStartNorTheSending() throws SQLException {
    for (String value :
        List.of("x-12", "12", "9-9999999999999999999999", "5", "1-999999999999999")) {
      fill();
      change("insert or replace into mark values ('round', '" + value + "')");
      change("insert or replace into mark values ('shed.low', 'x" + value + "')");
      try (Spool spool = open()) {
        long waiting = spool.alerts();
        long sent = 0;
        for (Round next = spool.next(ALL); !next.isEmpty(); next = spool.next(ALL)) {
          Round round = next;
          sent += round.count();
          spool.commit(List.of(to -> to.finish(round)));
        }
        assertEquals(waiting, sent, value);
        assertEquals(0, spool.alerts());
      }
    }
  }

  @Test
  void aMarkThatNamesMoreThanARoundHoldsIsForgotten() throws SQLException {
    try (Spool spool = open()) {
      for (int i = 0; i < 45; i++) {
        Observation one = observation("k" + i, 1_000_000);
        spool.commit(List.of(to -> to.append(List.of(one))));
      }
      spool.commit(List.of(to -> to.file(ALL)));
    }
    change(
        "insert or replace into mark values ('round', (select min(id) || '-' || max(id) from"
            + " alert))");
    try (Spool spool = open()) {
      assertTrue(spool.next(2 << 20).count() < 5);
    }
  }

  @Test
  void aDamagedNumberNeitherShedsAlertsNorCountsALoss() throws SQLException {
    fill();
    change("update log set alerts = 1000000000 where id = (select min(id) from log)");
    change("update log set size = 1000000000000 where id = (select max(id) from log)");
    try (Spool spool = open()) {
      spool.commit(List.of(to -> to.append(List.of(observation("new", 10)))));
      assertEquals(Map.of(), spool.shedBefore());
      assertEquals(ALERTS + 1, spool.next(ALL).count());
      assertTrue(spool.lost() < 30, spool.lost() + " lost");
      assertTrue(spool.bytes() < 1_000_000, spool.bytes() + " bytes");
    }
  }

  @Test
  void ofAFileCutToZeroBytesEachAlertIsCountedAfterARebootToo() throws IOException {
    fill();
    Files.write(file(), new byte[0]);
    Files.writeString(directory.resolve("spool.count"), ALERTS + " ".repeat(17) + "another-boot");
    try (Spool spool = open()) {
      assertEquals(ALERTS, spool.lost());
      assertTrue(spool.takeReports().get(0).startsWith("the spool was damaged"));
    }
  }

  private void change(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        PreparedStatement statement = connection.prepareStatement(sql)) {
      assertEquals(1, statement.executeUpdate());
    }
  }

  @Test
  void aDefectInAChangeIsReportedAndLeavesTheSpoolUsable() {
    try (Spool spool = open()) {
      assertThrows(
          SpoolUnavailable.class,
          () ->
              spool.commit(
                  List.of(
                      to -> {
                        throw new IllegalStateException("a defect");
                      })));
      spool.commit(List.of(to -> to.append(List.of(observation("a", 10)))));
      assertEquals(1, spool.alerts());
    }
  }
}
