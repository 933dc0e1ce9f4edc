package io.cattleguard.route.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** A fake HTTP service that gives the answers of a test, and records invalid requests. */
public abstract class FakeServer implements AutoCloseable {
  /** The answer that it gives instead of processing a request. */
  public record Scripted(int status, Map<String, String> headers, String body) {
    /** Without headers. */
    public Scripted(int status, String body) {
      this(status, Map.of(), body);
    }
  }

  /** Where bodies are kept, so that `published-schemas` compares them with the vendors' schemas. */
  private static final Optional<Path> KEPT =
      Optional.ofNullable(System.getenv("CATTLEGUARD_TEST_BODIES")).map(Path::of);

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final HttpServer server;
  private final Deque<Scripted> script = new ArrayDeque<>();
  private final List<String> violations = new ArrayList<>();
  private int requests;
  private int normal;

  // A request needs the address, which is not known before the subclass is ready.
  @SuppressWarnings("this-escape")
  protected FakeServer() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::handle);
    server.start();
  }

  /** The address on which it listens. */
  public final URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Answers the next request like this; may be called several times. */
  public final synchronized void answer(Scripted... answers) {
    script.addAll(List.of(answers));
  }

  /** Answers that many requests as usual, and the next one like this. */
  public final synchronized void answerAfter(int usual, Scripted... answers) {
    normal = usual;
    answer(answers);
  }

  /** How many came. */
  public final synchronized int requests() {
    return requests;
  }

  /** Everything that the real service would have objected to. */
  public final synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  protected final void violation(String what) {
    violations.add(what);
  }

  private void handle(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    if (KEPT.isPresent() && body.length > 0) {
      String name = getClass().getSimpleName() + "-" + NUMBER.incrementAndGet();
      Path unused = Files.write(Files.createDirectories(KEPT.get()).resolve(name), body);
    }
    Scripted answer;
    synchronized (this) {
      requests++;
      if (!exchange.getRequestMethod().equals(method())) {
        violation("not a " + method());
      }
      Scripted scripted = normal > 0 ? null : script.poll();
      normal = Math.max(0, normal - 1);
      try {
        answer = scripted == null ? receive(exchange, body) : scripted;
      } catch (RuntimeException | IOException e) {
        violation(e.toString());
        answer = new Scripted(599, "");
      }
    }
    answer.headers().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
    byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
    exchange.close();
  }

  /** The method of its requests. */
  protected String method() {
    return "POST";
  }

  /** Handles a request as the real service would. */
  protected abstract Scripted receive(HttpExchange exchange, byte[] body) throws IOException;

  protected final void expectHeader(HttpExchange exchange, String name, String value) {
    String actual = exchange.getRequestHeaders().getFirst(name);
    if (!value.equals(actual)) {
      violation(name + " is " + actual);
    }
  }

  /** From now on, no server listens. */
  public final void stop() {
    server.stop(0);
  }

  @Override
  public final void close() {
    stop();
  }
}
