package io.cattleguard.score;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Points;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.trait.Trait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the default policy's scores with typical alerts. */
public final class ScorerTest {
  public static final ScoringPolicy POLICY =
      ScoringPolicy.read(new PolicyFiles(ContractFiles.root().resolve("policy")));

  @TempDir private Path directory;

  private final Scorer scorer = new Scorer(POLICY, new InMemoryWorkloadHistories());

  private static AcceptedAlert accepted(Alert alert) {
    Instant observedAt = alert.observedAt();
    return new AcceptedAlert(
        alert,
        "f00d",
        Acceptance.OPENED,
        1,
        TestAlerts.AT,
        observedAt == null ? TestAlerts.AT : observedAt,
        1,
        1);
  }

  private int score(Alert alert) {
    return scorer.score(accepted(alert)).score();
  }

  @ParameterizedTest
  @ValueSource(strings = {"replayed", "sample"})
  void aReplayedOrSampleAlertLeavesNoTraceInTheHistoryOfItsWorkload(String mark) {
    Scorer fresh = new Scorer(POLICY, new InMemoryWorkloadHistories());
    for (Scorer one : List.of(scorer, fresh)) {
      one.score(accepted(TestAlerts.alert("a", "known rule", Severity.LOW).build()));
    }
    Alert real =
        TestAlerts.alert("c", "new rule", Severity.LOW)
            .at(TestAlerts.AT.plus(Duration.ofHours(25)))
            .build();
    fresh.score(
        accepted(
            TestAlerts.alert("b", "new rule", Severity.LOW)
                .attack(List.of("TA0040"), List.of())
                .at(TestAlerts.AT.plus(Duration.ofHours(25)))
                .traits(List.of(mark))
                .build()));

    assertEquals(scorer.score(accepted(real)), fresh.score(accepted(real)));
  }

  @Test
  void anAlertOfAModelUnderReviewLiftsNoOtherAlert() {
    Alert shell = TestAlerts.alert("z", "Terminal shell in container", Severity.LOW).build();
    int alone = score(shell);

    assertEquals(alone, scoreAfterDeviations(shell, Trait.UNDER_REVIEW.id()));
    assertTrue(scoreAfterDeviations(shell, "enforced") > alone);
  }

  private static int scoreAfterDeviations(Alert alert, String trait) {
    Scorer fresh = new Scorer(POLICY, new InMemoryWorkloadHistories());
    for (String tactic : List.of("TA0001", "TA0003", "TA0006", "TA0040")) {
      fresh.score(
          accepted(
              TestAlerts.alert(tactic, "not in model", Severity.MEDIUM)
                  .attack(List.of(tactic), List.of())
                  .traits(List.of(trait))
                  .build()));
    }
    return fresh.score(accepted(alert)).score();
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
                .traits(List.of("dropped-executable"))
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
    assertEquals(List.of(30, 60, 60, 85), scores);

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
        45,
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

  @Test
  void oneAlertOfSeveralTacticsIsNoKillChain() {
    Alert both =
        TestAlerts.alert("a", "r", Severity.MEDIUM)
            .attack(List.of("TA0002", "TA0007"), List.of())
            .build();

    assertEquals(30, score(both));
    assertEquals(30, score(both));
  }

  @Test
  void alertsThatOvertakeEachOtherStillMakeAChain() {
    score(tactic("later", "TA0007", Duration.ofMinutes(30)));

    assertEquals(45, score(tactic("earlier", "TA0002", Duration.ZERO)));
  }

  @Test
  void aClockThatIsYearsAheadHidesNoLaterChain() {
    score(tactic("a", "TA0002", Duration.ofDays(3_650)));
    score(tactic("b", "TA0002", Duration.ZERO));

    assertEquals(45, score(tactic("c", "TA0007", Duration.ofMinutes(1))));
  }

  @Test
  void whatIsStillToComeByALongWayIsNoPartOfAChain() {
    score(tactic("a", "TA0007", Duration.ofMinutes(61)));

    assertEquals(30, score(tactic("b", "TA0002", Duration.ZERO)));
  }

  @Test
  void aStormOnOneWorkloadMakesNoMemoryGrowAndNoOldRuleNew() {
    InMemoryWorkloadHistories histories = new InMemoryWorkloadHistories();
    Scorer stormy = new Scorer(POLICY, histories);
    stormy.score(accepted(plain("first", "the first rule", Duration.ZERO)));
    AcceptedAlert novel = accepted(plain("novel", "the second rule", Duration.ofHours(25)));
    assertEquals(40, stormy.score(novel).score());
    for (int i = 0; i < 200; i++) {
      stormy.score(accepted(plain("storm" + i, "rule " + i, Duration.ofHours(25))));
    }

    WorkloadHistory remembered = histories.recall("blue/shop/web").orElseThrow();
    assertEquals(50, remembered.rules().size());
    assertEquals(32, remembered.answers().size());
    assertEquals(40, stormy.score(novel).score(), "it is still the one that brought its rule");
    assertEquals(
        30, stormy.score(accepted(plain("x", "unheard of", Duration.ofHours(26)))).score());
  }

  @Test
  void alertsThatNameNoWorkloadHaveNoPastInCommon() {
    Alert nowhere =
        TestAlerts.alert("a", "r", Severity.MEDIUM)
            .attack(List.of("TA0002"), List.of())
            .target(Target.builder().cluster("blue").build())
            .build();
    Alert nowhereElse =
        TestAlerts.alert("b", "s", Severity.MEDIUM)
            .attack(List.of("TA0007"), List.of())
            .target(Target.builder().cluster("blue").build())
            .at(TestAlerts.AT.plus(Duration.ofHours(30)))
            .build();
    score(nowhere);

    assertEquals(30, score(nowhereElse), "neither a chain nor a new rule");
  }

  @Test
  void whatIsNoAttackIsNoPartOfOne() {
    for (AlertClass notAnAttack :
        List.of(AlertClass.CONFIGURATION, AlertClass.VULNERABILITY, AlertClass.HEALTH)) {
      score(
          TestAlerts.alert("a" + notAnAttack, "Public bucket", Severity.HIGH)
              .attack(List.of("TA0009"), List.of())
              .alertClass(notAnAttack)
              .build());
    }

    assertEquals(30, score(tactic("b", "TA0002", Duration.ZERO)));
  }

  private static Alert tactic(String id, String tactic, Duration after) {
    return TestAlerts.alert(id, "rule of " + id, Severity.MEDIUM)
        .attack(List.of(tactic), List.of())
        .at(TestAlerts.AT.plus(after))
        .build();
  }

  @Test
  void aSubTechniqueHasItsOwnWeightOrThatOfItsTechnique() {
    assertEquals(30 + 30, score(technique("a", "T1505.003")), "a web shell has its own");
    assertEquals(30, score(technique("b", "T1505.001")), "and its technique has none");
    assertEquals(30 + 25, score(technique("c", "T1552.001")));
    assertEquals(30, score(technique("d", "T15522")), "no prefix of another's number");
    assertEquals(30 + 35, score(technique("e", "T1059", "T1611", "T1552")), "the strongest alone");
  }

  private static Alert technique(String id, String... techniques) {
    return TestAlerts.alert(id, "r", Severity.MEDIUM)
        .attack(List.of(), List.of(techniques))
        .build();
  }

  static Stream<Arguments> signals() {
    return Stream.of(
        Arguments.of(
            "traits are added up",
            new Points(20, "traits: privileged, interactive"),
            accepted(quiet().traits(List.of("privileged", "interactive", "unheard-of")).build())),
        Arguments.of(
            "a shell that talks",
            new Points(35, "a shell (bash) has a network connection"),
            accepted(quiet().network(peer("192.0.2.1", 443)).build())),
        Arguments.of(
            "a port of mining pools",
            new Points(25, "port 3333 is a known bad port"),
            accepted(quiet().network(new ObservedConnection(null, 3333, "tcp", null)).build())),
        Arguments.of(
            "several pods",
            new Points(10, "seen on 3 objects"),
            new AcceptedAlert(
                quiet().build(), "f", Acceptance.SPREAD, 3, TestAlerts.AT, TestAlerts.AT, 3, 1)),
        Arguments.of(
            "again and again",
            new Points(5, "seen 100 times"),
            new AcceptedAlert(
                quiet().build(),
                "f",
                Acceptance.REPEATED,
                100,
                TestAlerts.AT,
                TestAlerts.AT,
                1,
                1)),
        Arguments.of(
            "and it goes on",
            new Points(5, "seen 101 times"),
            new AcceptedAlert(
                quiet().build(),
                "f",
                Acceptance.CONTINUING,
                101,
                TestAlerts.AT,
                TestAlerts.AT,
                1,
                1)),
        Arguments.of(
            "the cluster's own namespace",
            new Points(10, "system namespace"),
            accepted(
                quiet()
                    .target(Target.builder().cluster("blue").namespace("kube-system").build())
                    .build())));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("signals")
  void everySignalSaysWhatItAdds(String what, Points expected, AcceptedAlert accepted) {
    List<Points> reasons = scorer.score(accepted).reasons();

    assertEquals(List.of(new Points(15, "severity low (source)"), expected), reasons);
  }

  @Test
  void aBadAddressIsKnownByTheNetworkItLiesIn() throws IOException {
    Files.writeString(
        directory.resolve(ScoringPolicy.FILE),
        Files.readString(ContractFiles.root().resolve("policy").resolve(ScoringPolicy.FILE))
            .replace("addresses: []", "addresses: [203.0.113.0/24, 2001:db8::/32]"));
    Scorer strict =
        new Scorer(ScoringPolicy.read(new PolicyFiles(directory)), new InMemoryWorkloadHistories());

    for (String peer : List.of("203.0.113.77", "2001:db8::7")) {
      assertTrue(
          strict
              .score(accepted(quiet().network(peer(peer, 443)).build()))
              .reasons()
              .contains(new Points(25, "peer " + peer + " is on the list of bad peers")));
    }
    assertTrue(
        strict
            .score(accepted(quiet().network(peer("198.51.100.1", 443)).build()))
            .reasons()
            .stream()
            .noneMatch(points -> points.reason().contains("on the list of bad peers")));
  }

  @Test
  void whatIsLessThanNothingIsNothingAndSaidSo() throws IOException {
    Files.writeString(
        directory.resolve(ScoringPolicy.FILE),
        Files.readString(ContractFiles.root().resolve("policy").resolve(ScoringPolicy.FILE))
            .replace("points: -5", "points: -50"));
    Alert test =
        TestAlerts.alert("a", "Test rule", Severity.LOW).attack(List.of(), List.of()).build();

    ScoredAlert scored =
        new Scorer(ScoringPolicy.read(new PolicyFiles(directory)), new InMemoryWorkloadHistories())
            .score(accepted(test));

    assertEquals(0, scored.score());
    assertEquals(new Points(35, "raised to 0"), scored.reasons().getLast());
  }

  @Test
  void aSeverityThatNobodyNamedIsScoredLikeAMediumAndSaidSo() {
    Alert named = quiet().build();
    Alert unnamed = AlertJson.readAlert(AlertJson.write(named).without("severity"));

    assertEquals(
        List.of(new Points(30, "the source reports no severity")),
        scorer.score(accepted(unnamed)).reasons());
  }

  private static TestAlerts.Draft quiet() {
    return TestAlerts.alert("a", "r", Severity.LOW).attack(List.of(), List.of());
  }

  private static ObservedConnection peer(String address, int port) {
    return new ObservedConnection(address, port, "tcp", "outbound");
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
    score(tactic("between", "TA0011", Duration.ofHours(30)));
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
          public Optional<WorkloadHistory> current(String workload) {
            throw new HistoryUnavailable("away", new IllegalStateException());
          }

          @Override
          public Optional<WorkloadHistory> store(WorkloadHistory next, long expectedVersion) {
            throw new HistoryUnavailable("away", new IllegalStateException());
          }
        };

    ScoredAlert scored = new Scorer(POLICY, away).score(accepted(TestAlerts.terminalShell("a")));

    assertEquals(30, scored.score());
    assertEquals(
        new Points(
            0,
            "workload history unavailable (away): no kill-chain, no new-rule and no novelty"
                + " points"),
        scored.reasons().getLast());
    assertTrue(Scorer.isWithoutPast(scored));
  }

  @Test
  void aPastThatOthersKeepChangingIsToldInsteadOfWaitedFor() {
    WorkloadHistories busy =
        new WorkloadHistories() {
          @Override
          public Optional<WorkloadHistory> recall(String workload) {
            return Optional.empty();
          }

          @Override
          public Optional<WorkloadHistory> current(String workload) {
            return Optional.empty();
          }

          @Override
          public Optional<WorkloadHistory> store(WorkloadHistory next, long expectedVersion) {
            return Optional.of(WorkloadHistory.unknown(next.workload()));
          }
        };

    ScoredAlert scored = new Scorer(POLICY, busy).score(accepted(plain("a", "r", Duration.ZERO)));

    assertEquals(30, scored.score());
    assertTrue(scored.reasons().getLast().reason().contains("write conflict"));
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
