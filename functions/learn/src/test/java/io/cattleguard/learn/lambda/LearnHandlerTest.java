package io.cattleguard.learn.lambda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.lambda.BatchHandler.Message;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.RuntimeAlerts;
import io.cattleguard.events.observed.WorkloadObserved;
import io.cattleguard.learn.LearntModels;
import io.cattleguard.learn.MapTable;
import io.cattleguard.learn.ReportLearning;
import io.cattleguard.learn.Reports;
import io.cattleguard.models.Mode;
import io.cattleguard.reviewed.ReviewedModels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class LearnHandlerTest {
  private static final String POD = "cattleguard.sensor.blue.cattleguard.0b3f.sensor-x2x4k";

  private final MapTable table = new MapTable();
  private final LearntModels learnt = new LearntModels(table);
  private final List<BusEvent> published = new ArrayList<>();
  private final Set<Integer> refuse = new HashSet<>();
  private final EventPublisher publisher =
      events -> {
        published.addAll(events);
        return refuse;
      };

  private LearnHandler handler(ReviewedModels models) {
    return new LearnHandler(new ReportLearning(learnt, models), publisher, () -> Reports.AT);
  }

  private ReviewedModels enforced() {
    new ReportLearning(learnt, ReviewedModels.NONE)
        .learn(
            Reports.report(
                Reports.program("/bin/date", "web-1"), Reports.program("/bin/date", "web-2")),
            "blue",
            Duration.ZERO,
            Reports.AT);
    return ReviewedModels.of(List.of(Reports.in(Mode.ENFORCING, learnt.all().getFirst())));
  }

  private static Message message(String id, String source, WorkloadObserved report) {
    BusEvent event = new BusEvent(source, DetailType.WORKLOAD_OBSERVED, Reports.AT, report.write());
    return new Message(id, event.toJson().toString());
  }

  @Test
  void aDeviationIsAnAlertOfTheSensorThatReportedIt() {
    Set<String> failed =
        handler(enforced())
            .handle(
                List.of(
                    message("m", POD, Reports.report(Reports.program("/tmp/dropper", "web-3")))));

    BusEvent event = published.getFirst();
    assertEquals(Set.of(), failed);
    assertEquals(1, published.size());
    assertEquals(DetailType.RUNTIME_ALERTS, event.type());
    assertEquals("cattleguard.learn.blue.cattleguard.0b3f.sensor-x2x4k", event.source());
    String text = RuntimeAlerts.read(event.detail()).alerts().getFirst().event();
    assertTrue(text.contains("/tmp/dropper"), text);
  }

  @Test
  void theSampleOfTheContractIsLearnt() {
    JsonNode sample = ContractFiles.json("samples", "v1/workload-observed.json");

    assertEquals(
        Set.of(),
        handler(ReviewedModels.NONE).handle(List.of(new Message("m", sample.toString()))));
    assertEquals(2, learnt.all().size());
    assertEquals(List.of(), published);
  }

  @Test
  void aPoisonRecordFailsAlone() {
    ObjectNode foreign = ContractFiles.json("samples", "v1/workload-observed.json").deepCopy();
    foreign.put("source", "cattleguard.sensor.green");
    ObjectNode long1 = ContractFiles.json("samples", "v1/workload-observed.json").deepCopy();
    ((ObjectNode) long1.path("detail").path("workloads").get(0)).put("name", "x".repeat(1 << 20));
    Set<String> failed =
        handler(ReviewedModels.NONE)
            .handle(
                List.of(
                    new Message("no-json", "{"),
                    new Message("another-cluster", foreign.toString()),
                    new Message("a-megabyte", long1.toString()),
                    message("no-sensor", "cattleguard.score", Reports.report()),
                    message("good", POD, Reports.report(Reports.program("/bin/date", "web-1")))));

    assertEquals(Set.of("no-json", "another-cluster", "a-megabyte", "no-sensor"), failed);
    assertEquals(1, learnt.all().size());
  }

  @Test
  void aDeviationThatTheBusRefusesIsPublishedAgainWithTheNextDelivery() {
    refuse.add(0);

    assertEquals(
        Set.of("m"),
        handler(enforced())
            .handle(
                List.of(
                    message("m", POD, Reports.report(Reports.program("/tmp/dropper", "web-3"))))));
  }

  @Test
  void aDeviationIsPublishedAlsoWhileTheTableIsAway() {
    ReviewedModels models = enforced();
    table.goAway();
    Message message = message("m", POD, Reports.report(Reports.program("/tmp/dropper", "web-3")));

    assertEquals(Set.of("m"), handler(models).handle(List.of(message)));
    assertEquals(1, published.size());
    handler(models).handle(List.of(message));
    assertEquals(published.getFirst().detail().path("id"), published.getLast().detail().path("id"));
  }
}
