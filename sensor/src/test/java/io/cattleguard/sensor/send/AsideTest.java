package io.cattleguard.sensor.send;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Severity;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.Round;
import io.cattleguard.sensor.spool.Spool;
import io.cattleguard.sensor.store.CountFile;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AsideTest {
  private static final Instant AT = Instant.parse("2026-03-02T11:00:00Z");

  @TempDir private Path directory;
  private Spool spool;
  private CountFile count;
  private Aside aside;
  private long now = 1_000_000_000L;

  @BeforeEach
  void open() {
    spool = Spool.open(directory, 64 << 20, Spool.Sync.OS, AT);
    GroupCommit commits = new GroupCommit(spool, shed -> {}, arrived -> {});
    count = CountFile.open(directory, "aside.count");
    aside = new Aside(spool, commits, count, () -> AT.plusNanos(now), () -> now);
  }

  @AfterEach
  void close() {
    count.close();
    spool.close();
  }

  private static Round.Folded alert(String text) {
    return new Round.Folded(Severity.HIGH, "key " + text, text, 3, AT, AT, AT);
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  /** Retries for that time; returns whether the alert was given up. */
  private boolean rejected(Duration time, boolean othersPass) {
    long end = now + time.toNanos();
    long accepted = 100;
    while (now < end) {
      pass(Duration.ofSeconds(1));
      accepted += othersPass ? 1 : 0;
      if (aside.due().isPresent() && aside.rejected(aside.due().get(), accepted)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void whatIsRejectedForMinutesWhileOthersPassIsGivenUp() {
    aside.add(alert("poison"), true, 100);
    assertFalse(rejected(Duration.ofMinutes(9), true));
    assertTrue(rejected(Duration.ofMinutes(20), true));
  }

  @Test
  void whileNothingElsePassesNothingIsGivenUp() {
    aside.add(alert("good"), false, 100);
    assertFalse(rejected(Duration.ofDays(2), false));
  }

  @Test
  void retriesGetRareAndNeverHoldUpOthersForLong() {
    aside.add(alert("one"), true, 0);
    aside.add(alert("two"), true, 0);
    int tries = 0;
    long last = Long.MIN_VALUE;
    for (int second = 0; second < 3_600; second++) {
      pass(Duration.ofSeconds(1));
      if (aside.due().isPresent()) {
        assertTrue(last == Long.MIN_VALUE || now - last >= Duration.ofSeconds(20).toNanos());
        last = now;
        tries++;
        aside.rejected(aside.due().get(), 0);
      }
    }
    assertTrue(tries >= 10 && tries <= 30, tries + " tries in an hour");
  }

  @Test
  void itSurvivesARestartAndIsForgottenWhenItArrived() {
    aside.add(alert("one \" \u0000 \ud83d\ude00"), true, 0);
    aside.add(alert("two"), false, 0);
    aside.add(alert("two"), false, 0);
    assertEquals(6, aside.alerts());
    close();
    open();
    assertEquals(6, aside.alerts());
    List<Round.Folded> again = new ArrayList<>();
    while (aside.due().isPresent()) {
      again.add(aside.due().get().alert());
      aside.accepted(aside.due().get());
    }
    assertEquals(List.of(alert("one \" \u0000 \ud83d\ude00"), alert("two")), again);
    close();
    open();
    assertEquals(0, aside.alerts());
  }

  @Test
  void whatDamageTookIsCounted() throws SQLException {
    aside.add(alert("one"), true, 0);
    aside.add(alert("two"), true, 0);
    close();
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("spool.db"));
        Statement statement = connection.createStatement()) {
      statement.execute("update mark set value = '{\"text\":' where name = 'aside.1'");
    }
    open();
    assertEquals(3, aside.alerts());
    assertEquals(3, aside.lost());
    close();
    open();
    assertEquals(0, aside.lost());
  }

  @Test
  void itsSpaceIsBounded() {
    int added = 0;
    while (aside.add(alert(added + "x".repeat(100)), false, 0)) {
      added++;
    }
    assertEquals(256, added);
    aside.remove(
        aside
            .due()
            .orElseGet(
                () -> {
                  pass(Duration.ofMinutes(1));
                  return aside.due().orElseThrow();
                }));
    assertFalse(aside.add(alert("x".repeat(9 << 20)), false, 0));
    assertTrue(aside.add(alert("again"), true, 0));
  }

  @Test
  void aSensorThatRestartsAgainAndAgainGivesUpInTheEnd() {
    aside.add(alert("poison"), true, 100);
    Duration passed = Duration.ZERO;
    boolean givenUp = false;
    while (!givenUp && passed.compareTo(Duration.ofHours(1)) < 0) {
      close();
      open();
      givenUp = rejected(Duration.ofSeconds(30), true);
      passed = passed.plusSeconds(30);
    }
    assertTrue(givenUp, "never given up");
    assertTrue(passed.compareTo(Duration.ofMinutes(9)) > 0, "given up after " + passed);
  }

  @Test
  void restartsAloneProveNothing() {
    aside.add(alert("good"), true, 100);
    for (int restart = 0; restart < 20; restart++) {
      pass(Duration.ofMinutes(1));
      close();
      open();
      assertFalse(aside.rejected(aside.due().orElseThrow(), 0));
    }
  }

  @Test
  void aClockThatWasSetBackDelaysWhatIsGivenUpAndNoMore() {
    aside.add(alert("poison"), true, 100);
    pass(Duration.ofDays(-1));
    close();
    open();
    assertFalse(rejected(Duration.ofMinutes(9), true));
    assertTrue(rejected(Duration.ofMinutes(20), true));
  }

  @Test
  void aMarkOfAnEarlierVersionBeginsAnew() throws SQLException {
    aside.add(alert("poison"), true, 100);
    close();
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("spool.db"));
        Statement statement = connection.createStatement()) {
      statement.execute(
          "update mark set value = json_remove(value, '$.since', '$.rejections')"
              + " where name = 'aside.0'");
    }
    open();
    assertEquals(alert("poison"), aside.due().orElseThrow().alert());
    assertFalse(rejected(Duration.ofMinutes(9), true));
    assertTrue(rejected(Duration.ofMinutes(20), true));
  }

  @Test
  void whileAnAlertWaitsForRoomThoseThatAreNearestToTheirProofAreSentMoreOften() {
    for (int i = 0; i < 256; i++) {
      assertTrue(aside.add(alert("poison " + i), true, 0));
    }
    aside.awaitRoom();
    long begin = now;
    long accepted = 0;
    List<Aside.Suspect> givenUp = new ArrayList<>();
    while (givenUp.size() < 5 && now - begin < Duration.ofMinutes(30).toNanos()) {
      pass(Duration.ofSeconds(1));
      accepted++;
      while (aside.due().isPresent()) {
        Aside.Suspect suspect = aside.due().get();
        if (aside.rejected(suspect, accepted)) {
          aside.remove(suspect);
          aside.awaitRoom();
          givenUp.add(suspect);
        }
      }
    }
    assertEquals(5, givenUp.size(), "after half an hour");
    Duration held = Duration.ofNanos(now - begin);
    assertTrue(held.compareTo(Duration.ofMinutes(10)) >= 0, "without their proof, after " + held);
    assertTrue(held.compareTo(Duration.ofMinutes(15)) < 0, "only after " + held);
  }
}
