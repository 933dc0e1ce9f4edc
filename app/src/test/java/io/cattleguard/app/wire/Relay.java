package io.cattleguard.app.wire;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/**
 * A proxy in front of a service, with which a test can record requests, answer with an error, or
 * kill the caller.
 */
public final class Relay implements AutoCloseable {
  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "content-length",
          "expect",
          "host",
          "http2-settings",
          "transfer-encoding",
          "upgrade");

  private final HttpServer server;
  private final String scheme;
  private final URI upstream;
  private final Watch watch;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  /** A request; names of headers are in lower case. */
  public record Request(String method, String path, Map<String, String> headers, String body) {
    String header(String name) {
      return headers.getOrDefault(name, "");
    }

    Request with(String header, String value) {
      Map<String, String> changed = new TreeMap<>(headers);
      changed.put(header, value);
      return new Request(method, path, changed, body);
    }

    Request without(String header) {
      Map<String, String> changed = new TreeMap<>(headers);
      changed.remove(header);
      return new Request(method, path, changed, body);
    }
  }

  /** An answer. */
  public record Answer(int status, Map<String, String> headers, String body) {
    public static Answer json(int status, String body) {
      return new Answer(status, Map.of("content-type", "application/json"), body);
    }
  }

  /** Answers in place of the service; an empty answer closes the connection. */
  public interface Watch {
    /** Returns an answer, with or without calling the service. */
    Optional<Answer> answer(Request request, Service service) throws IOException;
  }

  /** The service behind the proxy. */
  public interface Service {
    Answer ask(Request request) throws IOException;
  }

  /** A proxy with plain HTTP. */
  public Relay(URI upstream, Watch watch) {
    this(plain(), "http", upstream, watch);
  }

  /** A proxy with TLS. */
  public Relay(SSLContext tls, URI upstream, Watch watch) {
    this(secured(tls), "https", upstream, watch);
  }

  private Relay(HttpServer server, String scheme, URI upstream, Watch watch) {
    this.server = server;
    this.scheme = scheme;
    this.upstream = upstream;
    this.watch = watch;
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static HttpServer plain() {
    try {
      return HttpServer.create(anyPort(), 64);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HttpServer secured(SSLContext tls) {
    try {
      HttpsServer server = HttpsServer.create(anyPort(), 64);
      server.setHttpsConfigurator(new HttpsConfigurator(tls));
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The address of the proxy. */
  public URI address() {
    return URI.create(scheme + "://127.0.0.1:" + server.getAddress().getPort());
  }

  private void handle(HttpExchange exchange) throws IOException {
    Map<String, String> headers = new TreeMap<>();
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
    Request request =
        new Request(
            exchange.getRequestMethod(),
            exchange.getRequestURI().toString(),
            headers,
            new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    try (exchange) {
      Optional<Answer> answer = watch.answer(request, this::ask);
      if (answer.isEmpty()) {
        return;
      }
      answer
          .get()
          .headers()
          .forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
      byte[] body = answer.get().body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(answer.get().status(), body.length == 0 ? -1 : body.length);
      if (body.length > 0) {
        exchange.getResponseBody().write(body);
      }
    }
  }

  private Answer ask(Request request) throws IOException {
    HttpRequest.Builder out =
        HttpRequest.newBuilder(upstream.resolve(request.path()))
            .timeout(Duration.ofSeconds(30))
            .method(request.method(), HttpRequest.BodyPublishers.ofString(request.body()));
    request.headers().entrySet().stream()
        .filter(header -> !HOP_BY_HOP.contains(header.getKey()))
        .forEach(header -> out.header(header.getKey(), header.getValue()));
    try {
      HttpResponse<String> in = client.send(out.build(), HttpResponse.BodyHandlers.ofString());
      Map<String, String> headers = new TreeMap<>();
      in.headers()
          .map()
          .forEach(
              (String name, List<String> values) -> {
                if (!name.startsWith(":") && !HOP_BY_HOP.contains(name)) {
                  headers.put(name, values.getFirst());
                }
              });
      return new Answer(in.statusCode(), headers, in.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    client.shutdownNow();
  }
}
