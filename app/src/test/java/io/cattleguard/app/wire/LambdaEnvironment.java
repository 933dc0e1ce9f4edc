package io.cattleguard.app.wire;

import com.amazonaws.services.lambda.runtime.api.client.AWSLambda;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One execution environment of a Lambda function: the handler in a separate process under AWS's
 * runtime interface client. This class serves the runtime API that the client polls.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html">runtime API</a>
 */
final class LambdaEnvironment implements AutoCloseable {
  private static final String API = "/2018-06-01/runtime/";
  private static final String NATIVE = "aws-lambda-jni.so";
  private static final String ARN = "arn:aws:lambda:eu-central-1:111122223333:function:";

  private record Invocation(String id, String payload, CompletableFuture<Answer> answer) {}

  /** The outcome of an invocation. */
  public sealed interface Answer {
    /** The handler returned it. */
    record Returned(String payload) implements Answer {}

    /** The handler threw an exception, died, or timed out. */
    record Failed(String why) implements Answer {}
  }

  private final String name;
  private final Duration timeout;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final BlockingQueue<Invocation> queue = new LinkedBlockingQueue<>();
  private final CompletableFuture<Answer> death = new CompletableFuture<>();
  private final Process process;
  private volatile Optional<Invocation> current = Optional.empty();

  /**
   * Starts the environment.
   *
   * @param environment what the function is deployed with
   * @param log where its standard output goes, as to CloudWatch
   */
  LambdaEnvironment(
      String name, String handler, Duration timeout, Map<String, String> environment, Path log)
      throws IOException {
    this.name = name;
    this.timeout = timeout;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
    server.setExecutor(threads);
    server.createContext(API, this::handle);
    server.start();
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            // The same settings as in Lambda's managed runtime.
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "--enable-native-access=ALL-UNNAMED",
            "-D"
                + AWSLambda.class.getPackageName()
                + ".runtimeapi.NativeClient.JNI="
                + nativeClient(log.resolveSibling(NATIVE)),
            "-cp",
            System.getProperty("java.class.path"),
            AWSLambda.class.getName(),
            handler);
    Map<String, String> variables = builder.environment();
    variables.keySet().retainAll(List.of("PATH", "HOME", "TMPDIR"));
    variables.putAll(environment);
    variables.put("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:" + server.getAddress().getPort());
    variables.put("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start");
    variables.put("AWS_LAMBDA_FUNCTION_NAME", name);
    variables.put("AWS_LAMBDA_FUNCTION_VERSION", "1");
    variables.put("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512");
    variables.put("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/" + name);
    variables.put("AWS_LAMBDA_LOG_STREAM_NAME", "test");
    variables.put("_HANDLER", handler);
    variables.put("LAMBDA_TASK_ROOT", log.resolveSibling("task").toString());
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    this.process = builder.start();
    var unused =
        process
            .onExit()
            .thenAccept(
                ended -> death.complete(new Answer.Failed("it died: exit " + ended.exitValue())));
  }

  /** Otherwise all processes would write the library to the same path in /tmp. */
  private static Path nativeClient(Path file) throws IOException {
    synchronized (LambdaEnvironment.class) {
      if (!Files.exists(file)) {
        String name =
            "/jni/libaws-lambda-jni.linux-"
                + (System.getProperty("os.arch").equals("aarch64") ? "aarch_64" : "x86_64")
                + ".so";
        try (InputStream in = Objects.requireNonNull(AWSLambda.class.getResourceAsStream(name))) {
          Files.copy(in, file);
        }
      }
    }
    return file;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** The CPU time of the process. */
  Duration cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Invokes the handler with an event, and waits for the outcome. */
  Answer invoke(String payload) throws InterruptedException {
    Invocation invocation =
        new Invocation(UUID.randomUUID().toString(), payload, new CompletableFuture<>());
    current = Optional.of(invocation);
    queue.put(invocation);
    try {
      return (Answer)
          CompletableFuture.anyOf(invocation.answer, death)
              .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    } catch (TimeoutException e) {
      kill();
      return new Answer.Failed("timed out after " + timeout);
    } finally {
      current = Optional.empty();
    }
  }

  /** The same as {@code kill -9}. */
  void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath().substring(API.length());
    byte[] body = exchange.getRequestBody().readAllBytes();
    try (exchange) {
      switch (path) {
        case "invocation/next" -> next(exchange);
        case "restore/next" -> exchange.sendResponseHeaders(200, -1);
        case "init/error", "restore/error" -> {
          death.complete(new Answer.Failed(new String(body, StandardCharsets.UTF_8)));
          exchange.sendResponseHeaders(202, -1);
        }
        default -> {
          settle(path, new String(body, StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(202, -1);
        }
      }
    }
  }

  private void next(HttpExchange exchange) throws IOException {
    Invocation invocation;
    try {
      invocation = queue.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.getResponseHeaders().set("Lambda-Runtime-Aws-Request-Id", invocation.id);
    exchange.getResponseHeaders().set("Lambda-Runtime-Invoked-Function-Arn", ARN + name + ":live");
    exchange
        .getResponseHeaders()
        .set(
            "Lambda-Runtime-Deadline-Ms",
            Long.toString(Instant.now().plus(timeout).toEpochMilli()));
    byte[] payload = invocation.payload.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, payload.length);
    exchange.getResponseBody().write(payload);
  }

  private void settle(String path, String body) {
    String[] parts = path.split("/", -1);
    current
        .filter(invocation -> parts.length == 3 && parts[1].equals(invocation.id))
        .ifPresent(
            invocation ->
                invocation.answer.complete(
                    parts[2].equals("response")
                        ? new Answer.Returned(body)
                        : new Answer.Failed(body)));
  }

  @Override
  public void close() {
    kill();
    server.stop(0);
    threads.shutdownNow();
  }
}
