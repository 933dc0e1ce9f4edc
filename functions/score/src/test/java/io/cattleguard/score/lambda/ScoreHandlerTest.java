package io.cattleguard.score.lambda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.lambda.BatchHandler.Message;
import io.cattleguard.edge.port.EventPublisher;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.score.InMemoryWorkloadHistories;
import io.cattleguard.score.Scorer;
import io.cattleguard.score.ScorerTest;
import io.cattleguard.score.WorkloadHistories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ScoreHandlerTest {
  private final List<List<BusEvent>> calls = new ArrayList<>();
  private final List<BusEvent> published = new ArrayList<>();
  private final Set<Integer> refuse = new HashSet<>();
  private final EventPublisher publisher =
      events -> {
        calls.add(events);
        for (int i = 0; i < events.size(); i++) {
          if (!refuse.contains(i)) {
            published.add(events.get(i));
          }
        }
        return refuse;
      };
  private final WorkloadHistories histories = new InMemoryWorkloadHistories();
  private final ScoreHandler handler = handler(publisher);

  private ScoreHandler handler(EventPublisher bus) {
    return new ScoreHandler(new Scorer(ScorerTest.POLICY, histories), bus, () -> TestAlerts.AT);
  }

  private static Message message(String id, String tactic) {
    ObjectNode detail =
        AlertJson.write(
            TestAlerts.opened(
                TestAlerts.alert("alert-" + id, "rule " + id, Severity.MEDIUM)
                    .attack(List.of(tactic), List.of())
                    .build()));
    return new Message(id, envelope(DetailType.ALERT_ACCEPTED, detail).toString());
  }

  private static ObjectNode envelope(DetailType type, ObjectNode detail) {
    return new BusEvent("cattleguard.deduplicate", type, TestAlerts.AT, detail).toJson();
  }

  private List<String> ids() {
    return published.stream().map(event -> event.detail().path("id").asText()).toList();
  }

  @Test
  void anAcceptedAlertGoesOnWithItsScoreAndTheReasons() {
    assertEquals(Set.of(), handler.handle(List.of(message("m1", "TA0002"))));

    BusEvent event = published.getFirst();
    assertEquals("cattleguard.score", event.source());
    assertEquals(DetailType.ALERT_SCORED, event.type());
    assertEquals("alert-m1/opened/scored", event.detail().path("id").asText());
    assertEquals(30, event.detail().path("score").asInt());
    int sum = 0;
    for (JsonNode reason : event.detail().path("reasons")) {
      sum += reason.path("points").asInt();
    }
    assertEquals(30, sum);
    assertEquals(2, event.detail().path("hops").asInt(), "one hop further");
  }

  @Test
  void aBatchIsOneCallToTheBus() {
    assertEquals(
        Set.of(),
        handler.handle(
            List.of(message("m1", "TA0002"), message("m2", "TA0006"), message("m3", "TA0007"))));

    assertEquals(1, calls.size());
    assertEquals(3, published.size());
  }

  @Test
  void promise1APoisonRecordFailsAloneAndStopsNobodyElse() {
    ObjectNode damaged = AlertJson.write(TestAlerts.opened(TestAlerts.reverseShell("a")));
    damaged.remove("fingerprint");

    Set<String> failed =
        handler.handle(
            List.of(
                new Message("no-json", "no JSON at all"),
                new Message("empty", ""),
                new Message("array", "[1]"),
                new Message("damaged", envelope(DetailType.ALERT_ACCEPTED, damaged).toString()),
                new Message(
                    "another-type",
                    envelope(
                            DetailType.ALERT_SCORED,
                            AlertJson.write(TestAlerts.opened(TestAlerts.reverseShell("a"))))
                        .toString()),
                message("good", "TA0002")));

    assertEquals(Set.of("no-json", "empty", "array", "damaged", "another-type"), failed);
    assertEquals(List.of("alert-good/opened/scored"), ids());
  }

  @Test
  void promise1OnlyTheRecordWhoseEventTheBusRefusedIsDeliveredAgain() {
    refuse.add(1);

    Set<String> failed =
        handler.handle(
            List.of(
                new Message("poison", "{"),
                message("m1", "TA0002"),
                message("m2", "TA0006"),
                message("m3", "TA0007")));

    assertEquals(Set.of("poison", "m2"), failed);
    assertEquals(List.of("alert-m1/opened/scored", "alert-m3/opened/scored"), ids());
  }

  @Test
  void promise4ACrashBetweenRecordedAndPublishedLosesNothing() {
    Message message = message("m1", "TA0006");
    assertEquals(Set.of(), handler.handle(List.of(message("earlier", "TA0002"))));
    ScoreHandler crashing =
        handler(
            events -> {
              throw new IllegalStateException("the process dies here");
            });
    assertThrows(IllegalStateException.class, () -> crashing.handle(List.of(message)));
    // The alert between them is scored first, and must not change the score of the first one.
    assertEquals(Set.of(), handler.handle(List.of(message("between", "TA0011"))));
    published.clear();

    assertEquals(Set.of(), handler.handle(List.of(message)));
    assertEquals(Set.of(), handler.handle(List.of(message)));

    assertEquals(List.of("alert-m1/opened/scored", "alert-m1/opened/scored"), ids());
    assertEquals(published.get(0).detail(), published.get(1).detail());
    assertEquals(
        60,
        published.get(0).detail().path("score").asInt(),
        "30, 15 for what it looks for, 15 for the chain");
  }

  @Test
  void aDoubledBatchPublishesTheSameTwice() {
    List<Message> batch = List.of(message("m1", "TA0002"), message("m2", "TA0006"));

    assertEquals(Set.of(), handler.handle(batch));
    assertEquals(Set.of(), handler.handle(batch));

    assertEquals(
        calls.get(0).stream().map(BusEvent::detail).toList(),
        calls.get(1).stream().map(BusEvent::detail).toList());
  }

  @Test
  void scoreRunsWithoutModelsThatAreUnreadable(@TempDir Path policy) throws IOException {
    Files.createDirectories(policy.resolve("models"));
    assertTrue(ScoreHandler.models(policy).isPresent());
    Files.writeString(policy.resolve("models/web.yaml"), "mode: learning\n");

    assertEquals(Optional.empty(), ScoreHandler.models(policy));
  }
}
