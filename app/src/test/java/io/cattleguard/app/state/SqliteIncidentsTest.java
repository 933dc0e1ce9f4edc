package io.cattleguard.app.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.Incidents;
import io.cattleguard.record.IncidentsContract;
import io.cattleguard.record.Recorder;
import io.cattleguard.record.TestIncidents;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteIncidentsTest extends IncidentsContract {
  private static final Duration KEPT = Duration.ofDays(90);

  @TempDir private Path directory;
  private StateFile file;

  @BeforeEach
  void open() {
    file = StateFile.open(directory);
  }

  @AfterEach
  void close() {
    file.close();
  }

  @Override
  protected Incidents incidents() {
    return new SqliteIncidents(file, KEPT, 1_000);
  }

  private static void record(Incidents incidents, String id, ResponseOutcome outcome, long at) {
    new Recorder(incidents)
        .record(
            TestIncidents.detail(
                TestIncidents.decided(
                    TestIncidents.opened(id),
                    "isolate-pod",
                    outcome,
                    at,
                    outcome == ResponseOutcome.TAKEN ? TestIncidents.AT.plusSeconds(at) : null)),
            "cattleguard.respond");
  }

  private static void hold(Incidents incidents, String id, Instant until) {
    new Recorder(incidents)
        .record(
            TestIncidents.detail(
                TestIncidents.decided(
                    TestIncidents.opened(id), "isolate-pod", ResponseOutcome.TAKEN, 0, until)),
            "cattleguard.respond");
  }

  @Test
  void recordsOutliveTheProcess() {
    record(incidents(), "one", ResponseOutcome.TAKEN, 1);
    close();
    open();

    assertTrue(incidents().find("one").isPresent());
    assertEquals(1, incidents().holding(10).size());
  }

  @Test
  void expiredRecordsAndTheOldestBeyondTheLimitAreDeletedButNotWhatIsHeld() {
    SqliteIncidents incidents = new SqliteIncidents(file, KEPT, 3);
    hold(incidents, "held", TestIncidents.AT.plus(Duration.ofDays(1)));
    for (int i = 1; i <= 4; i++) {
      record(incidents, "refused-" + i, ResponseOutcome.REFUSED, i * 100L);
    }
    assertEquals(5, incidents.count());

    incidents.prune(TestIncidents.AT.plus(Duration.ofDays(1)));
    assertEquals(
        List.of("refused-4", "refused-3", "held"),
        incidents.latest(TestIncidents.AT, 10).stream().map(IncidentSummary::id).toList());

    incidents.prune(TestIncidents.AT.plus(KEPT).plusSeconds(350));
    assertEquals(
        List.of("refused-4", "held"),
        incidents.latest(TestIncidents.AT, 10).stream().map(IncidentSummary::id).toList());
  }

  @Test
  void whatWasHeldIsDeletedWhenItsLeaseOrQuestionIsLongPast() {
    SqliteIncidents incidents = new SqliteIncidents(file, KEPT, 1_000);
    Duration lease = KEPT.multipliedBy(3);
    record(incidents, "asked", ResponseOutcome.AWAITING_APPROVAL, 1);
    record(incidents, "held", ResponseOutcome.TAKEN, 1);
    hold(incidents, "long", TestIncidents.AT.plus(lease));

    incidents.prune(TestIncidents.AT.plus(KEPT));
    assertEquals(3, incidents.count());
    incidents.prune(TestIncidents.AT.plus(KEPT).plusSeconds(10));
    assertTrue(incidents.find("held").isEmpty());
    assertTrue(incidents.find("asked").isPresent(), "a question without an end waits 7 days");
    incidents.prune(TestIncidents.AT.plus(KEPT).plus(Duration.ofDays(8)));
    assertTrue(incidents.find("asked").isEmpty());
    assertTrue(incidents.find("long").isPresent(), "its lease is in force");
    incidents.prune(TestIncidents.AT.plus(lease).plus(KEPT).plusSeconds(1));
    assertEquals(0, incidents.count());
  }
}
