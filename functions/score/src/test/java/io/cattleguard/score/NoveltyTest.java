package io.cattleguard.score;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.ObservedProcess;
import io.cattleguard.events.Points;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tests the signals for new behaviour of a workload, and for rules that fire every day. */
final class NoveltyTest {
  private static final Duration DAY = Duration.ofDays(1);

  private final WorkloadHistories histories = new InMemoryWorkloadHistories();
  private final Scorer scorer = new Scorer(ScorerTest.POLICY, histories);
  private int ids;

  private ScoredAlert score(Alert alert) {
    Instant at = TestAlerts.AT;
    return scorer.score(
        new AcceptedAlert(
            alert,
            "f00d" + ids++,
            Acceptance.OPENED,
            1,
            at,
            alert.observedAt() == null ? at : alert.observedAt(),
            1,
            1));
  }

  private TestAlerts.Draft alert(Duration after) {
    return TestAlerts.alert("a" + ids, "a rule", Severity.LOW)
        .attack(List.of("TA0002"), List.of())
        .at(TestAlerts.AT.plus(after));
  }

  private Alert running(Duration after, String executable) {
    return alert(after).process(new ObservedProcess(executable, "x", null, null, null)).build();
  }

  private Alert talking(Duration after, String peer) {
    return alert(after).network(new ObservedConnection(peer, 443, "tcp", "outbound")).build();
  }

  private static int points(ScoredAlert scored, String reason) {
    return scored.reasons().stream()
        .filter(one -> one.reason().contains(reason))
        .mapToInt(Points::value)
        .sum();
  }

  private static int executable(ScoredAlert scored) {
    return points(scored, "about this executable");
  }

  private static int peer(ScoredAlert scored) {
    return points(scored, "about this peer's network");
  }

  private static int standing(ScoredAlert scored) {
    return points(scored, "day by day");
  }

  @Test
  void theFirstAlertAboutAnExecutableCountsOnceTheImageHasBeenKnownForADay() {
    assertEquals(0, executable(score(running(Duration.ZERO, "/usr/bin/java"))));
    assertEquals(0, executable(score(running(DAY.minusHours(1), "/bin/sh"))), "too early");
    assertEquals(10, executable(score(running(DAY.plusHours(1), "/tmp/x"))));
    assertEquals(0, executable(score(running(DAY.plusHours(2), "/tmp/x"))), "known now");
    assertEquals(0, executable(score(running(DAY.plusHours(2), "/bin/sh"))));
  }

  @Test
  void whatWasNotSeenForAMonthIsNewAgain() {
    score(running(Duration.ZERO, "/bin/sh"));
    score(running(DAY.multipliedBy(20), "/usr/bin/java"));

    assertEquals(0, executable(score(running(DAY.multipliedBy(30), "/bin/sh"))));
    assertEquals(10, executable(score(running(DAY.multipliedBy(61), "/bin/sh"))));
  }

  @Test
  void anImageOfARolloutIsLearntAnew() {
    score(running(Duration.ZERO, "/usr/bin/java"));
    Alert next =
        alert(DAY.multipliedBy(2))
            .image("shop/web:2")
            .process(new ObservedProcess("/bin/sh", "sh", null, null, null))
            .build();

    assertEquals(0, executable(score(next)));
    assertEquals(10, executable(score(running(DAY.multipliedBy(2), "/tmp/x"))), "the old image");
  }

  @Test
  void aPeerCountsByItsNetworkAndOnlyOnTheInternet() {
    score(talking(Duration.ZERO, "203.0.113.7"));

    assertEquals(0, peer(score(talking(DAY.multipliedBy(2), "203.0.113.99"))), "same network");
    assertEquals(5, peer(score(talking(DAY.multipliedBy(2), "198.51.100.7"))));
    assertEquals(0, peer(score(talking(DAY.multipliedBy(2), "10.1.2.3"))), "a pod");
    assertEquals(0, peer(score(talking(DAY.multipliedBy(2), "169.254.169.254"))));
    assertEquals(5, peer(score(talking(DAY.multipliedBy(2), "2001:db8::1"))));
    assertEquals(0, peer(score(talking(DAY.multipliedBy(2), "2001:db8:0:ffff::1"))));
  }

  @Test
  void ofTwoNewThingsTheOneWithMostPointsCounts() {
    score(running(Duration.ZERO, "/usr/bin/java"));
    Alert both =
        alert(DAY.multipliedBy(2))
            .process(new ObservedProcess("/tmp/x", "x", null, null, null))
            .network(new ObservedConnection("198.51.100.7", 443, "tcp", "outbound"))
            .build();
    ScoredAlert scored = score(both);

    assertEquals(10, executable(scored));
    assertEquals(0, peer(scored));
  }

  @Test
  void nothingIsNewAboutAWorkloadThatRunsEverything() {
    IntStream.range(0, 64).forEach(i -> score(running(Duration.ofMinutes(i), "/opt/job-" + i)));

    assertEquals(0, executable(score(running(DAY.multipliedBy(2), "/tmp/x"))));
    assertEquals(10, executable(score(running(DAY.multipliedBy(40), "/tmp/y"))), "all forgotten");
  }

  @Test
  void aRedeliveredAlertIsAsNewAsItWas() {
    score(running(Duration.ZERO, "/usr/bin/java"));
    Alert alert = running(DAY.multipliedBy(2), "/tmp/x");
    AcceptedAlert accepted =
        new AcceptedAlert(
            alert,
            "once",
            Acceptance.OPENED,
            1,
            TestAlerts.AT,
            TestAlerts.AT.plus(DAY.multipliedBy(2)),
            1,
            1);
    ScoredAlert first = scorer.score(accepted);

    assertEquals(10, executable(first));
    assertEquals(first, scorer.score(accepted));
  }

  @Test
  void aRuleThatFiresDayByDayIsRankedBelowWhatDoesNot() {
    List<Integer> points =
        IntStream.range(0, 7)
            .mapToObj(i -> standing(score(running(DAY.multipliedBy(i), "/usr/bin/java"))))
            .toList();

    assertEquals(List.of(0, 0, 0, 0, -10, -10, -10), points);
    assertEquals(
        0,
        standing(score(running(DAY.multipliedBy(11), "/usr/bin/java"))),
        "after a gap of 5 days");
  }

  @Test
  void aRuleOfANewImageIsNoStandingNoise() {
    IntStream.range(0, 6).forEach(i -> score(running(DAY.multipliedBy(i), "/usr/bin/java")));
    Alert rolledOut =
        alert(DAY.multipliedBy(6))
            .image("shop/web:2")
            .process(new ObservedProcess("/tmp/x", "x", null, null, null))
            .build();

    assertEquals(0, standing(score(rolledOut)));
    assertEquals(-10, standing(score(running(DAY.multipliedBy(6), "/usr/bin/java"))));
  }

  @Test
  void sidecarsDoNotPushOutAnImage() {
    for (int day = 0; day < 2; day++) {
      for (int image = 0; image < 10; image++) {
        score(alert(DAY.multipliedBy(day).plusMinutes(image)).image("side:" + image).build());
      }
      score(running(DAY.multipliedBy(day).plusHours(1), "/usr/bin/java"));
    }

    assertEquals(10, executable(score(running(DAY.multipliedBy(2), "/tmp/x"))));
  }

  @Test
  void manyAlertsOfOneDayAreNoStandingNoise() {
    for (int i = 0; i < 20; i++) {
      assertEquals(0, standing(score(running(Duration.ofMinutes(i), "/usr/bin/java"))));
    }
  }

  @Test
  void standingNoiseHidesNothingThatReachesPeopleOrIsNewOrPartOfAChain() {
    IntStream.range(0, 6).forEach(i -> score(running(DAY.multipliedBy(i), "/usr/bin/java")));

    assertEquals(0, standing(score(running(DAY.multipliedBy(6), "/tmp/x"))), "a new executable");
    ScoredAlert shell =
        score(
            TestAlerts.alert("shell", "a rule", Severity.CRITICAL)
                .attack(List.of("TA0002"), List.of("T1059.004"))
                .process(new ObservedProcess("/bin/bash", "bash", null, null, null))
                .network(new ObservedConnection("203.0.113.9", 4444, "tcp", "outbound"))
                .at(TestAlerts.AT.plus(DAY.multipliedBy(6).plusMinutes(1)))
                .build());
    assertTrue(shell.score() >= 80, () -> shell.reasons().toString());
    assertEquals(0, standing(shell));
    score(alert(DAY.multipliedBy(6).plusMinutes(2)).attack(List.of("TA0007"), List.of()).build());
    ScoredAlert chained = score(running(DAY.multipliedBy(6).plusMinutes(3), "/usr/bin/java"));
    assertEquals(0, standing(chained), () -> chained.reasons().toString());
  }
}
