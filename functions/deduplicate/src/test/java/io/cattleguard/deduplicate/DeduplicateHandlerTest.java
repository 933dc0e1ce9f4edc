package io.cattleguard.deduplicate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.edge.BatchHandler.Message;
import io.cattleguard.edge.EventPublisher;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.RuntimeAlerts;
import io.cattleguard.events.TestAlerts;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class DeduplicateHandlerTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final List<BusEvent> published = new ArrayList<>();
  private final Set<Integer> refuse = new HashSet<>();
  private final EventPublisher publisher =
      events -> {
        for (int i = 0; i < events.size(); i++) {
          if (!refuse.contains(i)) {
            published.add(events.get(i));
          }
        }
        return refuse;
      };
  private final DeduplicateHandler handler =
      new DeduplicateHandler(
          new Deduplicator(
              new InMemorySightings(), Suppressions.none(), DeduplicationSettings.DEFAULT),
          publisher,
          () -> TestAlerts.AT);

  private static String falco(String rule, String pod) {
    ObjectNode event = JSON.createObjectNode();
    event.put("rule", rule).put("priority", "Critical").put("time", "2026-03-02T09:15:00Z");
    event.put("hostname", "node-a");
    ObjectNode fields = event.putObject("output_fields");
    fields.put("k8s.ns.name", "shop").put("k8s.pod.name", pod).put("proc.name", "bash");
    return event.toString();
  }

  private static String sensed(String source, String cluster, String... events) {
    RuntimeAlerts packed =
        new RuntimeAlerts(
            "id",
            cluster,
            TestAlerts.AT,
            0,
            List.of(events).stream()
                .map(event -> new RuntimeAlerts.Sensed(event, 1, TestAlerts.AT, TestAlerts.AT))
                .toList());
    return new BusEvent(source, DetailType.RUNTIME_ALERTS, TestAlerts.AT, packed.write())
        .toJson()
        .toString();
  }

  private static Message message(String id, String... events) {
    return new Message(id, sensed("cattleguard.sensor.blue", "blue", events));
  }

  private List<String> publishedIds() {
    return published.stream().map(event -> event.detail().path("id").asText()).toList();
  }

  @Test
  void aPackedEntryOpensEachOfItsProblems() {
    Set<String> failed =
        handler.handle(List.of(message("m1", falco("one", "web-1"), falco("two", "web-1"))));

    assertEquals(Set.of(), failed);
    assertEquals(2, published.size());
    assertEquals(DetailType.ALERT_ACCEPTED, published.get(0).type());
    assertEquals("cattleguard.deduplicate", published.get(0).source());
    assertEquals("blue", published.get(0).detail().path("cluster").asText());
  }

  @Test
  void promise1APoisonRecordFailsAloneAndStopsNobodyElse() {
    Set<String> failed =
        handler.handle(
            List.of(
                new Message("poison", "no JSON at all"),
                new Message("array", "[1]"),
                message("good", falco("one", "web-1")),
                message("empty-of-sense", "what is this")));

    assertEquals(Set.of("poison", "array", "empty-of-sense"), failed);
    assertEquals(1, published.size());
  }

  @Test
  void oneUnreadableEventAmongGoodOnesDoesNotBringThemBack() {
    Set<String> failed =
        handler.handle(List.of(message("m1", falco("one", "web-1"), "what is this")));

    assertEquals(Set.of(), failed);
    assertEquals(1, published.size());
  }

  @Test
  void promise4ACrashBetweenRecordedAndPublishedLosesNothing() {
    refuse.add(0);
    Message message = message("m1", falco("one", "web-1"));
    assertEquals(Set.of("m1"), handler.handle(List.of(message)));
    assertEquals(List.of(), published);
    refuse.clear();

    assertEquals(Set.of(), handler.handle(List.of(message)));
    assertEquals(Set.of(), handler.handle(List.of(message)));

    assertEquals(2, published.size());
    assertEquals(1, new HashSet<>(publishedIds()).size(), "downstream drops the copy by its id");
    assertEquals("opened", published.get(0).detail().path("acceptance").asText());
    assertEquals(1, published.get(1).detail().path("count").asLong());
  }

  @Test
  void onlyTheRecordWhoseEventTheBusRefusedIsDeliveredAgain() {
    refuse.add(1);

    Set<String> failed =
        handler.handle(
            List.of(
                message("m1", falco("one", "web-1")),
                message("m2", falco("two", "web-1")),
                message("m3", falco("three", "web-1"))));

    assertEquals(Set.of("m2"), failed);
    assertEquals(2, published.size());
  }

  @Test
  void promise9TheClusterIsTakenFromTheSourceAndAPayloadThatNamesAnotherIsRefused() {
    Set<String> failed =
        handler.handle(
            List.of(
                new Message(
                    "liar", sensed("cattleguard.sensor.blue", "green", falco("one", "web-1"))),
                new Message("stranger", sensed("somebody.else", "blue", falco("one", "web-1"))),
                new Message("nameless", sensed("cattleguard.sensor.", "", falco("one", "web-1")))));

    assertEquals(Set.of("liar", "stranger", "nameless"), failed);
    assertEquals(List.of(), published);
  }
}
