package io.cattleguard.score;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.PolicyFiles;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Points;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The default policy's model, by the alerts that it was made for. */
final class ScorerTest {
  private static final ScoringPolicy POLICY =
      ScoringPolicy.read(
          new PolicyFiles(Path.of(System.getProperty("cattleguard.root"), "policy")));

  private final Scorer scorer = new Scorer(POLICY, new InMemoryWorkloadHistories());

  private static AcceptedAlert accepted(Alert alert) {
    return new AcceptedAlert(
        alert, "f00d", Acceptance.OPENED, 1, TestAlerts.AT, TestAlerts.AT, 1, 1);
  }

  private int score(Alert alert) {
    return scorer.score(accepted(alert)).score();
  }

  static Stream<Arguments> calibration() {
    return Stream.of(
        Arguments.of(
            "a shell that a person opened wakes nobody",
            TestAlerts.alert("a", "Terminal shell in container", Severity.LOW)
                .attack(List.of("TA0002"), List.of("T1059"))
                .traits(List.of("interactive"))
                .build(),
            20,
            59),
        Arguments.of("a reverse shell is acted on", TestAlerts.reverseShell("a"), 80, 100),
        Arguments.of(
            "a connection to a mining pool is acted on",
            TestAlerts.alert("a", "Detect outbound connections to miner pools", Severity.CRITICAL)
                .attack(List.of("TA0040"), List.of("T1496"))
                .network(new ObservedConnection("203.0.113.9", 3333, "tcp", "outbound"))
                .build(),
            80,
            100),
        Arguments.of(
            "a program that was dropped and run is acted on",
            TestAlerts.alert("a", "Drop and execute new binary in container", Severity.CRITICAL)
                .attack(List.of("TA0003"), List.of())
                .build(),
            80,
            100),
        Arguments.of(
            "a warning that a password file was read is told, and not acted on",
            TestAlerts.alert("a", "Read sensitive file untrusted", Severity.MEDIUM)
                .attack(List.of("TA0006"), List.of("T1555"))
                .build(),
            40,
            60),
        Arguments.of(
            "a test rule is hardly noticed",
            TestAlerts.alert("a", "Test rule", Severity.INFORMATIONAL)
                .attack(List.of(), List.of())
                .build(),
            0,
            14),
        Arguments.of(
            "a configuration finding stays below what anything acts on, however bad",
            TestAlerts.alert("a", "Public bucket", Severity.FATAL)
                .attack(List.of("TA0009"), List.of("T1611"))
                .alertClass(AlertClass.CONFIGURATION)
                .build(),
            39,
            39),
        Arguments.of(
            "so does a sensor's own trouble",
            TestAlerts.alert("a", "Falco internal: syscall event drop", Severity.CRITICAL)
                .attack(List.of(), List.of())
                .alertClass(AlertClass.HEALTH)
                .build(),
            39,
            39));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("calibration")
  void theDefaultPolicyIsCalibrated(String why, Alert alert, int least, int most) {
    ScoredAlert scored = scorer.score(accepted(alert));

    assertTrue(
        scored.score() >= least && scored.score() <= most,
        () -> why + ": " + scored.score() + " by " + scored.reasons());
  }

  @Test
  void tacticsAddUpToAKillChainOnOneWorkloadAndNotOnAnother() {
    List<Integer> scores = new ArrayList<>();
    List<String> tactics = List.of("TA0002", "TA0006", "TA0007", "TA0011");
    for (int i = 0; i < tactics.size(); i++) {
      scores.add(
          score(
              TestAlerts.alert("a" + i, "rule " + i, Severity.MEDIUM)
                  .attack(List.of(tactics.get(i)), List.of())
                  .at(TestAlerts.AT.plusSeconds(i))
                  .build()));
    }
    assertEquals(List.of(30, 45, 60, 75), scores);

    Alert elsewhere =
        TestAlerts.alert("b", "rule", Severity.MEDIUM)
            .attack(List.of("TA0003"), List.of())
            .pod("other-7c8d9f5b6d-x2x4k")
            .build();
    assertEquals(30, score(elsewhere));
  }

  @Test
  void whatHappenedLongAgoIsNoPartOfAKillChain() {
    score(TestAlerts.alert("a", "r", Severity.MEDIUM).attack(List.of("TA0002"), List.of()).build());

    assertEquals(
        30,
        score(
            TestAlerts.alert("b", "r", Severity.MEDIUM)
                .attack(List.of("TA0006"), List.of())
                .at(TestAlerts.AT.plus(Duration.ofMinutes(61)))
                .build()));
  }

  @Test
  void aRuleIsNewOnlyForAWorkloadThatWasWatchedForADay() {
    assertEquals(30, score(plain("a", "first", Duration.ZERO)));
    assertEquals(30, score(plain("b", "second", Duration.ofHours(23))));
    assertEquals(40, score(plain("c", "third", Duration.ofHours(25))));
    assertEquals(30, score(plain("d", "third", Duration.ofHours(26))), "not new any more");
  }

  private static Alert plain(String id, String rule, Duration after) {
    return TestAlerts.alert(id, rule, Severity.MEDIUM)
        .attack(List.of(), List.of())
        .at(TestAlerts.AT.plus(after))
        .build();
  }

  @Test
  void promise4TheSameAlertScoredAgainHasTheSameScore() {
    score(plain("a", "first", Duration.ZERO));
    AcceptedAlert accepted = accepted(plain("b", "new", Duration.ofHours(30)));

    ScoredAlert once = scorer.score(accepted);
    ScoredAlert again = scorer.score(accepted);

    assertEquals(40, once.score());
    assertEquals(once, again);
    assertEquals(once.id(), again.id());
  }

  @Test
  void aPastThatCannotBeReadIsToldAndTheAlertIsScoredAllTheSame() {
    WorkloadHistories away =
        new WorkloadHistories() {
          @Override
          public Optional<WorkloadHistory> recall(String workload) {
            throw new HistoryUnavailable("away", new IllegalStateException());
          }

          @Override
          public Optional<WorkloadHistory> store(WorkloadHistory next, long expectedVersion) {
            throw new HistoryUnavailable("away", new IllegalStateException());
          }
        };

    ScoredAlert scored = new Scorer(POLICY, away).score(accepted(TestAlerts.reverseShell("a")));

    assertEquals(85, scored.score());
    assertTrue(scored.reasons().contains(new Points(0, "the workload's past is unknown: away")));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theReasonsAlwaysAddUpToTheScore(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      Alert alert =
          TestAlerts.alert(
                  "a" + i,
                  random.nextBoolean() ? "Test rule" : "Drop and execute new binary in container",
                  oneOf(random, Severity.values()))
              .alertClass(oneOf(random, AlertClass.values()))
              .attack(
                  List.of("TA00" + (10 + random.nextInt(5))),
                  List.of(random.nextBoolean() ? "T1611" : "T1496"))
              .traits(random.nextBoolean() ? List.of("privileged", "memfd") : List.of())
              .at(TestAlerts.AT.plusSeconds(random.nextInt(200_000)))
              .build();
      ScoredAlert scored = scorer.score(accepted(alert));
      assertEquals(scored.score(), scored.reasons().stream().mapToInt(Points::value).sum());
      assertTrue(scored.score() >= 0 && scored.score() <= 100);
    }
  }

  private static <T> T oneOf(Random random, T[] values) {
    return values[random.nextInt(values.length)];
  }
}
