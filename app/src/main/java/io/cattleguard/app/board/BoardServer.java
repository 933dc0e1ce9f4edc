package io.cattleguard.app.board;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cattleguard.events.Fingerprint;
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

  private static final int COOKIE_DIGITS = 8;

  /** Maximum connections, of all browsers. */
  private static final int CONNECTIONS = 128;

  /** Seconds for a request to arrive. */
  private static final int REQUEST = 30;

  /** Seconds for the reply to be made and taken; a responder confirms a command within 30. */
  private static final int REPLY = 120;

  private final HttpServer server;
  private final ExecutorService threads;
  private final Gate gate;
  private final Board board;
  private final Consumer<String> log;

  private BoardServer(
      HttpServer server, ShownDeployment deployment, InstantSource clock, Consumer<String> log) {
    this.server = server;
    this.threads = Executors.newVirtualThreadPerTaskExecutor();
    this.gate = new Gate(new SecureRandom(), clock, cookie(deployment, server));
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
    limit("jdk.httpserver.maxConnections", CONNECTIONS);
    limit("sun.net.httpserver.maxReqTime", REQUEST);
    limit("sun.net.httpserver.maxRspTime", REPLY);
    InetAddress here = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    HttpServer server = HttpServer.create(new InetSocketAddress(here, port), 0);
    BoardServer started = new BoardServer(server, deployment, clock, log);
    server.setExecutor(started.threads);
    server.createContext("/", started::handle);
    server.start();
    Thread unused = Thread.ofVirtual().name("warm-up").start(started::warmUp);
    return started;
  }

  /**
   * Limits the connections and threads that other programs of this machine can occupy. The JDK
   * reads these settings once, for all its HTTP servers.
   */
  private static void limit(String property, int value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, Integer.toString(value));
    }
  }

  private void warmUp() {
    try {
      board.warmUp();
    } catch (RuntimeException e) {
      log.accept("the deployment cannot be read yet: " + e);
    }
  }

  /**
   * Several boards may share this host name through tunnels, and a board may restart on its port.
   */
  private static String cookie(ShownDeployment deployment, HttpServer server) {
    return "cattleguard-board-"
        + Fingerprint.hash(deployment.name() + "\n" + server.getAddress().getPort())
            .substring(0, COOKIE_DIGITS);
  }

  /** The port on 127.0.0.1. */
  public int port() {
    return server.getAddress().getPort();
  }

  /**
   * An address with which one browser of a person can open the board, once and within ten minutes.
   *
   * @param incident the incident to open first; empty for the overview
   */
  public String address(Person person, String incident) {
    return "http://127.0.0.1:"
        + port()
        + "/enter?token="
        + gate.invite(person)
        + (incident.isEmpty()
            ? ""
            : "&incident=" + URLEncoder.encode(incident, StandardCharsets.UTF_8));
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Reply reply;
      try {
        reply = board.answer(new Request(exchange));
      } catch (RuntimeException e) {
        log.accept("a page failed: " + e);
        reply = Reply.text(500, "The page failed; the log of the board says why.");
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
