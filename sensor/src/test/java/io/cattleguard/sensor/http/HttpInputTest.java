package io.cattleguard.sensor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.settings.SensorException;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.Round;
import io.cattleguard.sensor.spool.Spool;
import io.cattleguard.sources.FalcoEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpInputTest {
  private static final int BODY_LIMIT = 64 << 10;

  @TempDir private Path directory;
  private final SensorMetrics metrics = new SensorMetrics();
  private final List<String> refused = new CopyOnWriteArrayList<>();
  private Spool spool;
  private HttpInput input;

  @BeforeEach
  void listen() {
    spool = Spool.open(directory, 64 << 20, Spool.Sync.COMMIT, Instant.now());
    input =
        HttpInput.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Optional.empty(),
            BODY_LIMIT,
            new Intake("blue"),
            new GroupCommit(spool, metrics::shed, observations -> {}),
            metrics,
            (reason, detail, client, unlogged) ->
                refused.add(reason + " " + client + " " + unlogged),
            Clock.systemUTC());
  }

  @AfterEach
  void end() {
    input.close();
    spool.close();
  }

  private static String event(String rule) {
    return new FalcoEvent(rule, "Critical").field("k8s.pod.name", "web-1").toString();
  }

  /** The request as libcurl writes it for Falco. */
  private static String post(String body) {
    return "POST / HTTP/1.1\r\nHost: 127.0.0.1:2801\r\nUser-Agent: falcosecurity/falco\r\n"
        + "Accept: */*\r\nContent-Type: application/json\r\nContent-Length: "
        + body.getBytes(StandardCharsets.UTF_8).length
        + "\r\n\r\n"
        + body;
  }

  /** Sends everything at once, and reads that many answers. */
  private String answers(String requests, int count) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), input.address().getPort())) {
      socket.setSoTimeout(5_000);
      OutputStream out = socket.getOutputStream();
      out.write(requests.getBytes(StandardCharsets.UTF_8));
      out.flush();
      StringBuilder answers = new StringBuilder();
      for (int i = 0; i < count; i++) {
        answers.append(answer(socket.getInputStream()));
      }
      return answers.toString();
    }
  }

  private static String answer(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return head + "(closed)";
      }
      head.append((char) next);
    }
    String lower = head.toString().toLowerCase(Locale.ROOT);
    int at = lower.indexOf("content-length: ");
    int length =
        at < 0 ? 0 : Integer.parseInt(lower.substring(at + 16, lower.indexOf('\r', at)).strip());
    return head + new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  private String answer(String request) throws IOException {
    return answers(request, 1);
  }

  @Test
  void promise1WhatIsAnsweredWith200IsOnDisk() throws IOException {
    String answer = answer(post(event("Terminal shell in container")));
    assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n"), answer);
    assertEquals(
        event("Terminal shell in container"), spool.next(Long.MAX_VALUE).alerts().get(0).text());
  }

  @Test
  void aConnectionIsKeptForTheNextAlert() throws IOException {
    String answers = answers(post(event("one")) + post(event("two")) + post(event("three")), 3);
    assertEquals(4, answers.split("HTTP/1.1 200 OK", -1).length);
    assertEquals(3, spool.alerts());
  }

  @Test
  void answersComeInTheOrderOfTheRequests() throws IOException {
    String answers =
        answers(post(event("one")) + "GET / HTTP/1.1\r\nHost: x\r\n\r\n" + post(event("two")), 3);
    assertTrue(answers.matches("(?s)HTTP/1.1 200 .*HTTP/1.1 405 .*HTTP/1.1 200 .*"), answers);
  }

  @Test
  void aBatchIsTakenAlertByAlert() throws IOException {
    String answer = answer(post("[" + event("one") + ",\n" + event("two") + "]"));
    assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
    assertEquals(2, spool.alerts());
  }

  @Test
  void whatCannotBeReadIsKeptAndTheSenderIsTold() throws IOException {
    String answer = answer(post("11:10:51.000000000: Critical something happened"));
    assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
    assertTrue(answer.contains("stored and forwarded unchanged"), answer);
    assertTrue(answer.contains("set json_output: true"), answer);
    assertEquals(1, spool.alerts());
  }

  @Test
  void inABatchOneThatCannotBeReadCostsTheOthersNothing() throws IOException {
    String answer = answer(post("[" + event("one") + ", {\"a\": 1}, " + event("two") + "]"));
    assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
    assertTrue(answer.contains("1 event is unreadable"), answer);
    assertEquals(3, spool.alerts());
  }

  @Test
  void whatIsNoAlertIsCountedAndNotKept() throws IOException {
    String snapshot =
        new FalcoEvent("Falco internal: metrics snapshot", "Informational")
            .source("internal")
            .toString();
    assertTrue(answer(post(snapshot)).startsWith("HTTP/1.1 200"));
    assertEquals(0, spool.alerts());
    assertEquals(1, metrics.receivedSoFar());
    assertEquals(1, metrics.ignored.sum());
  }

  @Test
  void aBodyBeyondTheLimitIsTurnedAwayBeforeItIsRead() throws IOException {
    String answer =
        answer("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + (BODY_LIMIT + 1) + "\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 413"), answer);
    assertTrue(answer.contains("Cattleguard-Status: 413"), answer);
    assertTrue(answer.contains("--body-kilobytes"), answer);
  }

  @Test
  void aChunkedBodyIsTakenAndMeasuredAsItComes() throws IOException {
    String head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    String event = event("one");
    String first = event.substring(0, 50);
    String second = event.substring(50);
    String chunked =
        Integer.toHexString(first.length())
            + "\r\n"
            + first
            + "\r\n"
            + Integer.toHexString(second.length())
            + "\r\n"
            + second
            + "\r\n0\r\n\r\n";
    assertTrue(answer(head + chunked).startsWith("HTTP/1.1 200"));
    assertEquals(1, spool.alerts());
    String large = "8000\r\n" + "x".repeat(0x8000) + "\r\n";
    assertTrue(answer(head + large + large + large).startsWith("HTTP/1.1 413"));
    assertEquals(1, spool.alerts());
  }

  @Test
  void libcurlWaitsForLeaveToSendALargeBody() throws IOException {
    String answer =
        answer(
            "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 100"), answer);
  }

  @Test
  void elsewhereThereIsNothing() throws IOException {
    String answer = answer(post("{}").replace("POST / ", "POST /metrics "));
    assertTrue(answer.startsWith("HTTP/1.1 404"), answer);
  }

  @Test
  void anArrayThatIsNotClosedIsKeptAndCounted() throws IOException {
    for (String body : List.of("[", "[[[[", " [ ", ",")) {
      String answer = answer(post(body));
      assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
      assertTrue(answer.contains("stored and forwarded"), answer);
    }
    assertEquals(4, spool.alerts());
    assertEquals(4, metrics.receivedSoFar());
  }

  @Test
  void garbageInABatchHidesNoAlertBehindIt() throws IOException {
    String body = "[" + event("one") + ", garbage, " + event("two") + "]";
    assertTrue(answer(post(body)).contains("1 event is unreadable"));
    List<String> texts =
        spool.next(Long.MAX_VALUE).alerts().stream().map(Round.Folded::text).toList();
    assertTrue(texts.contains(event("two")), texts.toString());
    assertEquals(3, spool.alerts());
  }

  @Test
  void aBatchOfManyAlertsIsAnsweredOnceAndTakenWhole() throws IOException {
    String body = "[" + (event("one") + ",").repeat(200) + "{}]";
    String answers = answers(post(body) + post(event("two")), 2);
    assertTrue(answers.startsWith("HTTP/1.1 200"), answers);
    assertTrue(answers.contains("1 event is unreadable"), answers);
    assertEquals(202, spool.alerts());
    assertEquals(202, metrics.receivedSoFar());
    assertTrue(answer(post("[" + "{},".repeat(600) + "{}]")).contains("601 events are"));
    assertEquals(803, spool.alerts());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100})
  void aGzipBodyIsReadLikeAnyOther(int events) throws IOException {
    String body = (event("one") + "\n").repeat(events);
    try (FalcoConnection client = FalcoConnection.open(input.address(), Duration.ofSeconds(10))) {
      assertEquals(200, client.post(gzip(body)));
      assertEquals(200, client.post(event("after").getBytes(StandardCharsets.UTF_8)));
    }
    assertEquals(events + 1, spool.alerts());
    assertEquals(events + 1, metrics.receivedSoFar());
  }

  @Test
  void aSmallGzipBodyThatIsLargeWhenDecompressedIsRefusedAsTooLarge() throws IOException {
    byte[] bomb = gzip(" ".repeat(64 << 20));
    try (FalcoConnection client = FalcoConnection.open(input.address(), Duration.ofSeconds(10))) {
      assertEquals(413, client.post(bomb));
    }
    assertEquals(200, Integer.parseInt(answer(post(event("after"))).substring(9, 12)));
    assertEquals(1, spool.alerts());
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return out.toByteArray();
  }

  @Test
  void whatIsNotUtf8IsRefusedAndNotMangled() throws IOException {
    String head = "POST / HTTP/1.1\r\nHost: x\r\n";
    String brotli = "Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}";
    String answer = answer(head + brotli);
    assertTrue(answer.startsWith("HTTP/1.1 415"), answer);
    assertTrue(answer.contains("or with gzip"), answer);
    String charset =
        "Content-Type: application/json; charset=\"utf-16\"\r\nContent-Length: 2\r\n\r\n{}";
    assertTrue(answer(head + charset).startsWith("HTTP/1.1 415"));
    for (byte[] body :
        List.of(
            event("one").getBytes(StandardCharsets.UTF_16),
            event("one").getBytes(StandardCharsets.UTF_16LE),
            event("one").getBytes(StandardCharsets.UTF_16BE),
            event("one").repeat(60).getBytes(StandardCharsets.UTF_16),
            new byte[] {0x1f, (byte) 0x8b, 8, 0})) {
      try (FalcoConnection client = FalcoConnection.open(input.address(), Duration.ofSeconds(10))) {
        assertEquals(415, client.post(body));
        assertEquals(200, client.post(event("after").getBytes(StandardCharsets.UTF_8)));
      }
    }
    assertEquals(5, spool.alerts());
    String utf8 = post(event("two")).replace("/json", "/json; charset=UTF-8");
    assertTrue(answer(utf8).startsWith("HTTP/1.1 200"));
  }

  @Test
  void hundredsOfPipelinedRequestsAreAllAnswered() throws IOException {
    String answers = answers(post(event("one")).repeat(500), 500);
    assertEquals(501, answers.split("HTTP/1.1 200 OK", -1).length);
    assertEquals(500, spool.alerts());
  }

  @Test
  void anAnswerToHeadHasNoBodyAndOneToAWrongMethodNamesTheRightOnes() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), input.address().getPort())) {
      socket.setSoTimeout(5_000);
      socket
          .getOutputStream()
          .write(
              "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertTrue(answer.startsWith("HTTP/1.1 405") && answer.endsWith("\r\n\r\n"), answer);
      assertTrue(answer.contains("\r\nallow: POST, PUT\r\n"), answer);
    }
  }

  @Test
  void aRequestWithHundredsOfHeadersIsMalformed() throws IOException {
    String answer = answer(post("{}").replace("Host: ", "a: b\r\n".repeat(100) + "Host: "));
    assertTrue(answer.startsWith("HTTP/1.1 400"), answer);
  }

  @Test
  void aListenerThatWasClosedIsOpenedAgain() throws Exception {
    input.listener().close().sync();
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!input.isListening()) {
      assertTrue(System.nanoTime() < until, "it stays closed");
      Thread.sleep(10);
    }
    assertTrue(answer(post(event("one"))).startsWith("HTTP/1.1 200"));
  }

  @Test
  void refusedClientsAreLoggedOncePerReasonAndMinute() throws IOException {
    for (int i = 0; i < 5; i++) {
      answer(post("{}").replace("POST / ", "POST /metrics "));
    }
    answer("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + (BODY_LIMIT + 1) + "\r\n\r\n");
    assertEquals(List.of("malformed 127.0.0.1 0", "too_large 127.0.0.1 0"), refused);
  }

  @Test
  void anEmptyBodyIsNoAlert() throws IOException {
    assertTrue(answer(post("")).startsWith("HTTP/1.1 400"));
    assertTrue(answer(post("[]")).startsWith("HTTP/1.1 400"));
    assertEquals(0, spool.alerts());
  }

  @Test
  void whatIsNotOnDiskIsNotAnsweredWith200() throws IOException {
    spool.close();
    String answer = answer(post(event("one")));
    assertTrue(answer.startsWith("HTTP/1.1 503"), answer);
    assertTrue(answer.contains("retry"), answer);
    spool = Spool.open(directory, 64 << 20, Spool.Sync.COMMIT, Instant.now());
    assertEquals(0, spool.alerts());
  }

  @Test
  void anAddressThatIsTakenIsRefusedWithASentence() {
    SensorException refused =
        assertThrows(
            SensorException.class,
            () ->
                HttpInput.start(
                    input.address(),
                    Optional.empty(),
                    BODY_LIMIT,
                    new Intake("blue"),
                    new GroupCommit(spool, metrics::shed, observations -> {}),
                    metrics,
                    (reason, detail, client, unlogged) -> {},
                    Clock.systemUTC()));
    assertTrue(String.valueOf(refused.getMessage()).contains("cannot listen on"));
  }
}
