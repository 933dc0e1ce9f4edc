package io.cattleguard.sensor.operations;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cattleguard.sensor.settings.SensorException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * HTTP server for {@code /healthz}, {@code /readyz} and {@code /metrics}. It neither accepts nor
 * shows alerts.
 */
public final class Operations implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private Operations(HttpServer server) {
    this.server = server;
  }

  /**
   * What it answers.
   *
   * @param ailment why the process should be restarted, empty while it is well
   * @param unready why nothing should be sent here, empty while it is ready
   */
  public record Answers(
      Supplier<Optional<String>> ailment,
      Supplier<Optional<String>> unready,
      Supplier<MetricsText> metrics) {}

  /**
   * Listens.
   *
   * @throws SensorException where the address cannot be listened on
   */
  public static Operations start(InetSocketAddress address, Answers answers) {
    // Limits of the JDK's HTTP server: seconds per request, and idle connections.
    System.setProperty("sun.net.httpserver.maxReqTime", "5");
    System.setProperty("sun.net.httpserver.maxRspTime", "5");
    System.setProperty("jdk.httpserver.maxConnections", "128");
    HttpServer server;
    try {
      server = HttpServer.create(address, 64);
    } catch (IOException e) {
      throw new SensorException(
          "cannot listen on "
              + address.getHostString()
              + ":"
              + address.getPort()
              + ": "
              + e.getMessage(),
          e);
    }
    Operations operations = new Operations(server);
    server.setExecutor(operations.threads);
    server.createContext("/healthz", exchange -> state(exchange, answers.ailment.get()));
    server.createContext("/readyz", exchange -> state(exchange, answers.unready.get()));
    server.createContext(
        "/metrics",
        exchange -> answer(exchange, 200, MetricsText.CONTENT_TYPE, answers.metrics.get().bytes()));
    server.start();
    return operations;
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  private static void state(HttpExchange exchange, Optional<String> trouble) throws IOException {
    answer(
        exchange,
        trouble.isPresent() ? 503 : 200,
        "text/plain; charset=utf-8",
        (trouble.orElse("ok") + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static void answer(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().putAll(Map.of("Content-Type", List.of(type)));
    exchange.sendResponseHeaders(status, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
