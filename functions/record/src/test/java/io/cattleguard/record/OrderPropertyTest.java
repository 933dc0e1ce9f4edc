package io.cattleguard.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Incident;
import io.cattleguard.events.Points;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Silenced;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.notified.PeopleNotified;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bus delivers at least once and in any order; the records must depend on neither. */
final class OrderPropertyTest {
  private static final List<String> IDS = List.of("one", "two", "three");

  private static List<JsonNode> events(Random random, int number, int pods) {
    List<JsonNode> events = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      ScoredAlert scored = scored(random, i);
      switch (random.nextInt(6)) {
        case 5 -> events.add(notified(random).write());
        case 0, 1 -> events.add(TestIncidents.detail(scored));
        case 2, 3 -> events.add(TestIncidents.detail(decided(random, scored, pods)));
        default ->
            events.add(
                TestIncidents.command(
                    random.nextBoolean() ? "undo" : "extend",
                    random.nextBoolean() ? pick(random, IDS) : null,
                    at(random)));
      }
    }
    return events;
  }

  private static PeopleNotified notified(Random random) {
    return PeopleNotified.of(
        "delivery " + random.nextInt(400),
        pick(random, IDS),
        at(random),
        pick(random, List.of("pager", "security-channel")),
        at(random));
  }

  private static ScoredAlert scored(Random random, int number) {
    Acceptance acceptance = pick(random, List.of(Acceptance.values()));
    Alert alert =
        TestAlerts.alert(
                "alert-" + number,
                "rule " + random.nextInt(50),
                pick(random, List.of(Severity.values())))
            .at(random.nextInt(10) == 0 ? null : at(random))
            .pod("web-" + random.nextInt(40))
            .build();
    int score = random.nextInt(3) * 40;
    AcceptedAlert accepted =
        new AcceptedAlert(
            alert,
            "problem-" + random.nextInt(50),
            acceptance,
            1 + random.nextInt(1000),
            TestIncidents.AT,
            at(random),
            1,
            1,
            random.nextInt(4) == 0
                ? new Silenced("silence " + random.nextInt(9), "noise", random.nextBoolean())
                : null);
    return new ScoredAlert(
        accepted,
        score,
        List.of(new Points(score, "reason " + random.nextInt(3))),
        new Incident(
            pick(random, IDS),
            at(random),
            "workload shop/web",
            List.of(),
            List.of(),
            random.nextInt(9) == 0 ? IDS : List.of()));
  }

  private static ResponseDecided decided(Random random, ScoredAlert scored, int pods) {
    ResponseOutcome outcome = pick(random, List.of(ResponseOutcome.values()));
    return new ResponseDecided(
        scored,
        "playbook-" + random.nextInt(3),
        pick(random, List.of("isolate-pod", "delete-pod")),
        "pod shop/web-" + random.nextInt(pods),
        outcome,
        outcome == ResponseOutcome.REFUSED ? List.of("guard " + random.nextInt(3)) : List.of(),
        "explanation " + random.nextInt(3),
        at(random),
        random.nextBoolean() ? at(random) : null);
  }

  /** Few distinct times, so that many events have the same time. */
  private static Instant at(Random random) {
    return TestIncidents.AT.plusSeconds(random.nextInt(200));
  }

  private static <T> T pick(Random random, List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private static List<Optional<IncidentRecord>> recorded(List<JsonNode> events) {
    InMemoryIncidents incidents = new InMemoryIncidents();
    Recorder recorder = new Recorder(incidents);
    events.forEach(event -> recorder.record(event, Recorder.OPERATOR));
    List<Optional<IncidentRecord>> records = new ArrayList<>();
    IDS.forEach(id -> records.add(incidents.find(id)));
    records.add(incidents.find(IncidentRecord.DEPLOYMENT));
    return records;
  }

  @ParameterizedTest
  @CsvSource({"3, 60", "25, 60", "600, 4"})
  void shuffledAndDoubledEventsGiveTheSameRecords(int number, int seeds) {
    for (int seed = 0; seed < seeds; seed++) {
      Random random = new Random(seed);
      List<JsonNode> events = events(random, number, IncidentRecord.ACTIONS / 2);
      List<Optional<IncidentRecord>> expected = recorded(events);
      for (int round = 0; round < 3; round++) {
        List<JsonNode> other = new ArrayList<>(events);
        for (JsonNode event : events) {
          if (random.nextBoolean()) {
            other.add(event);
          }
        }
        Collections.shuffle(other, random);
        assertEquals(expected, recorded(other), "seed " + seed);
      }
    }
  }

  @Test
  void aRecordIsBoundedAndItsJsonReadsBackAsItIs() {
    List<Optional<IncidentRecord>> records = recorded(events(new Random(1), 1_500, 40));

    for (Optional<IncidentRecord> one : records) {
      IncidentRecord record = one.orElseThrow();
      for (TimelineEntry.Kind kind : TimelineEntry.Kind.values()) {
        long entries =
            record.timeline().entries().stream().filter(entry -> entry.kind() == kind).count();
        assertTrue(entries <= kind.limit(), kind + " " + entries);
      }
      assertTrue(record.problems().size() <= IncidentRecord.PROBLEMS);
      assertTrue(record.actions().size() <= IncidentRecord.ACTIONS);
      assertEquals(record, IncidentJson.readRecord(IncidentJson.write(record).toString()));
      IncidentSummary summary = IncidentSummary.of(record);
      assertEquals(summary, IncidentJson.readSummary(IncidentJson.write(summary).toString()));
    }
    assertEquals(IncidentRecord.ACTIONS, records.getFirst().orElseThrow().actions().size());
    assertTrue(records.getFirst().orElseThrow().moreActions());
  }
}
