package io.cattleguard.sensor.send;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.cattleguard.events.DetailType;
import io.cattleguard.sensor.spool.Entry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UpBusTest {
  private static final Instant AT = Instant.parse("2026-03-02T11:00:00Z");

  @TempDir private Path directory;
  private final List<String> posted = new CopyOnWriteArrayList<>();
  private final List<String> paths = new CopyOnWriteArrayList<>();
  private final Queue<Integer> statuses = new ArrayDeque<>();
  private volatile boolean proxy;
  private volatile String type = "text/plain; charset=utf-8";
  private volatile String said = "because";
  private HttpServer server;
  private Path token;
  private UpBus bus;

  @BeforeEach
  void listen() throws IOException {
    token = directory.resolve("token");
    Files.writeString(token, "first\n");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
    server.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          paths.add(exchange.getRequestURI().toString());
          posted.add(exchange.getRequestHeaders().getFirst("Authorization") + " " + body);
          Integer status = statuses.poll();
          byte[] answer =
              (status == null || (status == 200 && !proxy) ? "" : said)
                  .getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", type);
          exchange.getResponseHeaders().set("Location", "http://192.0.2.1/");
          if (!proxy) {
            exchange.getResponseHeaders().set("Cattleguard-Status", String.valueOf(status));
          }
          exchange.sendResponseHeaders(
              status == null ? 200 : status, answer.length == 0 ? -1 : answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    bus = new UpBus(URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/"), token);
  }

  @AfterEach
  void end() {
    server.stop(0);
  }

  private static Entry entry(String detail) {
    return new Entry(DetailType.RUNTIME_ALERTS, AT, List.of(), detail);
  }

  private Bus.Outcome outcome(int status) {
    statuses.add(status);
    return bus.put(List.of(entry("{}"))).getFirst();
  }

  @Test
  void eachEntryIsPostedWithTheTokenThatTheFileHasThen() throws IOException {
    assertEquals(
        List.of(new Bus.Outcome.Accepted(), new Bus.Outcome.Accepted()),
        bus.put(List.of(entry("{\"a\":1}"), entry("{\"b\":2}"))));
    Files.writeString(token, "second\n");
    bus.put(List.of(entry("{}")));

    assertEquals(
        List.of("Bearer first {\"a\":1}", "Bearer first {\"b\":2}", "Bearer second {}"), posted);
  }

  @Test
  void onlyWhatIsRejectedForItsContentIsNotRetried() {
    assertEquals(new Bus.Outcome.Never("HTTP 413: because"), outcome(413));
    assertEquals(new Bus.Outcome.Never("HTTP 400: because"), outcome(400));
    assertEquals(new Bus.Outcome.Later("refused", "HTTP 401: because"), outcome(401));
    assertEquals(new Bus.Outcome.Later("unanswered", "HTTP 503: because"), outcome(503));
  }

  @Test
  void whatAProxyRejectsIsRetried() {
    proxy = true;
    assertEquals(new Bus.Outcome.Later("refused", "HTTP 413 of a proxy: because"), outcome(413));
    assertEquals(new Bus.Outcome.Later("refused", "HTTP 400 of a proxy: because"), outcome(400));
  }

  @Test
  void aProxysPageWithStatus200IsNoReceipt() {
    proxy = true;
    type = "text/html";
    said = "<html>The requested URL was rejected.</html>";
    assertInstanceOf(Bus.Outcome.Later.class, outcome(200));

    type = "text/plain; charset=utf-8";
    assertInstanceOf(Bus.Outcome.Later.class, outcome(200));
    said = "stored and forwarded unchanged, but 1 event is unreadable: not JSON";
    assertEquals(new Bus.Outcome.Accepted(), outcome(200));
  }

  @Test
  void aRedirectIsNotFollowedBecauseTheTokenIsForThisServerOnly() {
    assertEquals(new Bus.Outcome.Later("unanswered", "HTTP 307: because"), outcome(307));
    assertEquals(1, posted.size());
  }

  @Test
  void afterAFailureTheRestOfTheCallWaits() {
    statuses.add(200);
    statuses.add(503);
    List<Bus.Outcome> outcomes = bus.put(List.of(entry("{}"), entry("{}"), entry("{}")));

    assertEquals(2, posted.size());
    assertInstanceOf(Bus.Outcome.Accepted.class, outcomes.get(0));
    assertInstanceOf(Bus.Outcome.Later.class, outcomes.get(2));
  }

  @Test
  void withoutATokenOrAServerAlertsWait() throws IOException {
    server.stop(0);
    Bus.Outcome.Later away =
        assertInstanceOf(Bus.Outcome.Later.class, bus.put(List.of(entry("{}"))).getFirst());
    assertEquals("unanswered", away.reason());
    assertFalse(away.explanation().contains("first"), away.explanation());
    Files.delete(token);
    Bus.Outcome.Later none =
        assertInstanceOf(Bus.Outcome.Later.class, bus.put(List.of(entry("{}"))).getFirst());
    assertTrue(none.explanation().contains("cannot be read"), none.explanation());
  }

  @Test
  void aHeartbeatHasAnAddressOfItsOwnWhichAnOlderServerLacks() {
    Entry heartbeat = new Entry(DetailType.SENSOR_HEARTBEAT, AT, List.of(), "{\"h\":1}");
    assertEquals(List.of(new Bus.Outcome.Accepted()), bus.put(List.of(heartbeat)));
    assertEquals(List.of("Bearer first {\"h\":1}"), posted);
    assertEquals(List.of("/heartbeat"), paths);

    statuses.add(503);
    assertInstanceOf(Bus.Outcome.Later.class, bus.put(List.of(heartbeat)).getFirst());
    statuses.add(404);
    assertEquals(List.of(new Bus.Outcome.Accepted()), bus.put(List.of(heartbeat)), "older");
    int before = posted.size();
    assertEquals(List.of(new Bus.Outcome.Accepted()), bus.put(List.of(heartbeat)));
    assertEquals(before, posted.size(), "an older server counts each as rejected");
    statuses.add(404);
    assertInstanceOf(
        Bus.Outcome.Later.class, bus.put(List.of(entry("{}"))).getFirst(), "alerts are kept");
  }

  /** The token is sent only to that path. */
  @Test
  void aHeartbeatStaysWithinThePathOfTheServer() {
    Entry heartbeat = new Entry(DetailType.SENSOR_HEARTBEAT, AT, List.of(), "{}");
    URI root = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    for (String path : List.of("", "/", "/cg", "/cg/", "/cg?key=a%2Fb", "?key=a", "/a%20b/")) {
      assertEquals(
          List.of(new Bus.Outcome.Accepted()),
          new UpBus(URI.create(root + path), token).put(List.of(heartbeat)));
    }
    assertEquals(
        List.of(
            "/heartbeat",
            "/heartbeat",
            "/cg/heartbeat",
            "/cg/heartbeat",
            "/cg/heartbeat?key=a%2Fb",
            "/heartbeat?key=a",
            "/a%20b/heartbeat"),
        paths);
  }
}
