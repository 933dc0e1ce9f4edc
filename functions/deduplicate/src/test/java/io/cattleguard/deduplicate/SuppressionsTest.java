package io.cattleguard.deduplicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.deduplicate.Verdict.Column;
import io.cattleguard.edge.policy.PolicyError;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Silenced;
import io.cattleguard.events.TestAlerts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SuppressionsTest {
  private static final String SHELLS =
      """
      suppressions:
        - name: shells
          owner: platform-team
          reason: they debug
          expires: 2026-03-04
          cap: 2
          window: 1h
          when: { alert: { rule: [Terminal shell in container] } }
      """;

  @TempDir private Path directory;
  private final InMemorySightings sightings = new InMemorySightings();

  private Suppressions read(String yaml) {
    try {
      Files.writeString(directory.resolve("suppressions.yaml"), yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Suppressions.read(new PolicyFiles(directory));
  }

  @Test
  void aLabelThatAPodsAuthorChoosesHidesNothing() {
    PolicyException e =
        assertThrows(
            PolicyException.class,
            () ->
                read(
                    SHELLS.replace(
                        "{ rule: [Terminal shell in container] }",
                        "{ rule: [r], target: { labels: [noisy=true] } }")));

    assertTrue(
        e.errors().getFirst().message().contains("anyone who may change a pod"), e.toString());
  }

  private static Alert shell(int id, Duration after) {
    return TestAlerts.alert(id(id), "Terminal shell in container", Severity.LOW)
        .at(TestAlerts.AT.plus(after))
        .build();
  }

  private static String id(int number) {
    return String.format("%08x%024x", number * 0x9E3779B9, number);
  }

  private Verdict judge(Alert alert) {
    return judge(sightings, alert);
  }

  private Verdict judge(Sightings in, Alert alert) {
    return new Deduplicator(in, read(SHELLS), DeduplicationSettings.DEFAULT)
        .deduplicate(List.of(new Arrival(alert, TestAlerts.AT.plus(Duration.ofDays(3)))))
        .getFirst();
  }

  @Test
  void theShippedOnesHideNothing() {
    Path shipped = Path.of(System.getProperty("cattleguard.root", "../..")).resolve("policy");
    assertEquals(List.of(), Suppressions.read(new PolicyFiles(shipped)).all());
  }

  @Test
  void aPolicyWithoutTheFileHasNone() {
    assertEquals(List.of(), Suppressions.read(new PolicyFiles(directory)).all());
  }

  @Test
  void everythingThatItSaysIsRead() {
    Suppression shells = read(SHELLS + "    tests: []\n").all().getFirst();

    assertEquals("shells", shells.name());
    assertEquals("platform-team", shells.owner());
    assertEquals("they debug", shells.reason());
    assertEquals(Instant.parse("2026-03-05T00:00:00Z"), shells.expires(), "through that day");
    assertEquals(Suppression.From.EVERYONE, shells.hides());
    assertEquals(2, shells.cap());
    assertEquals(Duration.ofHours(1), shells.window());
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "owner: platform-team | ownr: platform-team | 3: unknown key 'ownr'; did you mean 'owner'?"
            + " (known: name, owner, reason, since, expires, cap, window, hide-from, when, tests)",
        "owner: platform-team | owner: '' | 3: is empty; name the owner and the reason",
        "expires: 2026-03-04 | expires: soon | 5: expected a last day such as 2026-01-31, a time"
            + " such as 2026-01-31T12:00:00Z, or a duration such as 4h, 14d or 2w, found 'soon'",
        "expires: 2026-03-04 | expires: 2w | 5: '2w' has no start in a file: add since: 2026-01-31,"
            + " or write the last day in place of the duration",
        "window: 1h | hide-from: nobody | 7: 'nobody' is not one of people, everyone",
        "expires: 2026-03-04 | expires: 2026-02-30 | 5: expected a last day such as 2026-01-31, a"
            + " time such as 2026-01-31T12:00:00Z, or a duration such as 4h, 14d or 2w, found"
            + " '2026-02-30'",
        "cap: 2 | cap: 0 | 6: expected a whole number from 1 to 1000000, found '0'",
        "cap: 2 | tests: [] | 2: key 'cap' is missing",
        "window: 1h | window: 30d | 7: expected a duration from 1m to 7d, found '30d'",
        "rule: [ | ruel: [ | 8: unknown key 'ruel'; did you mean 'rule'? (known: class, count,"
            + " file, id, network, observedAt, process, related, rule, severity, source, tactics,"
            + " target, techniques, title, traits)",
        "alert: { | score: [1], alert: { | 8: unknown key 'score' (known: alert, fingerprint)",
      })
  void whatIsWrongIsNamedWithItsLine(String right, String wrong, String error) {
    PolicyException exception =
        assertThrows(PolicyException.class, () -> read(SHELLS.replace(right, wrong)));

    assertEquals(
        List.of("suppressions.yaml:" + error),
        exception.errors().stream().map(PolicyError::toString).toList());
  }

  @Test
  void aDurationCountsFromTheStartAndADayIsWhole() {
    Suppression twoWeeks =
        read(SHELLS.replace("expires: 2026-03-04", "since: 2026-03-02\n    expires: 2w"))
            .all()
            .getFirst();

    assertEquals(Instant.parse("2026-03-16T00:00:00Z"), twoWeeks.expires());
    assertEquals(
        Optional.of("begins on 2026-03-02T00:00:00Z"),
        twoWeeks.idle(Instant.parse("2026-03-01T23:59:59Z")));
    assertEquals(Optional.empty(), twoWeeks.idle(Instant.parse("2026-03-15T23:59:59Z")));
    assertThrows(
        PolicyException.class,
        () ->
            read(
                SHELLS.replace(
                    "expires: 2026-03-04", "since: 2026-03-05\n    expires: 2026-03-04")));
  }

  @Test
  void promise3DoNotTellMeButDoContainCanBeSaid() {
    Suppressions forPeople = read(SHELLS.replace("cap: 2", "cap: 2\n    hide-from: people"));
    Deduplicator deduplicator =
        new Deduplicator(sightings, forPeople, DeduplicationSettings.DEFAULT);
    List<Verdict> verdicts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Alert onAnotherPod =
          TestAlerts.alert(id(i), "Terminal shell in container", Severity.LOW)
              .pod("web-" + i)
              .at(TestAlerts.AT.plusSeconds(i))
              .build();
      verdicts.addAll(
          deduplicator.deduplicate(
              List.of(new Arrival(onAnotherPod, TestAlerts.AT.plus(Duration.ofDays(3))))));
    }

    assertEquals(
        List.of(Column.OPENED, Column.SPREAD, Column.SPREAD),
        verdicts.stream().map(Verdict::column).toList());
    assertEquals(
        new Silenced("suppression shells", "they debug", false),
        verdicts.get(0).publish().orElseThrow().silenced());
    assertTrue(verdicts.get(1).isSilenced());
    assertFalse(verdicts.get(2).isSilenced(), "beyond its cap");
    assertEquals(Optional.of("shells"), verdicts.get(2).suppression());
  }

  @Test
  void twoOfOneNameAreAnError() {
    PolicyException exception =
        assertThrows(
            PolicyException.class, () -> read(SHELLS + SHELLS.replace("suppressions:\n", "")));

    assertEquals(
        "suppressions.yaml:9: a suppression named 'shells' exists already", exception.getMessage());
  }

  @Test
  void itHidesUpToItsCapAndWhatIsBeyondFlowsOnAndSaysSo() {
    List<Column> columns = new ArrayList<>();
    Verdict last = judge(shell(0, Duration.ZERO));
    columns.add(last.column());
    for (int i = 1; i < 4; i++) {
      last = judge(shell(i, Duration.ofSeconds(i)));
      columns.add(last.column());
    }

    assertEquals(
        List.of(Column.SUPPRESSED, Column.SUPPRESSED, Column.OPENED, Column.MERGED), columns);
    assertEquals(Optional.of("shells"), last.suppression());
    assertEquals(
        List.of("suppression 'shells' matches, but its cap is reached: 2 in 60 minutes"),
        last.alert().notes());
  }

  @Test
  void aHiddenAlertOpensNothingAndIsPublishedNowhere() {
    Verdict hidden = judge(shell(1, Duration.ZERO));

    assertEquals(Optional.empty(), hidden.publish());
    assertEquals(Optional.of("shells"), hidden.suppression());
    assertEquals(Optional.empty(), sightings.recall(hidden.fingerprint()));
  }

  @Test
  void aFoldedAlertCountsInFull() {
    assertEquals(Column.OPENED, judge(shell(1, Duration.ZERO).withCount(3)).column());
    assertEquals(
        Column.MERGED,
        judge(shell(2, Duration.ZERO).withCount(Long.MAX_VALUE)).column(),
        "no overflow makes room");
    assertEquals(Column.MERGED, judge(shell(3, Duration.ZERO)).column(), "what is spent stays so");
  }

  @Test
  void aCopyStaysHiddenAndIsNotCounted() {
    for (int i = 0; i < 5; i++) {
      assertEquals(Column.SUPPRESSED, judge(shell(1, Duration.ZERO)).column());
    }
    assertEquals(Column.SUPPRESSED, judge(shell(2, Duration.ZERO)).column());
    assertEquals(Column.OPENED, judge(shell(3, Duration.ZERO)).column());
    assertEquals(Column.SUPPRESSED, judge(shell(1, Duration.ZERO)).column());
  }

  @Test
  void theNextWindowHidesAgain() {
    judge(shell(1, Duration.ZERO));
    judge(shell(2, Duration.ZERO));
    assertEquals(Column.OPENED, judge(shell(3, Duration.ofMinutes(59))).column());
    assertEquals(Column.SUPPRESSED, judge(shell(4, Duration.ofMinutes(61))).column());
  }

  @Test
  void promise4WhatFlowedOnFlowsOnWhenItComesAgainInTheNextWindow() {
    judge(shell(1, Duration.ZERO));
    judge(shell(2, Duration.ZERO));
    Verdict recorded = judge(shell(3, Duration.ofMinutes(1)));
    judge(shell(4, Duration.ofMinutes(61)));

    Verdict again = judge(shell(3, Duration.ofMinutes(1)));

    assertEquals(recorded.publish().orElseThrow().id(), again.publish().orElseThrow().id());
  }

  @Test
  void aLateAlertOfAWindowThatWasNotFullIsHidden() {
    judge(shell(1, Duration.ofSeconds(5)));

    assertEquals(Column.SUPPRESSED, judge(shell(2, Duration.ZERO)).column());
  }

  @Test
  void anExpiredOneHidesNothing() {
    assertEquals(
        Column.SUPPRESSED, judge(shell(1, Duration.ofHours(62))).column(), "an hour before");
    assertEquals(Column.OPENED, judge(shell(2, Duration.ofHours(63))).column());
  }

  @Test
  void aCapThatCannotBeCountedNeitherHidesNorLetsThrough() {
    Sightings away =
        new Sightings() {
          @Override
          public Optional<Sighting> recall(String fingerprint) {
            return Optional.empty();
          }

          @Override
          public Optional<Sighting> store(Sighting next, long expectedVersion) {
            if (next.fingerprint().startsWith("suppression/")) {
              throw new StorageUnavailable("away", new IllegalStateException());
            }
            return Optional.empty();
          }
        };

    assertEquals(Column.FAILED, judge(away, shell(1, Duration.ZERO)).column());
  }

  @Test
  void aFingerprintAndHealthCanBeSuppressedToo() {
    Alert health =
        TestAlerts.alert(id(1), "drops", Severity.LOW).alertClass(AlertClass.HEALTH).build();
    Suppressions one =
        read(
            SHELLS.replace(
                "alert: { rule: [Terminal shell in container] }",
                "fingerprint: [" + Fingerprint.of(health) + "]"));

    assertTrue(one.explain(health, TestAlerts.AT).getFirst().matches());
  }

  @Test
  void eachSaysWhyItDoesNotHide() {
    Suppressions shells = read(SHELLS);
    Instant late = TestAlerts.AT.plus(Duration.ofDays(9));

    assertTrue(shells.explain(shell(1, Duration.ZERO), TestAlerts.AT).getFirst().matches());
    SuppressionVerdict verdict =
        shells.explain(TestAlerts.alert(id(1), "other", Severity.LOW).build(), late).getFirst();
    assertFalse(verdict.matches());
    assertEquals(
        List.of(
            "expired on 2026-03-05T00:00:00Z",
            "alert.rule is \"other\", needs \"Terminal shell in container\""),
        verdict.unmet());
  }
}
