package io.cattleguard.app.board;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Serves the board to browsers on this machine. */
public final class BoardServer implements AutoCloseable {
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

  private final HttpServer server;
  private final ExecutorService threads;
  private final Gate gate;
  private final Board board;
  private final Consumer<String> log;

  private BoardServer(
      HttpServer server, ShownDeployment deployment, InstantSource clock, Consumer<String> log) {
    this.server = server;
    this.threads = Executors.newVirtualThreadPerTaskExecutor();
    this.gate = new Gate(new SecureRandom(), server.getAddress().getPort());
    this.board = new Board(deployment, gate, clock);
    this.log = log;
  }

  /**
   * Starts to serve.
   *
   * @param port 0 for a free one
   * @param log takes sentences about failures
   */
  public static BoardServer start(
      int port, ShownDeployment deployment, InstantSource clock, Consumer<String> log)
      throws IOException {
    InetAddress here = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    HttpServer server = HttpServer.create(new InetSocketAddress(here, port), 0);
    BoardServer started = new BoardServer(server, deployment, clock, log);
    server.setExecutor(started.threads);
    server.createContext("/", started::handle);
    server.start();
    Thread unused = Thread.ofVirtual().name("warm-up").start(started::warmUp);
    return started;
  }

  private void warmUp() {
    try {
      board.warmUp();
    } catch (RuntimeException e) {
      log.accept("the deployment cannot be read yet: " + e);
    }
  }

  /** The port on 127.0.0.1. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** The address to open first. */
  public String address() {
    return "http://127.0.0.1:" + port() + "/enter?token=" + gate.token();
  }

  /** The address to open first, which leads to the page of an incident. */
  public String address(String incident) {
    return address() + "&incident=" + URLEncoder.encode(incident, StandardCharsets.UTF_8);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Reply reply;
      try {
        reply = board.answer(new Request(exchange));
      } catch (RuntimeException e) {
        log.accept("a page failed: " + e);
        reply = Reply.text(500, "The page failed; the terminal says why.");
      }
      send(exchange, reply);
    }
  }

  private static void send(HttpExchange exchange, Reply reply) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", reply.type());
    headers.set("Content-Security-Policy", POLICY);
    headers.set("X-Frame-Options", "DENY");
    headers.set("X-Content-Type-Options", "nosniff");
    // With no-referrer, a browser would hide the origin of a form from the board itself.
    headers.set("Referrer-Policy", "same-origin");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
    headers.set("Cache-Control", "no-store");
    reply.headers().forEach(headers::set);
    boolean isHead = exchange.getRequestMethod().equals("HEAD");
    byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(reply.status(), isHead || body.length == 0 ? -1 : body.length);
    if (!isHead && body.length > 0) {
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
