package io.cattleguard.app.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.events.ContractFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/** A fake of AWS with a correct deployment, in which a test can change answers. */
final class FakeDeployment implements AutoCloseable {
  private static final String ARN = "arn:aws:%s:eu-central-1:111122223333:%s";

  private final HttpServer server;
  private final List<String> asked = new ArrayList<>();
  private final Map<String, BiFunction<JsonNode, ObjectNode, ObjectNode>> changed = new HashMap<>();
  private final Map<String, String> refused = new HashMap<>();

  FakeDeployment() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::handle);
    server.start();
  }

  Env environment() {
    return new Env(
        Map.of(
            "AWS_REGION",
            "eu-central-1",
            "AWS_ACCESS_KEY_ID",
            "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AWS_ENDPOINT_URL",
            "http://127.0.0.1:" + server.getAddress().getPort()));
  }

  /** The address of its function operate. */
  URI slack() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/slack");
  }

  /** All operations that were called. */
  synchronized List<String> asked() {
    return List.copyOf(asked);
  }

  /** Changes the operation's answer to requests that contain {@code about}. */
  synchronized void change(String operation, String about, UnaryOperator<ObjectNode> change) {
    changed.put(
        operation,
        (request, answer) -> request.toString().contains(about) ? change.apply(answer) : answer);
  }

  /** Answers an operation with an error code. */
  synchronized void refuse(String operation, String code) {
    refused.put(operation, code);
  }

  /** Answers an operation about an object with an error code. */
  synchronized void refuse(String operation, String object, String code) {
    refused.put(operation + " " + object, code);
  }

  private synchronized void handle(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
    String path = exchange.getRequestURI().toString();
    String operation;
    JsonNode request;
    if (target != null) {
      operation = target.replaceFirst(".*\\.", "");
      request = Shell.parse(body);
    } else {
      operation =
          exchange.getRequestMethod()
              + (path.contains("event-source-mappings")
                  ? " mappings"
                  : path.startsWith("/slack") ? " slack" : " function");
      request = object().put("path", path);
    }
    asked.add(operation);
    ObjectNode answer;
    int status = 200;
    Optional<String> refusal =
        refused.entrySet().stream()
            .filter(
                one ->
                    one.getKey().equals(operation)
                        || (one.getKey().startsWith(operation + " ")
                            && path.contains(one.getKey().substring(operation.length() + 1))))
            .map(Map.Entry::getValue)
            .findFirst();
    if (refusal.isPresent()) {
      status = 400;
      answer = object().put("__type", refusal.get());
      exchange.getResponseHeaders().set("x-amzn-ErrorType", refusal.get() + ":http://");
    } else {
      answer = answer(operation, request);
      BiFunction<JsonNode, ObjectNode, ObjectNode> change = changed.get(operation);
      answer = change == null ? answer : change.apply(request, answer);
    }
    byte[] bytes = answer.toString().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static ObjectNode answer(String operation, JsonNode request) {
    ObjectNode answer = object();
    switch (operation) {
      case "DescribeEventBus" ->
          answer.put("Arn", ARN.formatted("events", "event-bus/" + request.path("Name").asText()));
      case "DescribeRule" -> {
        String step = request.path("Name").asText().replaceFirst("[^-]*-", "");
        answer.put("State", "ENABLED");
        answer.put("EventPattern", ContractFiles.text("patterns", step + ".json"));
      }
      case "ListTargetsByRule" ->
          answer
              .putArray("Targets")
              .addObject()
              .put("Arn", ARN.formatted("sqs", "a"))
              .putObject("DeadLetterConfig")
              .put("Arn", ARN.formatted("sqs", "b"));
      case "GetQueueUrl" ->
          answer.put(
              "QueueUrl",
              "https://sqs.eu-central-1.amazonaws.com/111122223333/"
                  + request.path("QueueName").asText());
      case "GetQueueAttributes" ->
          answer
              .putObject("Attributes")
              .put("ApproximateNumberOfMessages", "0")
              .put("ApproximateNumberOfMessagesNotVisible", "0");
      case "FilterLogEvents" -> {
        var events = answer.putArray("events");
        if (request.path("logGroupName").asText().startsWith("/aws/lambda/")) {
          for (long ago : new long[] {20, 5}) {
            events
                .addObject()
                .put("timestamp", Instant.now().minusSeconds(ago * 60).toEpochMilli())
                .put("message", "{\"canaries\":1,\"canaryOutcomes\":1}");
          }
          break;
        }
        for (String node : new String[] {"node-a", "node-b", "node-a"}) {
          events.addObject().put("message", heartbeat(node, "0.1.0"));
        }
      }
      case "GetItem", "GET slack" -> {}
      case "DescribeSecret" ->
          answer.putObject("VersionIdsToStages").putArray("v1").add("AWSCURRENT");
      case "GET function" -> {
        ObjectNode configuration = answer.putObject("Configuration");
        configuration.put("Version", "7").put("State", "Active").put("CodeSha256", "c");
        configuration
            .putArray("Layers")
            .addObject()
            .put("Arn", ARN.formatted("lambda", "layer:cattleguard-policy:3"));
        configuration
            .putObject("Environment")
            .putObject("Variables")
            .put("RESPONSE_MODE", "observe")
            .put("SIGNING_SECRET_ARN", ARN.formatted("secretsmanager", "secret:slack"));
      }
      case "GET mappings" ->
          answer.putArray("EventSourceMappings").addObject().put("State", "Enabled");
      default -> throw new AssertionError(operation);
    }
    return answer;
  }

  static String heartbeat(String node, String version) {
    ObjectNode event = object().put("source", "cattleguard.sensor.blue");
    event
        .putObject("detail")
        .put("cluster", "blue")
        .put("node", node)
        .put("version", version)
        .put("observedAt", Instant.now().toString())
        .put("intervalSeconds", 60);
    return event.toString();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
