package io.cattleguard.record.lambda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.lambda.BatchHandler.Message;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.record.InMemoryIncidents;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.IncidentSummary;
import io.cattleguard.record.Incidents;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RecordHandlerTest {
  private static Message message(String sample) {
    return new Message(sample, ContractFiles.json("samples", "v1/" + sample).toString());
  }

  @Test
  void everyEventOfAnIncidentIsRecordedAndAPoisonRecordFailsAlone() {
    InMemoryIncidents incidents = new InMemoryIncidents();
    RecordHandler handler = new RecordHandler(incidents, () -> Instant.EPOCH);

    Set<String> failed =
        handler.handle(
            List.of(
                message("response-decided-of-an-incident.json"),
                new Message("no-json", "{"),
                new Message("empty", ""),
                message("sensor-heartbeat.json"),
                message("alert-scored-of-an-incident.json"),
                message("alert-scored-of-an-account.json")));

    assertEquals(Set.of("no-json", "empty", "sensor-heartbeat.json"), failed);
    assertTrue(incidents.find("b1946ac92492d2347c6235b4d2611184").isPresent());
    assertEquals(2, incidents.latest(Instant.EPOCH, 10).size());
  }

  @Test
  void aTableThatIsAwayMeansRedelivery() {
    Incidents away =
        new Incidents() {
          @Override
          public void merge(IncidentRecord addition) {
            throw new Unavailable("DynamoDB: away");
          }

          @Override
          public Optional<IncidentRecord> find(String id) {
            return Optional.empty();
          }

          @Override
          public List<IncidentSummary> latest(Instant since, int limit) {
            return List.of();
          }

          @Override
          public List<IncidentSummary> holding(int limit) {
            return List.of();
          }
        };

    assertEquals(
        Set.of("alert-scored.json"),
        new RecordHandler(away, () -> Instant.EPOCH).handle(List.of(message("alert-scored.json"))));
  }
}
