package io.cattleguard.score;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.Incident;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests which alerts are one incident. */
final class IncidentsTest {
  private static final String INSTANCE = "i-0123456789abcdef0";

  private final Counting histories = new Counting();
  private final Scorer scorer = new Scorer(ScorerTest.POLICY, histories);

  /** Counts the calls that cost money. */
  private static final class Counting implements WorkloadHistories {
    private final InMemoryWorkloadHistories all = new InMemoryWorkloadHistories();
    private int reads;
    private int writes;

    @Override
    public Optional<WorkloadHistory> recall(String workload) {
      return all.recall(workload);
    }

    @Override
    public Optional<WorkloadHistory> current(String workload) {
      reads++;
      return all.current(workload);
    }

    @Override
    public Optional<WorkloadHistory> store(WorkloadHistory next, long expectedVersion) {
      writes++;
      return all.store(next, expectedVersion);
    }
  }

  private static TestAlerts.Draft grave(String id, String rule, Duration after) {
    return TestAlerts.alert(id, rule, Severity.CRITICAL).at(TestAlerts.AT.plus(after));
  }

  private static TestAlerts.Draft noise(String id, String rule, Duration after) {
    return TestAlerts.alert(id, rule, Severity.INFORMATIONAL)
        .attack(List.of(), List.of())
        .at(TestAlerts.AT.plus(after));
  }

  private static AcceptedAlert accepted(Alert alert) {
    return accepted(alert, Objects.requireNonNull(alert.observedAt()));
  }

  /** {@code lastAt} is the latest time that deduplicate accepted for the alert's problem. */
  private static AcceptedAlert accepted(Alert alert, Instant lastAt) {
    return new AcceptedAlert(
        alert, "problem of " + alert.id(), Acceptance.OPENED, 1, TestAlerts.AT, lastAt, 1, 1);
  }

  private Incident incident(Alert alert) {
    return incident(scorer.score(accepted(alert)));
  }

  private static Incident incident(ScoredAlert scored) {
    return Objects.requireNonNull(scored.incident());
  }

  private String id(Alert alert) {
    return scorer.score(accepted(alert)).incidentId();
  }

  private static Alert finding(String id, String rule, Duration after, String... related) {
    return grave(id, rule, after)
        .target(
            Target.builder()
                .account("111122223333")
                .namespace("shop")
                .workload("Deployment/web")
                .resource("arn:aws:eks:eu-central-1:111122223333:cluster/blue")
                .build())
        .build()
        .withRelated(List.of(related));
  }

  @Test
  void alertsOfSeveralRulesAndSourcesAboutOneWorkloadAreOneIncident() {
    Incident first =
        incident(grave("a", "shell", Duration.ZERO).attack(List.of("TA0002"), List.of()).build());
    Incident second =
        incident(
            grave("b", "miner", Duration.ofMinutes(9))
                .attack(List.of("TA0040"), List.of())
                .build());
    Incident third = incident(finding("c", "Execution:Runtime/ReverseShell", Duration.ofHours(1)));

    assertEquals(first.id(), second.id());
    assertEquals(first.id(), third.id());
    assertEquals("workload shop/web in blue", third.subject());
    assertEquals(TestAlerts.AT, third.openedAt());
    assertEquals(
        List.of("shell", "miner", "Execution:Runtime/ReverseShell"),
        third.steps().stream().map(Incident.Step::rule).toList());
    assertEquals(List.of("TA0002", "TA0040"), List.copyOf(third.killChain().keySet()));
    assertEquals(List.of("opened by this alert about workload shop/web in blue"), first.reasons());
    assertEquals(
        List.of("another alert about workload shop/web in blue within 4 h"), second.reasons());
    assertEquals(3, histories.writes, "one write per alert");
    assertEquals(0, histories.reads);
  }

  @Test
  void anotherWorkloadAndTheNodeAreOtherIncidents() {
    String web = id(grave("a", "shell", Duration.ZERO).build());
    String api = id(grave("b", "shell", Duration.ofMinutes(1)).pod("api-7c8d9f5b6d-x2x4k").build());
    String node =
        id(
            grave("c", "module loaded", Duration.ofMinutes(2))
                .target(Target.builder().cluster("blue").node("node-a").build())
                .build());

    assertEquals(3, Set.of(web, api, node).size());
    assertEquals(web, id(grave("d", "miner", Duration.ofMinutes(3)).build()));
  }

  @Test
  void anAlertAfterTheWindowIsAnotherIncident() {
    String first = id(grave("a", "shell", Duration.ZERO).build());

    assertEquals(first, id(grave("b", "shell", Duration.ofHours(3)).build()));
    assertEquals(first, id(grave("c", "shell", Duration.ofHours(7)).build()), "kept open at 3 h");
    assertNotEquals(first, id(grave("d", "shell", Duration.ofMinutes(11 * 60 + 1)).build()));
  }

  @Test
  void noiseDoesNotKeepAnIncidentOpenForDays() {
    String first = id(grave("a", "shell", Duration.ZERO).build());
    for (int hour = 1; hour < 30; hour++) {
      id(noise("n" + hour, "noise", Duration.ofHours(hour)).build());
    }

    assertNotEquals(first, id(grave("b", "shell", Duration.ofHours(30)).build()));
  }

  @Test
  void anAlertThatArrivesLateBelongsToTheIncidentOfItsTime() {
    String monday = id(grave("a", "shell", Duration.ZERO).build());
    String tuesday = id(grave("b", "shell", Duration.ofHours(24)).build());

    assertEquals(monday, id(grave("c", "late", Duration.ofMinutes(5)).build()));
    assertEquals(monday, id(grave("d", "later", Duration.ofMinutes(-5)).build()));
    assertEquals(tuesday, id(grave("e", "shell", Duration.ofHours(25)).build()));
  }

  @Test
  void aTimeInTheFutureKeepsNoIncidentOpen() {
    String first = id(grave("a", "shell", Duration.ZERO).build());
    for (int hour = 4; hour <= 44; hour += 4) {
      Alert early = grave("f" + hour, "miner", Duration.ofHours(hour)).build();
      AcceptedAlert accepted = accepted(early, TestAlerts.AT.plusSeconds(hour));
      ScoredAlert scored = scorer.score(accepted);

      assertEquals(first, scored.incidentId(), "it happened when it was received");
      assertEquals(scored, scorer.score(accepted), "promise 4");
    }

    assertNotEquals(first, id(grave("b", "Reverse shell", Duration.ofHours(5)).build()));
  }

  @Test
  void anIncidentEndsADayAfterItWasOpened() {
    Incident last = incident(grave("a", "rule 0", Duration.ZERO).build());
    String first = last.id();
    for (int hour = 4; hour <= 44; hour += 4) {
      last = incident(grave("a" + hour, "rule " + hour, Duration.ofHours(hour)).build());
      assertEquals(hour <= 24, last.id().equals(first), "at " + hour + " h");
    }

    assertEquals(TestAlerts.AT.plus(Duration.ofHours(28)), last.openedAt());
    assertEquals(
        last.id(), id(grave("b", "Reverse shell", Duration.ofHours(40)).build()), "the second");
    assertEquals(
        first,
        id(grave("c", "late", Duration.ofDays(1)).build()),
        "the first one, though the second one was opened within the window");
  }

  @Test
  void aNodeThatOnlyClaimsToBeAnInstanceIsNotInItsIncident() {
    Target node = Target.builder().cluster("dev").node(INSTANCE).build();
    String claimed = id(grave("a", "module loaded", Duration.ZERO).target(node).build());
    String finding =
        id(
            grave("b", "Backdoor:EC2/C&CActivity.B", Duration.ofMinutes(1))
                .target(Target.builder().account("111122223333").instance(INSTANCE).build())
                .build());
    String proved =
        id(
            grave("c", "module loaded", Duration.ofMinutes(2))
                .target(node)
                .build()
                .seenOnNode(INSTANCE));

    assertNotEquals(claimed, finding);
    assertEquals(finding, proved);
  }

  @Test
  void promise4AnAlertThatIsScoredAgainHasTheSameIncidentWithTheSameSteps() {
    AcceptedAlert opener = accepted(grave("a", "shell", Duration.ZERO).build());
    AcceptedAlert second = accepted(grave("b", "miner", Duration.ofMinutes(1)).build());
    ScoredAlert once = scorer.score(opener);
    ScoredAlert twice = scorer.score(second);
    for (int i = 0; i < 20; i++) {
      id(grave("c" + i, "rule " + i, Duration.ofHours(i)).build());
    }

    assertEquals(once, scorer.score(opener));
    assertEquals(twice, scorer.score(second));
  }

  @Test
  void manyFunctionsAtOnceAgreeOnOneIncident() throws Exception {
    Set<String> ids = new HashSet<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<String>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        Alert alert = grave("a" + i, "rule " + i, Duration.ofSeconds(i)).build();
        all.add(threads.submit(() -> id(alert)));
      }
      for (Future<String> one : all) {
        ids.add(one.get());
      }
    }

    assertEquals(1, ids.size());
  }

  @ParameterizedTest
  @EnumSource(
      value = AlertClass.class,
      names = {"CONFIGURATION", "VULNERABILITY", "HEALTH"})
  void whatIsNoPartOfAnAttackIsAnIncidentOfItsOwn(AlertClass alertClass) {
    id(grave("a", "shell", Duration.ZERO).build());
    ScoredAlert scored =
        scorer.score(accepted(grave("b", "drop", Duration.ZERO).alertClass(alertClass).build()));

    assertTrue(scored.isOwnIncident());
    assertEquals(1, incident(scored).reasons().size());
    assertTrue(incident(scored).reasons().getFirst().contains(alertClass.jsonName()));
    assertEquals(1, histories.writes, "only the first one is in a history");
  }

  @ParameterizedTest
  @ValueSource(strings = {"replayed", "sample"})
  void aReplayedOrSampleAlertIsAnIncidentOfItsOwnAndLeavesNoTrace(String trait) {
    Alert unreal = grave("a", "shell", Duration.ZERO).traits(List.of(trait)).build();

    assertTrue(scorer.score(accepted(unreal)).isOwnIncident());
    assertEquals(0, histories.writes);
    assertEquals(1, incident(grave("b", "miner", Duration.ZERO).build()).steps().size());
  }

  @Test
  void withoutAHistoryAnAlertIsAnIncidentOfItsOwnAndSaysSo() {
    WorkloadHistories away =
        new WorkloadHistories() {
          @Override
          public Optional<WorkloadHistory> recall(String workload) {
            return Optional.empty();
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
    Scorer alone = new Scorer(ScorerTest.POLICY, away);
    for (Alert alert :
        List.of(
            grave("a", "shell", Duration.ZERO).build(),
            finding("b", "AttackSequence:EKS/X", Duration.ZERO, "instance/" + INSTANCE))) {
      ScoredAlert scored = alone.score(accepted(alert));

      assertEquals("problem of " + alert.id(), scored.incidentId());
      assertEquals(
          List.of("workload history unavailable (away): an incident of its own"),
          incident(scored).reasons());
      assertTrue(Scorer.isWithoutPast(scored));
    }
  }

  @Test
  void anAttackSequenceJoinsTheIncidentsOfItsResources() {
    Incident shell = incident(grave("a", "shell", Duration.ZERO).build());
    Incident beacon =
        incident(
            grave("b", "Backdoor:EC2/C&CActivity.B", Duration.ofMinutes(10))
                .attack(List.of("TA0011"), List.of())
                .target(Target.builder().account("111122223333").instance(INSTANCE).build())
                .build());
    assertNotEquals(shell.id(), beacon.id());
    int writes = histories.writes;

    Incident sequence =
        incident(
            finding(
                "c",
                "AttackSequence:EKS/CompromisedCluster",
                Duration.ofHours(9),
                "instance/" + INSTANCE,
                "principal/alice"));

    assertEquals(shell.id(), sequence.id(), "the oldest goes on");
    assertEquals(List.of(beacon.id()), sequence.joined());
    assertEquals(
        List.of("shell", "Backdoor:EC2/C&CActivity.B", "AttackSequence:EKS/CompromisedCluster"),
        sequence.steps().stream().map(Incident.Step::rule).toList());
    assertEquals(3, histories.writes - writes, "one per object");
    for (Alert later :
        List.of(
            grave("d", "miner", Duration.ofHours(10)).build(),
            grave("e", "Trojan:EC2/X", Duration.ofHours(10))
                .target(Target.builder().account("111122223333").instance(INSTANCE).build())
                .build())) {
      assertEquals(shell.id(), id(later), later::rule);
    }
  }

  @Test
  void promise4ASequenceThatIsScoredAgainAfterACrashHasTheSameIncident() {
    AcceptedAlert sequence =
        accepted(finding("c", "AttackSequence:EKS/X", Duration.ofHours(1), "instance/" + INSTANCE));
    ScoredAlert once = scorer.score(sequence);
    incident(
        grave("b", "Backdoor", Duration.ofMinutes(-30))
            .target(Target.builder().account("111122223333").instance(INSTANCE).build())
            .build());

    assertEquals(once, scorer.score(sequence));
    assertFalse(once.isOwnIncident());
  }

  @Test
  void aStormOfRulesMakesNoIncidentGrowForEver() {
    for (int i = 0; i < 200; i++) {
      incident(grave("s" + i, "rule " + i, Duration.ofSeconds(i)).build());
    }

    Incident last = incident(grave("x", "the last", Duration.ofMinutes(5)).build());
    assertEquals(24, last.steps().size());
  }
}
