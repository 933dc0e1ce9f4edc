package io.cattleguard.sensor.spool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.Severity;
import io.cattleguard.sensor.intake.Observation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SpoolTest {
  private static final Instant AT = Instant.parse("2026-03-02T11:00:00Z");
  private static final long ALL = Long.MAX_VALUE;

  @TempDir private Path directory;
  private Spool spool;

  @BeforeEach
  void open() {
    spool = Spool.open(directory, 1 << 20, Spool.Sync.COMMIT, AT);
  }

  @AfterEach
  void close() {
    spool.close();
  }

  private static Observation observation(Severity severity, String key, String text) {
    return new Observation(severity, Fingerprint.hash(key), AT, AT, text);
  }

  private Map<Severity, Long> keep(Observation... observations) {
    return spool.commit(List.of(to -> to.append(List.of(observations))));
  }

  private List<String> texts() {
    return spool.next(ALL).alerts().stream().map(Round.Folded::text).toList();
  }

  private void reopen(long limit) {
    spool.close();
    spool = Spool.open(directory, limit, Spool.Sync.COMMIT, AT);
  }

  @Test
  void whatWasKeptIsThereAfterAReopening() {
    keep(observation(Severity.LOW, "a", "one"), observation(Severity.HIGH, "b", "two ✓"));
    reopen(1 << 20);
    assertEquals(2, spool.alerts());
    assertEquals(List.of("two ✓", "one"), texts());
  }

  @Test
  void theMostSevereLeaveFirstFromTheLogAndFromTheLanes() {
    keep(
        observation(Severity.LOW, "a", "low"),
        observation(Severity.FATAL, "b", "fatal"),
        observation(Severity.MEDIUM, "c", "medium"),
        observation(Severity.FATAL, "d", "fatal too"));
    List<String> expected = List.of("fatal", "fatal too", "medium", "low");
    assertEquals(expected, texts());
    reopen(1 << 20);
    spool.commit(List.of(to -> to.file(ALL)));
    assertTrue(spool.hasBacklog());
    assertEquals(expected, texts());
    assertEquals(4, spool.alerts());
  }

  @Test
  void repeatsAreFoldedIntoTheFirstOfThem() {
    Instant later = AT.plusSeconds(3);
    Instant earlier = AT.minusSeconds(3);
    String key = Fingerprint.hash("k");
    keep(
        new Observation(Severity.LOW, key, AT, AT, "first"),
        new Observation(Severity.LOW, key, later, AT, "second"),
        new Observation(Severity.LOW, key, earlier, AT, "third"));
    assertEquals(
        List.of(new Round.Folded(Severity.LOW, key, "first", 3, earlier, later, AT)),
        spool.next(ALL).alerts());
    reopen(1 << 20);
    spool.commit(List.of(to -> to.file(ALL)));
    assertTrue(spool.hasBacklog());
    assertEquals(
        List.of(new Round.Folded(Severity.LOW, key, "first", 3, earlier, later, AT)),
        spool.next(ALL).alerts());
  }

  @Test
  void whatHasArrivedIsGoneAndWhatCameMeanwhileIsNot() {
    keep(observation(Severity.LOW, "a", "one"));
    Round round = spool.next(ALL);
    spool.commit(List.of(to -> to.begin(round)));
    keep(observation(Severity.LOW, "b", "two"));
    spool.commit(List.of(to -> to.finish(round)));
    assertEquals(List.of("two"), texts());
    assertEquals(1, spool.alerts());
    assertEquals(3, spool.bytes());
  }

  @Test
  void aRoundThatACrashInterruptedIsMadeAgainExactly() {
    keep(observation(Severity.LOW, "a", "one"), observation(Severity.LOW, "a", "one more"));
    Round round = spool.next(ALL);
    spool.commit(List.of(to -> to.begin(round)));
    keep(observation(Severity.LOW, "a", "and another"));
    spool.commit(List.of(to -> to.file(ALL)));
    reopen(1 << 20);
    keep(observation(Severity.LOW, "a", "after the crash"));
    Round again = spool.next(ALL);
    assertEquals(round.alerts(), again.alerts());
    spool.commit(List.of(to -> to.finish(again)));
    assertEquals(2, spool.alerts());
    Round filed = spool.next(ALL);
    assertTrue(filed.more(), "the log is behind the lanes");
    spool.commit(List.of(to -> to.finish(filed)));
    assertEquals(List.of("after the crash"), texts());
  }

  @Test
  void aRoundThatWasDividedIsDividedAgainInTheSameWay() {
    for (int i = 0; i < 9; i++) {
      keep(observation(Severity.LOW, "key " + i, "alert " + i));
    }
    Round round = spool.next(ALL);
    List<Round.Folded> alerts = round.alerts();
    List<List<Round.Folded>> entries =
        List.of(
            List.of(alerts.get(4)),
            List.of(alerts.get(0), alerts.get(1), alerts.get(2), alerts.get(6)),
            List.of(alerts.get(5), alerts.get(7)));
    spool.commit(List.of(to -> to.begin(round.dividedInto(entries))));
    reopen(1 << 20);
    Round again = spool.next(ALL);
    assertTrue(again.again());
    List<List<Round.Folded>> all = new ArrayList<>(entries);
    all.add(List.of(alerts.get(3)));
    all.add(List.of(alerts.get(8)));
    assertEquals(all, again.entries(), "what was in no entry is sent alone");
    spool.commit(List.of(to -> to.finish(again)));
    keep(observation(Severity.LOW, "another", "another"));
    assertEquals(List.of(), spool.next(ALL).entries());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ";", "0-", "-1", "3-1", "0-2,9", "0-99999999999", "0;0-2", "a", "0/1", "0--1"})
  void aDamagedDivisionIsIgnored(String damaged) {
    for (int i = 0; i < 9; i++) {
      keep(observation(Severity.LOW, "key " + i, "alert " + i));
    }
    Round round = spool.next(ALL);
    spool.commit(List.of(to -> to.mark(SpoolTables.ROUND, round.write() + "/" + damaged)));
    Round again = spool.next(ALL);
    assertEquals(round.alerts(), again.alerts());
    assertEquals(List.of(), again.entries());
  }

  @Test
  void whatIsBeingHandedOnIsNotFiledBehindItsBack() {
    keep(observation(Severity.LOW, "a", "one"));
    Round round = spool.next(ALL);
    keep(observation(Severity.LOW, "b", "two"));
    spool.commit(List.of(to -> to.file(ALL)));
    spool.commit(List.of(to -> to.finish(round)));
    assertEquals(1, spool.alerts());
    assertEquals(List.of("two"), texts());
  }

  @Test
  void aFullSpoolShedsTheLeastSevereFirstAndTheOldestOfThemFirst() {
    reopen(1_000);
    String hundred = "x".repeat(100);
    for (int i = 0; i < 4; i++) {
      keep(observation(Severity.HIGH, "h" + i, "h" + i + hundred));
      keep(observation(Severity.LOW, "l" + i, "l" + i + hundred));
    }
    assertEquals(8, spool.alerts());
    Map<Severity, Long> shed = new EnumMap<>(Severity.class);
    keep(observation(Severity.FATAL, "f", "f" + hundred))
        .forEach((severity, count) -> shed.merge(severity, count, Long::sum));
    keep(observation(Severity.FATAL, "g", "g" + hundred))
        .forEach((severity, count) -> shed.merge(severity, count, Long::sum));
    assertEquals(Map.of(Severity.LOW, 1L), shed);
    List<String> left = texts().stream().map(text -> text.replace("x", "")).toList();
    assertEquals(List.of("f", "g", "h0", "h1", "h2", "h3", "l1", "l2", "l3"), left);
    assertTrue(spool.bytes() <= 1_000);
  }

  @Test
  void whatIsLessSevereThanAllThatWaitsIsItselfShed() {
    reopen(250);
    keep(
        observation(Severity.HIGH, "a", "x".repeat(120)),
        observation(Severity.HIGH, "b", "x".repeat(120)));
    assertEquals(
        Map.of(Severity.INFORMATIONAL, 1L),
        keep(observation(Severity.INFORMATIONAL, "c", "x".repeat(120))));
    assertEquals(2, spool.alerts());
  }

  @Test
  void theBooksOfASpoolThatShedsAndSendsBalance() {
    reopen(20_000);
    Random random = new Random(7);
    long kept = 0;
    long gone = 0;
    for (int i = 0; i < 400; i++) {
      List<Observation> some = new ArrayList<>();
      for (int j = random.nextInt(5); j >= 0; j--) {
        some.add(
            observation(
                SpoolTables.LANES.get(random.nextInt(6)),
                "key " + random.nextInt(50),
                "x".repeat(random.nextInt(400))));
      }
      kept += some.size();
      gone += keep(some.toArray(Observation[]::new)).values().stream().mapToLong(n -> n).sum();
      if (random.nextInt(20) == 0) {
        Round round = spool.next(5_000);
        spool.commit(List.of(to -> to.begin(round)));
        if (random.nextBoolean()) {
          reopen(20_000);
        }
        Round same = spool.next(ALL);
        spool.commit(List.of(to -> to.finish(same)));
        gone += same.count();
      }
    }
    assertEquals(kept - gone, spool.alerts());
    while (spool.alerts() > 0) {
      Round round = spool.next(5_000);
      spool.commit(List.of(to -> to.finish(round)));
      gone += round.count();
    }
    assertEquals(kept, gone);
    assertEquals(0, spool.bytes());
  }

  @Test
  void aMarkIsCommittedWithWhatItStandsFor() {
    spool.commit(
        List.of(
            to -> {
              to.append(List.of(observation(Severity.LOW, "a", "one")));
              to.mark("tail", "42");
            }));
    reopen(1 << 20);
    assertEquals(Optional.of("42"), spool.marked("tail"));
    assertEquals(Optional.empty(), spool.marked("another"));
  }

  @Test
  void ofAChangeThatFailsNothingRemains() {
    keep(observation(Severity.LOW, "a", "one"));
    assertThrows(
        SpoolUnavailable.class,
        () ->
            spool.commit(
                List.of(
                    to -> to.append(List.of(observation(Severity.LOW, "b", "two"))),
                    to -> {
                      throw new java.sql.SQLException("broken");
                    })));
    assertEquals(1, spool.alerts());
    assertEquals(List.of("one"), texts());
    keep(observation(Severity.LOW, "c", "three"));
    assertEquals(List.of("one", "three"), texts());
  }

  @Test
  void aSecondProcessIsRefusedWithASentence() {
    SpoolUnavailable refused =
        assertThrows(
            SpoolUnavailable.class, () -> Spool.open(directory, 1 << 20, Spool.Sync.COMMIT, AT));
    assertTrue(String.valueOf(refused.getMessage()).contains("in use"));
  }

  @Test
  void aFileThatIsNoSpoolIsMovedAsideAndNotDeleted() throws IOException {
    spool.close();
    Files.writeString(
        directory.resolve("spool.db"), "not a database, for a thousand bytes".repeat(40));
    Files.deleteIfExists(directory.resolve("spool.db-wal"));
    spool = Spool.open(directory, 1 << 20, Spool.Sync.COMMIT, AT);
    assertEquals(0, spool.alerts());
    assertTrue(Files.readString(directory.resolve("spool.db.broken")).startsWith("not a database"));
  }

  @Test
  void aTornLastRecordCostsNothingThatWasCommittedBefore() throws IOException {
    for (int i = 0; i < 50; i++) {
      keep(observation(Severity.LOW, "k" + i, "alert " + i));
    }
    Path wal = directory.resolve("spool.db-wal");
    byte[] whole = Files.readAllBytes(wal);
    Path torn = Files.createDirectory(directory.resolve("torn"));
    Files.copy(directory.resolve("spool.db"), torn.resolve("spool.db"));
    // The process was killed in the middle of its fifty-first commit.
    Files.write(torn.resolve("spool.db-wal"), whole);
    Files.write(
        torn.resolve("spool.db-wal"),
        "half a frame".getBytes(StandardCharsets.UTF_8),
        StandardOpenOption.APPEND);
    try (Spool recovered = Spool.open(torn, 1 << 20, Spool.Sync.COMMIT, AT)) {
      assertEquals(50, recovered.alerts());
    }
  }

  @Test
  void aLogThatGrowsIsFiledLittleByLittle() {
    reopen(64 << 20);
    String text = "x".repeat(100_000);
    for (int i = 0; i < 120; i++) {
      keep(observation(Severity.LOW, "k" + i, text));
    }
    assertTrue(spool.hasBacklog());
    assertEquals(120, spool.alerts());
    assertEquals(12_000_000, spool.bytes());
    reopen(64 << 20);
    assertEquals(120, spool.alerts());
    assertEquals(12_000_000, spool.bytes());
  }

  @Test
  void whatTheBusNeverTakesIsParked() {
    spool.commit(List.of(to -> to.park("event", "too strange")));
    assertEquals(0, spool.alerts());
    assertFalse(spool.hasBacklog());
  }

  @Test
  void itKnowsSinceWhenTheOldestWaits() {
    assertEquals(Optional.empty(), spool.oldest());
    keep(new Observation(Severity.LOW, Fingerprint.hash("a"), AT, AT.plusSeconds(5), "one"));
    keep(new Observation(Severity.FATAL, Fingerprint.hash("b"), AT, AT.plusSeconds(9), "two"));
    assertEquals(Optional.of(AT.plusSeconds(5)), spool.oldest());
    spool.commit(List.of(to -> to.file(ALL)));
    assertEquals(Optional.of(AT.plusSeconds(5)), spool.oldest());
  }
}
