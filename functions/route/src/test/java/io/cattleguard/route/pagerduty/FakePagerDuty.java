package io.cattleguard.route.pagerduty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import io.cattleguard.route.http.FakeServer;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A fake of PagerDuty's Events API v2, as strict as its published schema and limits. */
final class FakePagerDuty extends FakeServer {
  static final String KEY = "0123456789abcdef0123456789abcdef";

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Set<String> KEYS =
      Set.of(
          "routing_key",
          "event_action",
          "dedup_key",
          "payload",
          "client",
          "client_url",
          "links",
          "images");
  private static final Set<String> PAYLOAD =
      Set.of(
          "summary",
          "timestamp",
          "severity",
          "source",
          "component",
          "group",
          "class",
          "custom_details");

  private final List<JsonNode> events = new ArrayList<>();

  /** The state of each of its alerts: triggered, acknowledged or resolved. */
  private final Map<String, String> states = new LinkedHashMap<>();

  /** How often it notified a person. */
  private int notified;

  synchronized List<JsonNode> events() {
    return List.copyOf(events);
  }

  synchronized Map<String, String> states() {
    return Map.copyOf(states);
  }

  synchronized int notified() {
    return notified;
  }

  @Override
  protected Scripted receive(HttpExchange exchange, byte[] body) throws IOException {
    if (!exchange.getRequestURI().toString().equals("/v2/enqueue")) {
      violation("path " + exchange.getRequestURI());
    }
    expectHeader(exchange, "Content-Type", "application/json");
    if (body.length > 512 * 1024) {
      violation("more than 512 KB");
      return new Scripted(413, "");
    }
    JsonNode event = JSON.readTree(body);
    if (!event.path("routing_key").asText().equals(KEY)) {
      return invalid("Length of 'routing_key' is incorrect (should be 32 characters)");
    }
    known(event, KEYS);
    String key = event.path("dedup_key").asText();
    if (key.isEmpty() || key.length() > 255) {
      violation("dedup_key " + key);
    }
    switch (event.path("event_action").asText()) {
      case "trigger" -> {
        check(event);
        String before = states.get(key);
        if (before == null || before.equals("resolved")) {
          states.put(key, "triggered");
          notified++;
        }
      }
      case "acknowledge" -> states.replace(key, "triggered", "acknowledged");
      case "resolve" -> states.replace(key, "resolved");
      default -> violation("event_action " + event.path("event_action"));
    }
    events.add(event);
    return new Scripted(
        202,
        JSON.createObjectNode()
            .put("status", "success")
            .put("message", "Event processed")
            .put("dedup_key", key)
            .toString());
  }

  private static Scripted invalid(String error) {
    return new Scripted(
        400,
        JSON.createObjectNode()
            .put("status", "invalid event")
            .put("message", "Event object is invalid")
            .set("errors", JSON.createArrayNode().add(error))
            .toString());
  }

  private void check(JsonNode event) {
    JsonNode payload = event.path("payload");
    known(payload, PAYLOAD);
    int summary = payload.path("summary").asText().length();
    if (summary == 0 || summary > 1024) {
      violation("a summary of " + summary + " characters");
    }
    if (payload.path("source").asText().isEmpty()) {
      violation("no source");
    }
    if (!Set.of("critical", "error", "warning", "info")
        .contains(payload.path("severity").asText())) {
      violation("severity " + payload.path("severity"));
    }
    if (!payload.path("custom_details").isObject()) {
      violation("custom_details is no object");
    }
    try {
      Instant unused = Instant.parse(payload.path("timestamp").asText());
    } catch (DateTimeException e) {
      violation("timestamp " + payload.path("timestamp"));
    }
    for (JsonNode link : event.path("links")) {
      if (!link.path("href").asText().startsWith("https://")) {
        violation("href " + link.path("href"));
      }
    }
  }

  private void known(JsonNode object, Set<String> keys) {
    Set<String> unknown = new HashSet<>();
    object.fieldNames().forEachRemaining(unknown::add);
    unknown.removeAll(keys);
    if (!unknown.isEmpty()) {
      violation("unknown keys " + unknown);
    }
  }
}
