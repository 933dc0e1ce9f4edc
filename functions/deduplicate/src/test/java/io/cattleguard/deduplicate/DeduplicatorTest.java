package io.cattleguard.deduplicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.deduplicate.Verdict.Column;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Fingerprint;
import io.cattleguard.events.ObservedConnection;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.trait.Trait;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DeduplicatorTest {
  /** Fixed windows, so that a change of the defaults does not affect these tests. */
  private static final DeduplicationSettings WINDOWS =
      new DeduplicationSettings(
          Duration.ofHours(1), Duration.ofMinutes(15), Duration.ofDays(7), 100);

  private static final String RULE = "Redirect STDOUT/STDIN to Network Connection in Container";

  private final InMemorySightings sightings = new InMemorySightings();
  private final Deduplicator deduplicator =
      new Deduplicator(sightings, Suppressions.none(), WINDOWS);

  private static Alert alert(String id, String pod, Instant at) {
    return TestAlerts.alert(id, RULE, Severity.CRITICAL).pod(pod).at(at).build();
  }

  private static String id(int number) {
    long spread = number * 0x9E3779B97F4A7C15L;
    return String.format("%016x%016x", spread, ~spread);
  }

  /** It arrives a second after it happened. */
  private static Arrival arrival(Alert alert) {
    Instant observedAt = Objects.requireNonNull(alert.observedAt());
    return new Arrival(alert, observedAt.plusSeconds(1));
  }

  private Verdict judge(Alert alert) {
    return deduplicator.deduplicate(List.of(arrival(alert))).get(0);
  }

  private static Optional<Acceptance> told(Verdict verdict) {
    return verdict.publish().map(AcceptedAlert::acceptance);
  }

  @Test
  void theFirstSightOpensAndTheNextOnTheSamePodIsMergedSilently() {
    Verdict first = judge(alert(id(1), "web-1", TestAlerts.AT));
    Verdict second = judge(alert(id(2), "web-1", TestAlerts.AT.plusSeconds(1)));

    assertEquals(Column.OPENED, first.column());
    assertEquals(Optional.of(Acceptance.OPENED), told(first));
    assertEquals(Column.MERGED, second.column());
    assertEquals(Optional.empty(), told(second));
  }

  @Test
  void promise3AKnownAlertOnANewPodStillReachesRespond() {
    judge(alert(id(1), "web-7c8d9f5b6d-x2x4k", TestAlerts.AT));

    Verdict other = judge(alert(id(2), "web-7c8d9f5b6d-p9p8z", TestAlerts.AT));

    assertEquals(Column.SPREAD, other.column());
    assertEquals(Optional.of(Acceptance.SPREAD), told(other));
    assertEquals(2, other.publish().orElseThrow().targets());
  }

  @Test
  void promise3ObjectsBeyondWhatIsRememberedAreAlwaysNew() {
    Deduplicator small =
        new Deduplicator(
            sightings,
            Suppressions.none(),
            new DeduplicationSettings(
                Duration.ofHours(1), Duration.ofMinutes(15), Duration.ofDays(7), 2));
    for (int round = 0; round < 2; round++) {
      for (int pod = 0; pod < 5; pod++) {
        Verdict verdict =
            small
                .deduplicate(
                    List.of(
                        new Arrival(
                            alert(id(round * 10 + pod + 1), "web-" + pod, TestAlerts.AT),
                            TestAlerts.AT)))
                .get(0);
        boolean remembered = round == 1 && pod < 2;
        assertEquals(
            remembered
                ? Optional.empty()
                : Optional.of(pod + round == 0 ? Acceptance.OPENED : Acceptance.SPREAD),
            told(verdict));
      }
    }
  }

  @Test
  void aProblemIsToldAgainAtTenAHundredAndAThousand() {
    List<Long> told = new ArrayList<>();
    for (int i = 1; i <= 1_500; i++) {
      Verdict verdict = judge(alert(id(i), "web-1", TestAlerts.AT.plusSeconds(i)));
      if (told(verdict).equals(Optional.of(Acceptance.REPEATED))) {
        told.add(verdict.publish().orElseThrow().count());
      }
    }
    assertEquals(List.of(10L, 100L, 1_000L), told);
  }

  @Test
  void aFoldedAlertThatJumpsOverAStepIsToldOnce() {
    judge(alert(id(1), "web-1", TestAlerts.AT));

    Verdict folded = judge(alert(id(2), "web-1", TestAlerts.AT.plusSeconds(1)).withCount(5_000));

    assertEquals(Optional.of(Acceptance.REPEATED), told(folded));
    assertEquals(5_001, folded.publish().orElseThrow().count());
    assertEquals(
        Optional.empty(), told(judge(alert(id(3), "web-1", TestAlerts.AT.plusSeconds(2)))));
  }

  @Test
  void afterAQuietHourAProblemIsToldAgainAndAfterAWeekItOpensAnew() {
    judge(alert(id(1), "web-1", TestAlerts.AT));

    Verdict afterAnHour = judge(alert(id(2), "web-1", TestAlerts.AT.plus(Duration.ofMinutes(61))));
    Verdict afterAWeek = judge(alert(id(3), "web-1", TestAlerts.AT.plus(Duration.ofDays(8))));

    assertEquals(Column.MERGED, afterAnHour.column());
    assertEquals(Optional.of(Acceptance.REPEATED), told(afterAnHour));
    assertEquals(Column.OPENED, afterAWeek.column());
    assertEquals(1, afterAWeek.publish().orElseThrow().count());
  }

  @Test
  void promise4ACopyOfTheOneThatWasToldIsToldAgainUnderTheSameId() {
    Verdict opened = judge(alert(id(1), "web-1", TestAlerts.AT));
    Verdict spread = judge(alert(id(2), "web-2", TestAlerts.AT));

    Verdict openedAgain = judge(alert(id(1), "web-1", TestAlerts.AT));
    Verdict spreadAgain = judge(alert(id(2), "web-2", TestAlerts.AT));

    assertEquals(Column.MERGED, openedAgain.column());
    assertEquals(opened.publish().orElseThrow().id(), openedAgain.publish().orElseThrow().id());
    assertEquals(spread.publish().orElseThrow().id(), spreadAgain.publish().orElseThrow().id());
    assertEquals(2, sightings.recall(opened.fingerprint()).orElseThrow().count());
  }

  /** Event times of the published alerts of a pod that alerts once a minute, in minutes. */
  private Map<String, List<String>> toldByMinute(int minutes, String... pods) {
    Map<String, List<String>> told = new TreeMap<>();
    for (int minute = 0; minute < minutes; minute++) {
      for (int pod = 0; pod < pods.length; pod++) {
        int at = minute;
        String name = pods[pod];
        told(judge(
                alert(
                    id(minute * pods.length + pod + 1),
                    name,
                    TestAlerts.AT.plus(Duration.ofMinutes(minute)))))
            .ifPresent(
                why ->
                    told.computeIfAbsent(name, key -> new ArrayList<>())
                        .add(at + " " + why.jsonName()));
      }
    }
    return told;
  }

  @Test
  void promise3AProblemThatGoesOnIsContinuingOnEachOfItsObjects() {
    assertEquals(
        Map.of(
            "web-1",
                List.of(
                    "0 opened", "15 continuing", "30 continuing", "45 continuing", "60 continuing"),
            "web-2",
                List.of(
                    "0 spread",
                    "4 repeated",
                    "19 continuing",
                    "34 continuing",
                    "49 repeated",
                    "64 continuing")),
        toldByMinute(65, "web-1", "web-2"));
  }

  @Test
  void promise13WhatIsContinuingGrowsWithTimeAndNotWithNoise() {
    List<String> told = new ArrayList<>();
    for (int i = 1; i <= 3_600; i++) {
      told(judge(alert(id(i), "web-1", TestAlerts.AT.plusSeconds(i))))
          .ifPresent(why -> told.add(why.jsonName()));
    }
    assertEquals(
        List.of("opened", "repeated", "repeated", "repeated", "continuing", "continuing"), told);
  }

  @Test
  void promise2AContinuingAlertIsCountedAsMerged() {
    judge(alert(id(1), "web-1", TestAlerts.AT));

    Verdict continuing = judge(alert(id(2), "web-1", TestAlerts.AT.plus(Duration.ofMinutes(15))));

    assertEquals(Column.MERGED, continuing.column());
    AcceptedAlert accepted = continuing.publish().orElseThrow();
    assertEquals(id(2) + "/continuing", accepted.id());
    assertEquals(2, accepted.count());
  }

  @Test
  void promise4CopiesOfContinuingAlertsAreContinuingAgainHoweverManyObjectsThereAre() {
    List<Arrival> first = new ArrayList<>();
    List<Arrival> later = new ArrayList<>();
    for (int pod = 0; pod < 90; pod++) {
      first.add(arrival(alert(id(pod + 1), "web-" + pod, TestAlerts.AT)));
      later.add(
          arrival(alert(id(pod + 101), "web-" + pod, TestAlerts.AT.plus(Duration.ofMinutes(15)))));
    }
    deduplicator.deduplicate(first);
    deduplicator.deduplicate(List.of(later.getFirst()));
    deduplicator.deduplicate(later.subList(1, 90));

    List<Verdict> again = deduplicator.deduplicate(later);

    assertEquals(
        Set.of("repeated", "continuing"),
        new TreeSet<>(
            again.stream().map(verdict -> told(verdict).orElseThrow().jsonName()).toList()));
    assertEquals(List.of(Column.MERGED), again.stream().map(Verdict::column).distinct().toList());
    assertEquals(180, sightings.recall(again.getFirst().fingerprint()).orElseThrow().count());
  }

  private static Alert mild(String id, String pod) {
    return TestAlerts.alert(id, RULE, Severity.LOW).pod(pod).build();
  }

  private static Alert withPeer(String id, String pod, String peer) {
    return TestAlerts.alert(id, RULE, Severity.LOW)
        .pod(pod)
        .network(new ObservedConnection(peer, 9001, "tcp", "outbound"))
        .build();
  }

  @Test
  void anAlertThatIsGraverThanWhatWasPublishedIsEscalatedOnce() {
    List<Alert> rising =
        List.of(
            mild(id(1), "web-1"),
            TestAlerts.alert(id(2), RULE, Severity.HIGH).pod("web-1").build(),
            TestAlerts.alert(id(3), RULE, Severity.MEDIUM).pod("web-1").build(),
            withPeer(id(4), "web-1", "10.0.0.7"),
            withPeer(id(5), "web-1", "198.51.100.7"),
            withPeer(id(6), "web-1", "198.51.100.8"),
            TestAlerts.alert(id(7), RULE, Severity.LOW)
                .pod("web-1")
                .attack(List.of("TA0004"), List.of())
                .build(),
            TestAlerts.alert(id(8), RULE, Severity.LOW)
                .pod("web-1")
                .traits(List.of("privileged"))
                .build(),
            mild(id(9), "web-1"));

    assertEquals(
        List.of(id(2), id(4), id(5), id(7), id(8)),
        rising.stream()
            .filter(alert -> told(judge(alert)).equals(Optional.of(Acceptance.ESCALATED)))
            .map(Alert::id)
            .toList());
  }

  @Test
  void promise4CopiesOfEscalatedAlertsAreEscalatedAgainAndNotCounted() {
    List<Arrival> batch =
        List.of(
            arrival(mild(id(1), "web-1")),
            arrival(withPeer(id(2), "web-1", "198.51.100.7")),
            arrival(TestAlerts.alert(id(3), RULE, Severity.FATAL).pod("web-1").build()),
            arrival(
                TestAlerts.alert(id(4), RULE, Severity.LOW)
                    .pod("web-2")
                    .traits(List.of("privileged"))
                    .build()),
            arrival(mild(id(5), "web-1")));
    List<Verdict> first = deduplicator.deduplicate(batch);

    List<Verdict> again = deduplicator.deduplicate(batch);

    assertEquals(
        List.of(
            id(1) + "/opened", id(2) + "/escalated", id(3) + "/escalated", id(4) + "/escalated"),
        ids(first));
    assertEquals(ids(first), ids(again));
    assertEquals(
        List.of(Column.OPENED, Column.MERGED, Column.MERGED, Column.SPREAD, Column.MERGED),
        first.stream().map(Verdict::column).toList());
    assertEquals(5, sightings.recall(first.getFirst().fingerprint()).orElseThrow().count());
  }

  @Test
  void promise3AnAlertThatIsGraverOnItsObjectReachesRespondersThoughPeopleWereToldElsewhere() {
    judge(mild(id(1), "web-1"));
    judge(mild(id(2), "web-2"));
    judge(withPeer(id(3), "web-1", "198.51.100.7"));

    assertEquals(
        Optional.of(Acceptance.CONTINUING), told(judge(withPeer(id(4), "web-2", "198.51.100.7"))));
    assertEquals(Optional.empty(), told(judge(withPeer(id(5), "web-2", "198.51.100.7"))));
  }

  @Test
  void promise4CopiesOfAlertsThatAreGraverOnTheirObjectAreContinuingAgain() {
    List<Arrival> graver = new ArrayList<>();
    judge(withPeer(id(1), "web-0", "198.51.100.7"));
    judge(TestAlerts.alert(id(2), RULE, Severity.HIGH).pod("web-0").build());
    for (int pod = 1; pod <= 50; pod++) {
      judge(mild(id(pod * 10), "web-" + pod));
      graver.add(arrival(withPeer(id(pod * 10 + 1), "web-" + pod, "198.51.100.7")));
      graver.add(
          arrival(
              TestAlerts.alert(id(pod * 10 + 2), RULE, Severity.HIGH).pod("web-" + pod).build()));
    }
    List<Verdict> first = deduplicator.deduplicate(graver);

    List<Verdict> again = deduplicator.deduplicate(graver);

    assertEquals(100, ids(first).size());
    assertEquals(ids(first), ids(again));
  }

  @Test
  void aSourceThatNamesEverNewTraitsEscalatesABoundedNumberOfTimes() {
    judge(mild(id(1), "web-1"));
    int escalated = 0;
    for (int i = 2; i < 1_000; i++) {
      Alert alert =
          TestAlerts.alert(id(i), RULE, Severity.LOW)
              .pod("web-" + i % 3)
              .traits(List.of("trait " + i))
              .build();
      escalated += told(judge(alert)).equals(Optional.of(Acceptance.ESCALATED)) ? 1 : 0;
    }
    assertEquals(46, escalated, "48 places, two of them taken by technique and tactic");
    assertEquals(
        Optional.of(Acceptance.ESCALATED),
        told(judge(TestAlerts.alert(id(1_000), RULE, Severity.FATAL).pod("web-1").build())),
        "a severity has a place of its own");
  }

  @Test
  void aReplayedOrSampleAlertDoesNotHideARealOne() {
    Alert sample =
        TestAlerts.alert(id(2), RULE, Severity.CRITICAL)
            .pod("web-1")
            .traits(List.of(Trait.SAMPLE.id()))
            .build();
    Verdict replayed = judge(alert(id(1), "web-1", TestAlerts.AT).asReplayed());
    Verdict made = judge(sample);

    Verdict real = judge(alert(id(3), "web-1", TestAlerts.AT.plusSeconds(5)));

    assertEquals(Column.OPENED, replayed.column());
    assertEquals(Column.OPENED, made.column());
    assertEquals(Column.OPENED, real.column());
    assertEquals(1, real.publish().orElseThrow().count());
    assertEquals(replayed.fingerprint(), real.fingerprint(), "it is the same problem to people");
    assertEquals(
        Column.MERGED, judge(alert(id(4), "web-1", TestAlerts.AT.plusSeconds(6))).column());
    assertEquals(Column.MERGED, judge(alert(id(5), "web-1", TestAlerts.AT).asReplayed()).column());
  }

  @Test
  void aReplayOfWhatIsKnownChangesNothingForRealAlerts() {
    judge(alert(id(1), "web-1", TestAlerts.AT));
    judge(alert(id(2), "web-2", TestAlerts.AT));
    Sighting before = sightings.recall(Fingerprint.of(mild(id(1), "web-1"))).orElseThrow();

    for (int i = 1; i < 100; i++) {
      judge(
          TestAlerts.alert(id(i), RULE, Severity.FATAL)
              .pod("web-" + i)
              .at(TestAlerts.AT.plus(Duration.ofMinutes(i)))
              .build()
              .asReplayed());
    }

    assertEquals(Optional.of(before), sightings.recall(before.fingerprint()));
  }

  @Test
  void anAlertThatComesLateIsNotContinuing() {
    judge(alert(id(1), "web-1", TestAlerts.AT));

    assertEquals(
        Optional.empty(),
        told(judge(alert(id(2), "web-1", TestAlerts.AT.minus(Duration.ofMinutes(20))))));
    assertEquals(
        Optional.empty(),
        told(judge(alert(id(3), "web-1", TestAlerts.AT.plus(Duration.ofMinutes(14))))));
  }

  @Test
  void aProblemIsForgottenAfterAWeekOfQuietAndOpensAnewEvenForACopy() {
    judge(alert(id(1), "web-1", TestAlerts.AT));
    Instant weekLater = TestAlerts.AT.plus(Duration.ofDays(8));

    assertEquals(Column.OPENED, judge(alert(id(1), "web-1", weekLater)).column());
  }

  @Test
  void anAlertThatComesLateMovesTheFirstTimeAndNotTheLast() {
    judge(alert(id(1), "web-1", TestAlerts.AT));
    judge(alert(id(2), "web-1", TestAlerts.AT.plusSeconds(60)));

    Verdict late = judge(alert(id(3), "web-2", TestAlerts.AT.minusSeconds(60)));

    AcceptedAlert accepted = late.publish().orElseThrow();
    assertEquals(TestAlerts.AT.minusSeconds(60), accepted.firstAt());
    assertEquals(TestAlerts.AT.plusSeconds(60), accepted.lastAt());
    assertEquals(3, accepted.count());
  }

  @Test
  void aClockThatRunsYearsAheadDoesNotKeepAProblemFromBeingQuiet() {
    Alert ahead = alert(id(1), "web-1", TestAlerts.AT.plus(Duration.ofDays(9_000)));
    deduplicator.deduplicate(List.of(new Arrival(ahead, TestAlerts.AT)));

    Verdict afterAnHour = judge(alert(id(2), "web-1", TestAlerts.AT.plus(Duration.ofMinutes(61))));

    assertEquals(Optional.of(Acceptance.REPEATED), told(afterAnHour));
  }

  @Test
  void anAlertWithoutATimeIsMeasuredByItsReceipt() {
    Alert timed = alert(id(1), "web-1", TestAlerts.AT);
    deduplicator.deduplicate(List.of(new Arrival(without(timed), TestAlerts.AT)));

    assertEquals(TestAlerts.AT, sightings.recall(Fingerprint.of(timed)).orElseThrow().lastAt());
  }

  private static Alert without(Alert timed) {
    return new Alert(
        timed.id(),
        timed.alertClass(),
        timed.source(),
        timed.rule(),
        timed.severity(),
        timed.tactics(),
        timed.techniques(),
        timed.traits(),
        timed.target(),
        timed.process(),
        timed.network(),
        timed.file(),
        null,
        timed.count(),
        timed.notes(),
        timed.raw(),
        null,
        List.of());
  }

  @Test
  void aCountEndsAtTheLargestNumberAndDoesNotTurnNegative() {
    judge(alert(id(1), "web-1", TestAlerts.AT));

    Verdict absurd = judge(alert(id(2), "web-1", TestAlerts.AT).withCount(Long.MAX_VALUE));

    assertEquals(Long.MAX_VALUE, absurd.publish().orElseThrow().count());
    assertEquals(Optional.empty(), told(judge(alert(id(3), "web-1", TestAlerts.AT))));
  }

  @Test
  void promise4ALargeBatchThatIsDeliveredAgainIsNotCountedTwice() {
    List<Arrival> batch = new ArrayList<>();
    for (int i = 1; i <= 800; i++) {
      batch.add(arrival(alert(id(i), "web-1", TestAlerts.AT)));
    }
    List<Verdict> first = deduplicator.deduplicate(batch);
    List<Verdict> again = deduplicator.deduplicate(batch);

    assertEquals(800, sightings.recall(first.getFirst().fingerprint()).orElseThrow().count());
    assertEquals(ids(first), ids(again), "what was told is told again, and nothing else");
    assertEquals(List.of(Column.MERGED), again.stream().map(Verdict::column).distinct().toList());
  }

  private static List<String> ids(List<Verdict> verdicts) {
    return verdicts.stream().flatMap(v -> v.publish().stream()).map(AcceptedAlert::id).toList();
  }

  @Test
  void verdictsComeInTheOrderOfTheArrivals() {
    List<Arrival> batch =
        List.of(
            arrival(alert(id(1), "web-1", TestAlerts.AT)),
            arrival(TestAlerts.terminalShell(id(2))),
            arrival(alert(id(3), "web-2", TestAlerts.AT)),
            arrival(TestAlerts.terminalShell(id(4))));

    assertEquals(
        List.of(id(1) + " OPENED", id(2) + " OPENED", id(3) + " SPREAD", id(4) + " MERGED"),
        deduplicator.deduplicate(batch).stream()
            .map(verdict -> verdict.alert().id() + " " + verdict.column())
            .toList());
    assertEquals(List.of(), deduplicator.deduplicate(List.of()));
  }

  @Test
  void aProblemThatStorageForgotOpensAnewAndIsStored() {
    Sightings forgetful =
        new Sightings() {
          private final Sighting stale =
              new Sighting(
                  Fingerprint.of(alert(id(1), "web-1", TestAlerts.AT)),
                  7,
                  TestAlerts.AT,
                  TestAlerts.AT,
                  40,
                  new Published(
                      id(9),
                      Map.of(
                          "shop/web-1",
                          Published.OnObject.of(id(9), TestAlerts.AT, EscalationLevel.NONE, false)),
                      List.of(),
                      List.of(),
                      List.of(),
                      EscalationLevel.NONE,
                      List.of()),
                  new long[0]);

          @Override
          public Optional<Sighting> recall(String fingerprint) {
            return Optional.of(stale);
          }

          @Override
          public Optional<Sighting> store(Sighting next, long expectedVersion) {
            return sightings.store(next, expectedVersion);
          }
        };

    Verdict verdict =
        new Deduplicator(forgetful, Suppressions.none(), WINDOWS)
            .deduplicate(List.of(arrival(alert(id(1), "web-1", TestAlerts.AT))))
            .getFirst();

    assertEquals(Column.OPENED, verdict.column());
    assertEquals(1, sightings.recall(verdict.fingerprint()).orElseThrow().count());
  }

  @Test
  void aWriterThatAlwaysLosesTheConflictGivesUpAndIsRedelivered() {
    int[] attempts = {0};
    Sightings contended =
        new Sightings() {
          @Override
          public Optional<Sighting> recall(String fingerprint) {
            return Optional.empty();
          }

          @Override
          public Optional<Sighting> store(Sighting next, long expectedVersion) {
            attempts[0]++;
            return Optional.of(
                new Sighting(
                    next.fingerprint(),
                    expectedVersion + 2,
                    TestAlerts.AT,
                    TestAlerts.AT,
                    1,
                    Published.NOTHING,
                    new long[0]));
          }
        };

    Verdict verdict =
        new Deduplicator(contended, Suppressions.none(), WINDOWS)
            .deduplicate(List.of(arrival(alert(id(1), "web-1", TestAlerts.AT))))
            .getFirst();

    assertEquals(Column.FAILED, verdict.column());
    assertEquals(Optional.empty(), verdict.publish());
    assertEquals(10, attempts[0]);
  }

  @Test
  void promise12ABatchWritesOnceForEachProblem() {
    List<String> writes = new ArrayList<>();
    Sightings counting =
        new Sightings() {
          @Override
          public Optional<Sighting> recall(String fingerprint) {
            return sightings.recall(fingerprint);
          }

          @Override
          public Optional<Sighting> store(Sighting next, long expectedVersion) {
            writes.add(next.fingerprint());
            return sightings.store(next, expectedVersion);
          }
        };
    List<Arrival> batch = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      batch.add(
          new Arrival(
              TestAlerts.alert(id(i + 1), "rule " + i % 20, Severity.LOW).build(), TestAlerts.AT));
    }

    new Deduplicator(counting, Suppressions.none(), WINDOWS).deduplicate(batch);

    assertEquals(20, writes.size());
  }

  @Test
  void oneProblemThatCannotBeStoredFailsAlone() {
    Sightings half =
        new Sightings() {
          private final String broken =
              Fingerprint.of(TestAlerts.alert("x", "broken", Severity.LOW).build());

          @Override
          public Optional<Sighting> recall(String fingerprint) {
            return sightings.recall(fingerprint);
          }

          @Override
          public Optional<Sighting> store(Sighting next, long expectedVersion) {
            if (next.fingerprint().equals(broken)) {
              throw new StorageUnavailable("away", new IllegalStateException());
            }
            return sightings.store(next, expectedVersion);
          }
        };

    List<Verdict> verdicts =
        new Deduplicator(half, Suppressions.none(), WINDOWS)
            .deduplicate(
                List.of(
                    new Arrival(
                        TestAlerts.alert(id(1), "broken", Severity.LOW).build(), TestAlerts.AT),
                    new Arrival(
                        TestAlerts.alert(id(2), "sound", Severity.LOW).build(), TestAlerts.AT)));

    assertEquals(
        List.of(Column.FAILED, Column.OPENED), verdicts.stream().map(Verdict::column).toList());
  }

  /**
   * The result of a stream of alerts: for each problem its count, its objects and the published
   * alerts.
   */
  private record Outcome(
      Map<String, Long> counts, Map<String, Set<String>> targets, Set<String> told) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void promise4RedeliveredReorderedDoubledAndFailingBatchesChangeNothingInTheOutcome(long seed) {
    Random random = new Random(seed);
    List<Alert> alerts = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      alerts.add(
          TestAlerts.alert(id(i + 1), "rule " + random.nextInt(4), Severity.LOW)
              .pod("web-7c8d9f5b6d-x2x4" + random.nextInt(3))
              .at(TestAlerts.AT.plusSeconds(random.nextInt(300)))
              .build());
    }
    Outcome clean = run(alerts, new Random(seed), 0);
    List<Alert> doubled = new ArrayList<>(alerts);
    doubled.addAll(alerts.subList(20, 50));
    Collections.shuffle(doubled, random);

    Outcome troubled = run(doubled, random, 0.3);

    assertEquals(clean.counts, troubled.counts);
    assertEquals(clean.targets, troubled.targets);
    // The order decides which alert of a problem is published, but not whether each problem and
    // object is.
    assertEquals(problems(clean.told), problems(troubled.told));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void promise4BatchesThatComeAgainAtOncePublishTheVerySameEvents(long seed) {
    Random random = new Random(seed);
    List<List<Arrival>> batches = new ArrayList<>();
    Instant now = TestAlerts.AT;
    for (int i = 0; i < 60; i++) {
      List<Arrival> batch = new ArrayList<>();
      for (int j = 0; j < 1 + random.nextInt(6); j++) {
        batch.add(
            arrival(
                TestAlerts.alert(id(i * 10 + j + 1), "rule " + random.nextInt(4), Severity.LOW)
                    .pod("web-7c8d9f5b6d-x2x4" + random.nextInt(3))
                    .at(now.plusSeconds(random.nextInt(90)))
                    .count(1 + random.nextInt(7))
                    .build()));
      }
      batches.add(batch);
      now = now.plus(Duration.ofMinutes(random.nextInt(9) == 0 ? 70 : 1));
    }

    assertEquals(published(batches, seed, 1), published(batches, seed, 3));
  }

  /**
   * The published alerts with their objects, if each batch is delivered up to {@code most} times.
   */
  private static Set<String> published(List<List<Arrival>> batches, long seed, int most) {
    Random random = new Random(seed);
    Deduplicator fresh = new Deduplicator(new InMemorySightings(), Suppressions.none(), WINDOWS);
    Set<String> ids = new TreeSet<>();
    for (List<Arrival> batch : batches) {
      int last = random.nextInt(most);
      for (int time = 0; time <= last; time++) {
        for (Verdict verdict : fresh.deduplicate(batch)) {
          // The bus fails in every delivery except the last; events that it accepted nevertheless
          // are copies.
          if (time == last || random.nextBoolean()) {
            verdict.publish().ifPresent(accepted -> ids.add(accepted.id()));
          }
        }
      }
    }
    assertTrue(ids.stream().anyMatch(id -> id.endsWith("/repeated")), "the test saw repeats");
    return ids;
  }

  private static Map<String, Integer> problems(Set<String> told) {
    Map<String, Integer> counts = new TreeMap<>();
    told.forEach(one -> counts.merge(one.substring(one.indexOf('|')), 1, Integer::sum));
    return counts;
  }

  /**
   * Delivers in batches; some writes and publications fail, and their alerts are delivered again.
   */
  private static Outcome run(List<Alert> alerts, Random random, double failing) {
    InMemorySightings memory = new InMemorySightings();
    Sightings flaky =
        new Sightings() {
          @Override
          public Optional<Sighting> recall(String fingerprint) {
            return random.nextDouble() < failing ? Optional.empty() : memory.recall(fingerprint);
          }

          @Override
          public Optional<Sighting> store(Sighting next, long expectedVersion) {
            double luck = random.nextDouble();
            if (luck < failing / 2) {
              throw new StorageUnavailable("before", new IllegalStateException());
            }
            Optional<Sighting> stored = memory.store(next, expectedVersion);
            if (luck < failing) {
              throw new StorageUnavailable(
                  "stored, but the answer was lost", new IllegalStateException());
            }
            return stored;
          }
        };
    Deduplicator deduplicator = new Deduplicator(flaky, Suppressions.none(), WINDOWS);
    List<Alert> queue = new ArrayList<>(alerts);
    Set<String> told = new TreeSet<>();
    Map<String, String> fingerprints = new HashMap<>();
    while (!queue.isEmpty()) {
      int size = Math.min(queue.size(), 1 + random.nextInt(8));
      List<Alert> batch = new ArrayList<>(queue.subList(0, size));
      queue.subList(0, size).clear();
      List<Verdict> verdicts =
          deduplicator.deduplicate(
              batch.stream().map(alert -> new Arrival(alert, TestAlerts.AT)).toList());
      for (Verdict verdict : verdicts) {
        fingerprints.put(verdict.fingerprint(), verdict.alert().rule());
        boolean published = verdict.publish().isEmpty() || random.nextDouble() >= failing;
        if (verdict.column() == Column.FAILED || !published) {
          queue.add(verdict.alert());
        } else {
          verdict
              .publish()
              .filter(
                  accepted ->
                      accepted.acceptance() == Acceptance.OPENED
                          || accepted.acceptance() == Acceptance.SPREAD)
              .ifPresent(
                  accepted ->
                      told.add(accepted.id() + "|" + verdict.fingerprint() + verdict.targetKey()));
        }
      }
    }
    Map<String, Long> counts = new TreeMap<>();
    Map<String, Set<String>> targets = new TreeMap<>();
    fingerprints.forEach(
        (fingerprint, rule) -> {
          Sighting sighting = memory.recall(fingerprint).orElseThrow();
          counts.put(rule, sighting.count());
          targets.put(rule, new TreeSet<>(sighting.targets()));
        });
    return new Outcome(counts, targets, told);
  }

  /** A decoy peer must not prevent responders from blocking the others. */
  @Test
  void promise3EachPeerThatAttacksAnInstanceReachesRespondAndTheInstanceIsOneObject() {
    List<Optional<Acceptance>> told = new ArrayList<>();
    for (int peer = 10; peer <= 16; peer++) {
      Verdict verdict = judge(bruteForce(peer));
      told.add(told(verdict));
      assertEquals(1, verdict.publish().orElseThrow().targets(), "no more objects were attacked");
    }

    assertEquals(Optional.of(Acceptance.OPENED), told.getFirst());
    assertEquals(Set.of(Optional.of(Acceptance.SPREAD)), Set.copyOf(told.subList(1, 7)));
  }

  private static Alert bruteForce(int peer) {
    return TestAlerts.alert(id(peer), "UnauthorizedAccess:EC2/SSHBruteForce", Severity.LOW)
        .source("guardduty")
        .target(Target.builder().account("111122223333").instance("i-0abc").build())
        .network(new ObservedConnection("198.51.100." + peer, 40_001, 22, "tcp", "inbound"))
        .at(TestAlerts.AT.plusSeconds(peer))
        .build();
  }
}
