package io.cattleguard.sensor.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class OperationsTest {
  private final CountDownLatch metricsMayEnd = new CountDownLatch(1);
  private final AtomicReference<Optional<String>> unready =
      new AtomicReference<>(Optional.of("the spool is not writable"));
  private Operations operations;

  @BeforeEach
  void listen() {
    operations =
        Operations.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new Operations.Answers(
                Optional::empty, unready::get, () -> List.of("repair this"), this::metrics));
  }

  @AfterEach
  void end() {
    metricsMayEnd.countDown();
    operations.close();
  }

  private MetricsText metrics() {
    try {
      metricsMayEnd.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    MetricsText text = new MetricsText();
    text.gauge("answer", "An answer.", 42L);
    return text;
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(10_000);
    socket.connect(operations.address(), 10_000);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private String ask(String method, String path) throws IOException {
    try (Socket socket = connect()) {
      send(socket, method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void eachPathHasItsAnswer() throws IOException {
    metricsMayEnd.countDown();
    assertTrue(ask("GET", "/healthz").startsWith("HTTP/1.1 200 "));
    assertTrue(ask("GET", "/healthz?verbose").startsWith("HTTP/1.1 200 "));
    String not = ask("GET", "/readyz");
    assertTrue(not.startsWith("HTTP/1.1 503 ") && not.contains("not writable"), not);
    unready.set(Optional.empty());
    String ready = ask("GET", "/readyz");
    assertTrue(ready.startsWith("HTTP/1.1 200 ") && ready.endsWith("ok\nrepair this\n"), ready);
    assertTrue(ask("GET", "/metrics").contains("\nanswer 42.0\n"));
    assertTrue(ask("GET", "/").startsWith("HTTP/1.1 404 "));
    assertTrue(ask("POST", "/healthz").contains("\r\nallow: GET, HEAD\r\n"));
    assertTrue(ask("HEAD", "/healthz").endsWith("\r\n\r\n"), "HEAD has no body");
  }

  @Test
  void probesAreAnsweredBesideHundredsOfIdleConnections() throws IOException {
    List<Socket> idle = new ArrayList<>();
    try {
      for (int i = 0; i < 600; i++) {
        Socket socket = connect();
        idle.add(socket);
        if (i % 3 > 0) {
          send(socket, i % 3 == 1 ? "GET /healthz HTTP/1.1\r\n\r\n" : "GET /healthz HT");
        }
      }
      for (int i = 0; i < 10; i++) {
        assertTrue(ask("GET", "/healthz").startsWith("HTTP/1.1 200 "), "probe " + i);
      }
    } finally {
      for (Socket socket : idle) {
        socket.close();
      }
    }
  }

  @Test
  void aSilentClientIsHungUpOn() throws IOException {
    try (Socket socket = connect()) {
      assertEquals(-1, socket.getInputStream().read());
    }
  }

  @Test
  void aSlowAnswerDoesNotDelayTheProbes() throws IOException {
    try (Socket scrape = connect()) {
      send(scrape, "GET /metrics HTTP/1.1\r\n\r\n");
      assertTrue(ask("GET", "/healthz").startsWith("HTTP/1.1 200 "));
      metricsMayEnd.countDown();
      String answer = new String(scrape.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(answer.contains("answer 42.0"), answer);
    }
  }
}
