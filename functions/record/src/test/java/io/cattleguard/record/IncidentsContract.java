package io.cattleguard.record;

import static io.cattleguard.record.TestIncidents.AT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.Alert;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.notified.PeopleNotified;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Tests that every store of records must pass. */
public abstract class IncidentsContract {
  /** An empty store. */
  protected abstract Incidents incidents();

  private static JsonNode alert(String incident, int number, long seconds) {
    Alert alert =
        TestAlerts.alert("a" + number, "rule " + number, Severity.HIGH)
            .at(AT.plusSeconds(seconds))
            .build();
    return TestIncidents.detail(
        TestIncidents.scored(incident, alert, "p" + number, Acceptance.OPENED, 1));
  }

  private static List<String> ids(List<IncidentSummary> found) {
    return found.stream().map(IncidentSummary::id).toList();
  }

  @Test
  void aRecentIncidentIsNamedByTheStartOfItsIdIfNoOtherBeginsLikeThat() {
    Incidents incidents = incidents();
    Recorder recorder = new Recorder(incidents);
    String first = "abcdef01" + "0".repeat(24);
    String second = "abcdef02" + "0".repeat(24);
    recorder.record(alert(first, 1, 1), Recorder.OPERATOR);
    recorder.record(alert(second, 2, 2), Recorder.OPERATOR);

    assertEquals(Optional.of(first), incidents.named("abcdef01").map(IncidentRecord::id));
    assertEquals(Optional.of(second), incidents.named(second).map(IncidentRecord::id));
    for (String none : List.of("abcdef", "abcde", "abcdef03", "")) {
      assertEquals(Optional.empty(), incidents.named(none), none);
    }
    assertEquals(
        Optional.of(
            "2 incidents begin with abcdef: "
                + second
                + " (rule 2), "
                + first
                + " (rule 1). Give more digits."),
        incidents.ambiguity("abcdef"));
    for (String clear : List.of("abcdef01", second, "abcde", "abcdef03", "")) {
      assertEquals(Optional.empty(), incidents.ambiguity(clear), clear);
    }
  }

  @Test
  void whatIsMergedIsFoundAsAWhole() {
    Incidents incidents = incidents();
    InMemoryIncidents expected = new InMemoryIncidents();
    for (Recorder recorder : List.of(new Recorder(incidents), new Recorder(expected))) {
      recorder.record(alert("one", 1, 1), Recorder.OPERATOR);
      recorder.record(alert("one", 2, 2), Recorder.OPERATOR);
      recorder.record(
          PeopleNotified.of("a1@pager", "one", AT, "pager", AT).write(), Recorder.OPERATOR);
      ScoredAlert scored = TestIncidents.opened("one");
      recorder.record(
          TestIncidents.detail(
              TestIncidents.decided(
                  scored, "isolate-pod", ResponseOutcome.TAKEN, 3, AT.plusSeconds(60))),
          Recorder.OPERATOR);
      recorder.record(TestIncidents.command("undo", "one", AT.plusSeconds(4)), Recorder.OPERATOR);
    }

    assertEquals(expected.find("one"), incidents.find("one"));
    assertEquals(Optional.empty(), incidents.find("two"));
    assertEquals(expected.latest(AT.minusSeconds(1), 10), incidents.latest(AT.minusSeconds(1), 10));
  }

  @Test
  void theLatestComeFirstAndOlderOnesNotAtAll() {
    Incidents incidents = incidents();
    Recorder recorder = new Recorder(incidents);
    recorder.record(alert("old", 1, 100), Recorder.OPERATOR);
    recorder.record(alert("early", 2, 2_000), Recorder.OPERATOR);
    recorder.record(alert("late", 3, 3_000), Recorder.OPERATOR);
    recorder.record(alert("early", 4, 4_000), Recorder.OPERATOR);

    assertEquals(List.of("early", "late"), ids(incidents.latest(AT.plusSeconds(2_000), 10)));
    assertEquals(List.of("early"), ids(incidents.latest(AT, 1)));
    assertEquals(List.of("early", "late", "old"), ids(incidents.latest(AT, 10)));
    assertEquals(List.of(), incidents.latest(AT.plus(Duration.ofDays(1)), 10));
  }

  @Test
  void whatIsHeldIsFoundHoweverOldItIsUntilItIsReleased() {
    Incidents incidents = incidents();
    Recorder recorder = new Recorder(incidents);
    ScoredAlert held = TestIncidents.opened("held");
    recorder.record(
        TestIncidents.detail(
            TestIncidents.decided(
                held, "isolate-pod", ResponseOutcome.TAKEN, 3, AT.plusSeconds(60))),
        Recorder.OPERATOR);
    recorder.record(
        TestIncidents.detail(
            TestIncidents.decided(
                TestIncidents.opened("asked"), "a", ResponseOutcome.AWAITING_APPROVAL, 9)),
        Recorder.OPERATOR);
    recorder.record(
        TestIncidents.detail(
            TestIncidents.decided(
                TestIncidents.opened("gone"), "delete-pod", ResponseOutcome.TAKEN, 3)),
        Recorder.OPERATOR);
    recorder.record(alert("open", 1, 100), Recorder.OPERATOR);

    assertEquals(List.of("asked", "held"), ids(incidents.holding(10)));
    assertEquals(List.of("asked"), ids(incidents.holding(1)));

    recorder.record(
        TestIncidents.detail(
            TestIncidents.decided(held, "isolate-pod", ResponseOutcome.RELEASED, 70)),
        Recorder.OPERATOR);
    assertEquals(List.of("asked"), ids(incidents.holding(10)));
  }

  @Test
  void whatPeopleAskOfTheDeploymentIsNoIncident() {
    Incidents incidents = incidents();
    new Recorder(incidents)
        .record(TestIncidents.command("stop", null, AT.plusSeconds(4)), Recorder.OPERATOR);

    assertEquals(List.of(), incidents.latest(AT, 10));
    assertEquals(
        1, incidents.find(IncidentRecord.DEPLOYMENT).orElseThrow().timeline().entries().size());
  }

  @Test
  void concurrentWritersLoseNothing() throws Exception {
    Incidents incidents = incidents();
    Recorder recorder = new Recorder(incidents);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<Boolean>> done = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        int number = i;
        Callable<Boolean> one =
            () -> recorder.record(alert("one", number, number), Recorder.OPERATOR);
        done.add(threads.submit(one));
      }
      for (Future<Boolean> one : done) {
        assertTrue(one.get());
      }
    }

    assertEquals(24, incidents.find("one").orElseThrow().problems().size());
  }
}
