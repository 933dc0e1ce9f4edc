package io.cattleguard.app.board.page;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.notified.PeopleNotified;
import io.cattleguard.record.InMemoryIncidents;
import io.cattleguard.record.IncidentJson;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.Recorder;
import io.cattleguard.record.TestIncidents;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class OverviewTest {
  private static List<Overview.Step> funnel(boolean isUnread) {
    Snapshot.Answer nothing = new Snapshot.Answer(List.of(), Optional.empty());
    Snapshot snapshot =
        new Snapshot(
            Instant.parse("2026-03-02T09:15:00Z"),
            List.of(),
            false,
            isUnread,
            nothing,
            Optional.empty(),
            nothing,
            List.of());
    return Overview.of(snapshot, Period.DAY).funnel();
  }

  private static Set<String> figures(boolean isUnread) {
    return funnel(isUnread).stream().map(Overview.Step::figure).collect(Collectors.toSet());
  }

  @Test
  void numbersThatWereNeverReadAreUnknownAndNotZero() {
    assertEquals(Set.of("–"), figures(true));
    assertEquals(Set.of("0"), figures(false));
  }

  private static IncidentSummary incident(String id, OptionalInt notified) {
    InMemoryIncidents incidents = new InMemoryIncidents();
    Recorder recorder = new Recorder(incidents);
    recorder.record(TestIncidents.detail(TestIncidents.opened(id)), Recorder.OPERATOR);
    for (int i = 0; i < notified.orElse(0); i++) {
      recorder.record(
          PeopleNotified.of(id + i, id, TestIncidents.AT, "pager", TestIncidents.AT).write(),
          Recorder.OPERATOR);
    }
    IncidentSummary summary = incidents.latest(Instant.EPOCH, 1).getFirst();
    ObjectNode json = IncidentJson.write(summary);
    if (notified.isEmpty()) {
      json.remove("notified");
    }
    return IncidentJson.readSummary(json.toString());
  }

  private static List<Overview.Step> funnel(IncidentSummary... incidents) {
    Snapshot.Answer nothing = new Snapshot.Answer(List.of(), Optional.empty());
    Snapshot snapshot =
        new Snapshot(
            TestIncidents.AT,
            List.of(incidents),
            false,
            false,
            nothing,
            Optional.empty(),
            nothing,
            List.of());
    return Overview.of(snapshot, Period.DAY).funnel();
  }

  private static Overview.Step interrupted(IncidentSummary... incidents) {
    return funnel(incidents).get(3);
  }

  @Test
  void peopleWereInterruptedByTheIncidentsOfWhichADestinationNotifiedThem() {
    IncidentSummary none = incident("a", OptionalInt.of(0));
    IncidentSummary two = incident("b", OptionalInt.of(2));
    IncidentSummary earlier = incident("c", OptionalInt.empty());

    assertEquals(
        new Overview.Step("1", "people interrupted", "50 % of incidents; 2 messages", "warn"),
        interrupted(none, two));
    assertEquals(
        new Overview.Step("0", "people interrupted", "0 % of incidents", "plain"),
        interrupted(none));
    assertEquals(
        new Overview.Step(
            "1",
            "people interrupted",
            "33 % of incidents; 2 messages; 1 incident not known",
            "warn"),
        interrupted(none, two, earlier));
    assertEquals(
        new Overview.Step("–", "people interrupted", "recorded by an earlier version", "plain"),
        interrupted(earlier));
  }

  @Test
  void theNumberOfAlertsSaysThatRepeatsAreAddedLater() {
    assertEquals("", funnel(false).getFirst().note(), "nothing is known to be missing");
    assertEquals(
        "at least; repeats are added at 10, 100, 1,000",
        funnel(incident("a", OptionalInt.of(0))).getFirst().note());
  }
}
