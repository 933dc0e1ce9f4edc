package io.cattleguard.edge.lambda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cattleguard.aws.AwsClients;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import software.amazon.awssdk.services.eventbridge.EventBridgeClient;

/** A fake of the PutEvents API, which rejects the entries that a test chooses. */
final class FakeEventBridge implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpServer server;
  private final List<List<JsonNode>> calls = new ArrayList<>();
  private BiPredicate<Integer, JsonNode> refuses = (call, entry) -> false;
  private boolean down;

  FakeEventBridge() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::handle);
    server.start();
  }

  EventBridgeClient client() {
    Map<String, String> variables =
        Map.of(
            "AWS_REGION",
            "eu-central-1",
            "AWS_ENDPOINT_URL_EVENTBRIDGE",
            "http://127.0.0.1:" + server.getAddress().getPort(),
            "AWS_ACCESS_KEY_ID",
            "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY",
            "test");
    return EventBridgePublisher.client(
        AwsClients.of(name -> Optional.ofNullable(variables.get(name))));
  }

  /** Rejects the entries that the function selects by the number of the call, from 1. */
  synchronized void refuse(BiPredicate<Integer, JsonNode> condition) {
    refuses = condition;
  }

  /** Answers 500 from now on. */
  synchronized void fail() {
    down = true;
  }

  /** The entries of each call. */
  synchronized List<List<JsonNode>> calls() {
    return List.copyOf(calls);
  }

  private synchronized void handle(HttpExchange exchange) throws IOException {
    JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
    List<JsonNode> entries = new ArrayList<>();
    request.path("Entries").forEach(entries::add);
    calls.add(entries);
    ObjectNode answer = JSON.createObjectNode();
    int status = 200;
    if (down
        || !"AWSEvents.PutEvents".equals(exchange.getRequestHeaders().getFirst("X-Amz-Target"))) {
      status = 500;
      answer.put("__type", "InternalException");
    } else if (entries.isEmpty() || entries.size() > 10) {
      status = 400;
      answer.put("__type", "ValidationException");
    } else {
      ArrayNode results = answer.putArray("Entries");
      int refused = 0;
      for (JsonNode entry : entries) {
        ObjectNode result = results.addObject();
        if (refuses.test(calls.size(), entry)) {
          refused++;
          result.put("ErrorCode", "ThrottlingException").put("ErrorMessage", "slow down");
        } else {
          result.put("EventId", "11710aed-b79e-4468-a20b-bb3c0c3b4860");
        }
      }
      answer.put("FailedEntryCount", refused);
    }
    byte[] bytes = JSON.writeValueAsBytes(answer);
    exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
