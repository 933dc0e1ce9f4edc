package io.cattleguard.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * Fakes of all services that a function calls: Lambda's runtime API with one event, DynamoDB and
 * EventBridge that accept everything and store nothing, EC2 in which nothing is found, Splunk, and
 * the credentials endpoint of SnapStart.
 */
final class LambdaApi implements AutoCloseable {
  /** The name of an action in the Query protocol, which EC2, Auto Scaling and STS speak. */
  private static final Pattern ACTION = Pattern.compile("(?:^|&)Action=([A-Za-z]+)");

  private static final String RUNTIME = "/2018-06-01/runtime/invocation/";
  private static final String RESTORE = "/2018-06-01/runtime/restore/next";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final String event;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CompletableFuture<Long> pid = new CompletableFuture<>();
  private final CompletableFuture<ProcessFigures> primed = new CompletableFuture<>();
  private final CompletableFuture<ProcessFigures> answered = new CompletableFuture<>();
  private final List<String> calls = new ArrayList<>();
  private boolean taken;

  LambdaApi(String event) throws IOException {
    this.event = event;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /** The environment variables that point a function to the fakes. */
  Map<String, String> environment(boolean snapStart) {
    String here = "127.0.0.1:" + server.getAddress().getPort();
    Map<String, String> all = new HashMap<>(environment(here));
    if (snapStart) {
      all.put("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://" + here + "/credentials");
      all.put("AWS_CONTAINER_AUTHORIZATION_TOKEN", "token");
    } else {
      all.put("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
      all.put("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
      all.put("AWS_SESSION_TOKEN", "session");
    }
    all.put("AWS_LAMBDA_INITIALIZATION_TYPE", snapStart ? "snap-start" : "on-demand");
    return all;
  }

  private static Map<String, String> environment(String here) {
    return Map.ofEntries(
        Map.entry("AWS_LAMBDA_RUNTIME_API", here),
        Map.entry("AWS_ENDPOINT_URL", "http://" + here),
        Map.entry("AWS_REGION", "eu-central-1"),
        Map.entry("AWS_LAMBDA_FUNCTION_NAME", "cattleguard"),
        Map.entry("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        Map.entry("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024"),
        Map.entry("BUS_NAME", "cattleguard"),
        Map.entry("SIGHTINGS_TABLE", "sightings"),
        Map.entry("HISTORIES_TABLE", "histories"),
        Map.entry("CONVERSATIONS_TABLE", "conversations"),
        Map.entry("LEDGER_TABLE", "ledger"),
        Map.entry("INCIDENTS_TABLE", "incidents"),
        Map.entry("RETENTION_DAYS", "90"),
        Map.entry("RESPONSE_MODE", "observe"),
        Map.entry("CATTLEGUARD_SPLUNK_URL", "http://" + here),
        Map.entry("CATTLEGUARD_SPLUNK_TOKEN", "token"));
  }

  /**
   * What the process had used when it answered; empty if it died or did not answer within a minute.
   */
  Optional<ProcessFigures> answeredBy(Process process) throws InterruptedException {
    pid.complete(process.pid());
    var unused = process.onExit().thenAccept(ended -> answered.cancel(false));
    try {
      return Optional.of(answered.get(1, TimeUnit.MINUTES));
    } catch (TimeoutException | CancellationException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What the process had used when SnapStart would take the snapshot; empty without one. */
  Optional<ProcessFigures> primed() {
    return Optional.ofNullable(primed.getNow(null));
  }

  /** The calls that the function made. */
  synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    byte[] body = exchange.getRequestBody().readAllBytes();
    String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
    try (exchange) {
      if (path.equals(RUNTIME + "next")) {
        next(exchange);
      } else if (path.startsWith(RUNTIME) && path.endsWith("/response")) {
        answered.complete(ProcessFigures.of(pid.join()));
        answer(exchange, 202, "{\"status\":\"OK\"}");
      } else if (path.equals(RESTORE)) {
        primed.complete(ProcessFigures.of(pid.join()));
        answer(exchange, 200, "");
      } else if (path.equals("/credentials")) {
        called("credentials");
        answer(exchange, 200, credentials(Instant.now().plusSeconds(20_000)));
      } else if (path.startsWith("/2018-06-01/runtime/")) {
        answered.cancel(false);
        answer(exchange, 202, "{\"status\":\"OK\"}");
      } else if (target == null && ACTION.matcher(text(body)).find()) {
        String action = action(text(body));
        called(action);
        // Nothing was found: EC2 has its lists in the root, and the others in a result.
        answer(
            exchange,
            200,
            "<%1$sResponse><requestId>1</requestId><%1$sResult/></%1$sResponse>".formatted(action));
      } else if (target == null) {
        called("Splunk");
        answer(exchange, 200, "{\"text\":\"Success\",\"code\":0}");
      } else {
        called(target.substring(target.indexOf('.') + 1));
        answer(exchange, 200, target.endsWith(".PutEvents") ? taken(body) : "{}");
      }
    }
  }

  private static String action(String body) {
    return ACTION.matcher(body).results().map(found -> found.group(1)).findFirst().orElseThrow();
  }

  private static String text(byte[] body) {
    return new String(body, StandardCharsets.UTF_8);
  }

  private static String credentials(Instant until) {
    return """
    {"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
     "Token":"session","Expiration":"%s"}
    """
        .formatted(until);
  }

  private static String taken(byte[] body) throws IOException {
    int entries = JSON.readTree(body).path("Entries").size();
    return "{\"FailedEntryCount\":0,\"Entries\":["
        + String.join(",", Collections.nCopies(entries, "{\"EventId\":\"1\"}"))
        + "]}";
  }

  private synchronized void called(String what) {
    calls.add(what);
  }

  /** Returns the one event; a request for another one blocks. */
  private void next(HttpExchange exchange) throws IOException {
    synchronized (this) {
      if (taken) {
        return;
      }
      taken = true;
    }
    var headers = exchange.getResponseHeaders();
    headers.set("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
    headers.set(
        "Lambda-Runtime-Deadline-Ms", Long.toString(Instant.now().plusSeconds(30).toEpochMilli()));
    headers.set(
        "Lambda-Runtime-Invoked-Function-Arn",
        "arn:aws:lambda:eu-central-1:111122223333:function:cattleguard:live");
    answer(exchange, 200, event);
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
