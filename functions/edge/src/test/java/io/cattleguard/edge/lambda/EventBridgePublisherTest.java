package io.cattleguard.edge.lambda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.events.BusEvent;
import io.cattleguard.events.DetailType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class EventBridgePublisherTest {
  private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");

  private final FakeEventBridge bus = new FakeEventBridge();
  private final List<Long> pauses = new ArrayList<>();

  @AfterEach
  void stop() {
    bus.close();
  }

  private EventBridgePublisher publisher() {
    return publisher(240 * 1_024);
  }

  private EventBridgePublisher publisher(int bytesPerCall) {
    return new EventBridgePublisher(bus.client(), "cattleguard", pauses::add, bytesPerCall);
  }

  private static BusEvent event(String id, String text) {
    ObjectNode detail = JsonNodeFactory.instance.objectNode().put("id", id).put("text", text);
    return new BusEvent("cattleguard.score", DetailType.ALERT_SCORED, AT, detail);
  }

  private static List<BusEvent> events(int number) {
    return IntStream.range(0, number).mapToObj(i -> event("e" + i, "")).toList();
  }

  private static String id(JsonNode entry) {
    return entry.path("Detail").asText().replaceAll(".*\"id\":\"([^\"]*)\".*", "$1");
  }

  private List<List<String>> calls() {
    return bus.calls().stream()
        .map(call -> call.stream().map(EventBridgePublisherTest::id).toList())
        .toList();
  }

  @Test
  void anEventStandsOnTheWireWithItsBusSourceTypeTimeAndDetail() {
    publisher().publish(List.of(event("a", "ü")));

    JsonNode entry = bus.calls().getFirst().getFirst();
    assertEquals("cattleguard", entry.path("EventBusName").asText());
    assertEquals("cattleguard.score", entry.path("Source").asText());
    assertEquals("Alert Scored", entry.path("DetailType").asText());
    assertEquals(AT.getEpochSecond(), entry.path("Time").asLong());
    assertEquals("{\"id\":\"a\",\"text\":\"ü\"}", entry.path("Detail").asText());
  }

  @Test
  void nothingToPublishAsksNobody() {
    assertEquals(Set.of(), publisher().publish(List.of()));
    assertEquals(List.of(), bus.calls());
  }

  @Test
  void aCallTakesTenEntries() {
    assertEquals(Set.of(), publisher().publish(events(23)));
    assertEquals(List.of(10, 10, 3), bus.calls().stream().map(List::size).toList());
  }

  @Test
  void aCallIsFilledByBytesAndNotByCharacters() {
    // 14 for the time, 17 and 12 for source and type, 20 of JSON, 300 or 900 of text.
    EventBridgePublisher small = publisher(2 * (63 + 900));
    String ascii = "e".repeat(300);
    String euros = "€".repeat(300);

    small.publish(List.of(event("a", ascii), event("b", ascii), event("c", ascii)));
    small.publish(List.of(event("d", euros), event("e", euros), event("f", euros)));

    assertEquals(List.of(List.of("a", "b", "c"), List.of("d", "e"), List.of("f")), calls());
  }

  @Test
  void anEventBeyondTheBytesOfACallGoesAlone() {
    EventBridgePublisher small = publisher(300);

    small.publish(List.of(event("a", ""), event("large", "x".repeat(500)), event("b", "")));

    assertEquals(List.of(List.of("a"), List.of("large"), List.of("b")), calls());
  }

  @Test
  void onlyWhatWasRefusedIsPutAgain() {
    bus.refuse((call, entry) -> call == 1 && Set.of("e1", "e3").contains(id(entry)));

    assertEquals(Set.of(), publisher().publish(events(4)));
    assertEquals(List.of(List.of("e0", "e1", "e2", "e3"), List.of("e1", "e3")), calls());
  }

  @Test
  void promise1WhatIsRefusedToTheEndIsNamedByItsPosition() {
    bus.refuse((call, entry) -> Set.of("e1", "e11").contains(id(entry)));

    assertEquals(Set.of(1, 11), publisher().publish(events(12)));
    assertEquals(List.of(100L, 400L, 1_600L), pauses);
    assertEquals(2 + 3, bus.calls().size());
  }

  @Test
  void promise1ABusThatDoesNotAnswerTookNothing() {
    bus.fail();

    assertEquals(Set.of(0, 1), publisher().publish(events(2)));
    assertEquals(4, bus.calls().size());
  }
}
