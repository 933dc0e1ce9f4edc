package io.cattleguard.app.board.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.record.InMemoryIncidents;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.Recorder;
import io.cattleguard.record.TestIncidents;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Words that are counted. */
final class PluralsTest {
  private static final Instant NOW = TestIncidents.AT.plusSeconds(1);

  private static ObjectNode read(String json) throws IOException {
    return (ObjectNode) JsonMapper.builder().build().readTree(json);
  }

  private static List<IncidentSummary> incidents(int number) {
    InMemoryIncidents incidents = new InMemoryIncidents();
    Recorder recorder = new Recorder(incidents);
    IntStream.range(0, number)
        .forEach(
            one ->
                recorder.record(
                    TestIncidents.detail(TestIncidents.opened("inc-" + one)), Recorder.OPERATOR));
    return incidents.latest(Instant.EPOCH, number);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | 0 incidents began in the last 24 hours, 0 contained; at most 0 in one bar",
        "1 | 1 incident began in the last 24 hours, 0 contained; at most 1 in one bar",
        "2 | 2 incidents began in the last 24 hours, 0 contained; at most 2 in one bar"
      })
  void theChartCountsIncidents(int number, String summary) {
    assertEquals(summary, Chart.of(incidents(number), Period.DAY, NOW).summary());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"1 | 1 incident, 0 contained", "2 | 2 incidents, 0 contained"})
  void aBarCountsIncidents(int number, String title) {
    String last = Chart.of(incidents(number), Period.DAY, NOW).bars().getLast().title();
    assertTrue(last.endsWith(" UTC: " + title), last);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | hid nothing so far",
        "1 | hid 1 alert",
        "2 | hid 2 alerts",
        "1200 | hid 1,200 alerts"
      })
  void aSilenceCountsAlerts(long hid, String words) throws IOException {
    ObjectNode silence =
        read("{\"id\": \"s1\", \"active\": true, \"hid\": " + hid + ", \"match\": {}}");
    assertEquals(words, SilenceList.of(List.of(silence), NOW).rows().getFirst().hid());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 | release failing, 1 attempt, retried",
        "12 | release failing, 12 attempts, retried"
      })
  void aFailingReleaseCountsAttempts(int failures, String words) throws IOException {
    ObjectNode held =
        read(
            "{\"id\": \"blue/isolate-pod/7\", \"action\": \"isolate-pod\", \"uid\": \"7\","
                + " \"failingSince\": \"2026-03-02T09:00:00Z\", \"failures\": "
                + failures
                + "}");
    Snapshot.Answer nothing = new Snapshot.Answer(List.of(), Optional.empty());
    Snapshot snapshot =
        new Snapshot(
            NOW,
            List.of(),
            false,
            false,
            new Snapshot.Answer(List.of(held), Optional.empty()),
            Optional.empty(),
            nothing,
            List.of());
    assertEquals(
        List.of(words),
        Live.of(snapshot).held().getFirst().warnings().stream().map(Chip::text).toList());
  }
}
