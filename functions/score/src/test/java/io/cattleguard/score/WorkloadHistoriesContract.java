package io.cattleguard.score;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.events.Incident;
import io.cattleguard.events.Points;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tests that every store of workload histories must pass. */
public abstract class WorkloadHistoriesContract {
  private static final String WEB = "blue/shop/web";

  /** An empty memory. */
  protected abstract WorkloadHistories histories();

  /** The same store as a new process sees it, with an empty cache. */
  protected abstract WorkloadHistories elsewhere(WorkloadHistories histories);

  private static WorkloadHistory history(long version, String rule) {
    return new WorkloadHistory(
        WEB,
        version,
        TestAlerts.AT,
        Map.of(rule, "a1"),
        Map.of("TA0002", TestAlerts.AT.plusNanos(1), "TA0006", TestAlerts.AT),
        List.of(
            new WorkloadHistory.Answer(
                "a1/opened", true, Set.of("TA0002", "TA0006"), 1, "i1", Set.of(Novelty.PEER), 3),
            new WorkloadHistory.Answer("a2/spread", false, Set.of(), 2, "", Set.of(), 0)),
        List.of(
            new OpenIncident(
                "i1",
                TestAlerts.AT,
                TestAlerts.AT.plusSeconds(1),
                List.of(
                    new OpenIncident.Seen(
                        1,
                        new Incident.Step(
                            TestAlerts.AT, "falco", "r", Severity.HIGH, List.of("TA0002"))),
                    new OpenIncident.Seen(
                        2, new Incident.Step(TestAlerts.AT, "falco", null, null, List.of()))),
                List.of("i0"))),
        new Behaviour(
            Map.of(
                "shop/web:1",
                new Behaviour.Period(TestAlerts.AT, TestAlerts.AT.plusSeconds(5)),
                "",
                new Behaviour.Period(TestAlerts.AT, TestAlerts.AT)),
            Map.of("e0123456789abcdef", 20_000L),
            Map.of("falco/r", new Behaviour.Days(3, 20_000))));
  }

  @Test
  void whatWasStoredIsRecalledWhole() {
    WorkloadHistories histories = histories();

    assertEquals(Optional.empty(), histories.store(history(1, "r"), 0));

    assertEquals(Optional.of(history(1, "r")), histories.recall(WEB));
    assertEquals(Optional.of(history(1, "r")), elsewhere(histories).current(WEB));
    assertEquals(Optional.empty(), elsewhere(histories).current("blue/shop/api"));
    assertEquals(Optional.empty(), histories.recall("blue/shop/api"));
  }

  @Test
  void aRefusalBringsWhatStandsThereWhole() {
    WorkloadHistories histories = histories();
    assertEquals(Optional.empty(), histories.store(history(1, "r"), 0));

    assertEquals(Optional.of(history(1, "r")), elsewhere(histories).store(history(1, "other"), 0));
  }

  @Test
  void aStateMadeFromAnOldOneIsRefusedAndShownTheCurrentOne() {
    WorkloadHistories histories = histories();
    assertEquals(Optional.empty(), histories.store(history(1, "r"), 0));
    assertEquals(Optional.empty(), histories.store(history(2, "s"), 1));

    assertEquals(Optional.of(history(2, "s")), histories.store(history(2, "t"), 1));
    assertEquals(Optional.of(history(2, "s")), histories.store(history(1, "t"), 0));
  }

  @Test
  void aStateMadeFromOneThatIsGoneIsRefusedAndTheNextTrySucceeds() {
    WorkloadHistories histories = histories();

    assertEquals(0, histories.store(history(8, "r"), 7).orElseThrow().version());
    assertEquals(Optional.empty(), histories.store(history(1, "r"), 0));
  }

  @Test
  void aChainIsSeenThoughEveryLinkWasScoredByAnotherProcess() {
    WorkloadHistories histories = histories();
    List<String> tactics = List.of("TA0002", "TA0006", "TA0002", "TA0007", "TA0002");
    // Each of these caches the state that it read last, which is soon outdated.
    List<Scorer> processes =
        List.of(
            new Scorer(ScorerTest.POLICY, elsewhere(histories)),
            new Scorer(ScorerTest.POLICY, elsewhere(histories)));

    List<Integer> seen =
        IntStream.range(0, tactics.size())
            .map(
                i ->
                    chained(
                        processes
                            .get(i % 2)
                            .score(
                                TestAlerts.opened(
                                    TestAlerts.alert("a" + i, "r", Severity.MEDIUM)
                                        .attack(List.of(tactics.get(i)), List.of())
                                        .at(TestAlerts.AT.plusSeconds(i))
                                        .build()))
                            .reasons()))
            .boxed()
            .toList();

    assertEquals(List.of(0, 15, 15, 30, 30), seen);
  }

  @Test
  void manyAtOnceLoseNobodysTactic() throws Exception {
    WorkloadHistories histories = histories();
    List<String> tactics = List.of("TA0002", "TA0003", "TA0004", "TA0006", "TA0007", "TA0011");
    Set<Integer> most = new HashSet<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      List<Future<Integer>> all =
          tactics.stream()
              .map(
                  tactic ->
                      threads.submit(
                          () ->
                              chained(
                                  new Scorer(ScorerTest.POLICY, elsewhere(histories))
                                      .score(
                                          TestAlerts.opened(
                                              TestAlerts.alert(tactic, "r", Severity.LOW)
                                                  .attack(List.of(tactic), List.of())
                                                  .build()))
                                      .reasons())))
              .toList();
      for (Future<Integer> one : all) {
        most.add(one.get());
      }
    }

    assertEquals(Set.of(0, 15, 30, 45, 60, 75), most, "one after another, in whatever order");
  }

  private static int chained(List<Points> reasons) {
    return reasons.stream()
        .filter(points -> points.reason().contains("tactics on this workload"))
        .mapToInt(Points::value)
        .sum();
  }
}
