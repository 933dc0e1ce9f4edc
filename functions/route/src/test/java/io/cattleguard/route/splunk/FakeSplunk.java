package io.cattleguard.route.splunk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import io.cattleguard.route.http.FakeServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/** A fake of Splunk's HTTP Event Collector, as strict as its reference. */
public final class FakeSplunk extends FakeServer {
  public static final String TOKEN = "11111111-0000-0000-0000-000000000000";

  /** A rule of this name is an event that it cannot read. */
  static final String POISON = "poison";

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Set<String> KEYS =
      Set.of("time", "host", "source", "sourcetype", "index", "event", "fields");

  private final List<JsonNode> indexed = new ArrayList<>();

  /** What it took. */
  public synchronized List<JsonNode> indexed() {
    return List.copyOf(indexed);
  }

  @Override
  protected Scripted receive(HttpExchange exchange, byte[] body) throws IOException {
    if (!exchange.getRequestURI().toString().equals("/services/collector/event")) {
      violation("path " + exchange.getRequestURI());
    }
    expectHeader(exchange, "Authorization", "Splunk " + TOKEN);
    expectHeader(exchange, "Content-Type", "application/json; charset=utf-8");
    byte[] plain = body;
    if ("gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"))) {
      try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
        plain = in.readAllBytes();
      }
    }
    if (plain.length > 1_000_000) {
      return new Scripted(413, "");
    }
    List<JsonNode> events = new ArrayList<>();
    try (MappingIterator<JsonNode> values = JSON.readerFor(JsonNode.class).readValues(plain)) {
      values.forEachRemaining(events::add);
    }
    for (int i = 0; i < events.size(); i++) {
      check(events.get(i));
      if (events.get(i).path("event").path("message").asText().equals(POISON)) {
        indexed.addAll(events.subList(0, i));
        return new Scripted(
            400,
            "{\"text\":\"Invalid data format\",\"code\":6,\"invalid-event-number\":" + i + "}");
      }
    }
    indexed.addAll(events);
    return new Scripted(200, "{\"text\":\"Success\",\"code\":0}");
  }

  private void check(JsonNode event) {
    Set<String> unknown = new HashSet<>();
    event.fieldNames().forEachRemaining(unknown::add);
    unknown.removeAll(KEYS);
    if (!unknown.isEmpty()) {
      violation("unknown keys " + unknown);
    }
    if (!event.path("time").isNumber() || event.path("time").asDouble() > 5e9) {
      violation("time is no epoch in seconds: " + event.path("time"));
    }
    if (!event.path("event").isObject() || event.path("event").isEmpty()) {
      violation("event is " + event.path("event"));
    }
    event
        .path("fields")
        .forEach(
            field -> {
              if (!field.isTextual()) {
                violation("fields are flat texts, not " + field);
              }
            });
  }
}
