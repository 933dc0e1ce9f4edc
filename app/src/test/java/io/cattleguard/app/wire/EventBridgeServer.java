package io.cattleguard.app.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cattleguard.app.road.StepPattern;
import io.cattleguard.edge.pattern.EventPattern;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * A server for PutEvents, and rules with queues as targets. It matches the pattern files with the
 * engine that AWS publishes, and sends to a real queue API. It delivers at least once; on demand,
 * each event twice.
 */
final class EventBridgeServer implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int LARGEST_DETAIL = 256 * 1_024;

  private final Map<String, EventPattern> patterns = new LinkedHashMap<>();
  private final Map<String, String> queueUrls;
  private final Queues queues;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<JsonNode> events = new ArrayList<>();
  private volatile boolean twice;

  /**
   * Listens on a free port.
   *
   * @param queueUrls by step, which names the pattern file too
   */
  EventBridgeServer(Path patterns, Map<String, String> queueUrls, SqsClient sqs)
      throws IOException {
    this.queueUrls = Map.copyOf(queueUrls);
    queueUrls.keySet().forEach(step -> this.patterns.put(step, StepPattern.read(patterns, step)));
    this.queues = new Queues(sqs);
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** From now on, sends each event to its queues twice, as EventBridge may do. */
  void deliverTwice(boolean twice) {
    this.twice = twice;
  }

  /** All accepted events, as the rules saw them. */
  synchronized List<JsonNode> events() {
    return List.copyOf(events);
  }

  private void handle(HttpExchange exchange) throws IOException {
    JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
    try (exchange) {
      JsonNode entries = request.path("Entries");
      boolean valid =
          "AWSEvents.PutEvents".equals(exchange.getRequestHeaders().getFirst("X-Amz-Target"))
              && entries.size() >= 1
              && entries.size() <= 10;
      ObjectNode answer = JSON.createObjectNode();
      if (valid) {
        answer.put("FailedEntryCount", 0);
        ArrayNode results = answer.putArray("Entries");
        int failed = 0;
        for (JsonNode entry : entries) {
          String detail = entry.path("Detail").asText();
          if (detail.length() > LARGEST_DETAIL) {
            failed++;
            results.addObject().put("ErrorCode", "ValidationException");
          } else {
            results.addObject().put("EventId", take(entry, detail));
          }
        }
        answer.put("FailedEntryCount", failed);
      } else {
        answer.put("__type", "ValidationException");
      }
      byte[] bytes = JSON.writeValueAsBytes(answer);
      exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
      exchange.sendResponseHeaders(valid ? 200 : 400, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private String take(JsonNode entry, String detail) throws IOException {
    ObjectNode event = JSON.createObjectNode();
    event.put("version", "0");
    event.put("id", UUID.randomUUID().toString());
    event.set("detail-type", entry.path("DetailType"));
    event.set("source", entry.path("Source"));
    event.put("account", "111122223333");
    event.put(
        "time",
        entry.has("Time")
            ? Instant.ofEpochMilli((long) (entry.path("Time").asDouble() * 1_000)).toString()
            : Instant.now().toString());
    event.put("region", "eu-central-1");
    event.putArray("resources");
    event.set("detail", JSON.readTree(detail));
    synchronized (this) {
      events.add(event);
    }
    for (Map.Entry<String, EventPattern> rule : patterns.entrySet()) {
      if (rule.getValue().matches(event)) {
        String url = Objects.requireNonNull(queueUrls.get(rule.getKey()));
        for (int i = 0; i < (twice ? 2 : 1); i++) {
          queues.send(url, event.toString());
        }
      }
    }
    return event.path("id").asText();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
