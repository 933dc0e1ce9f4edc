package io.cattleguard.sensor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.Corpora;
import io.cattleguard.events.TakesLong;
import io.cattleguard.sensor.FalcoLoad;
import io.cattleguard.sensor.LoadAlerts;
import io.cattleguard.sensor.SensorProcess;
import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.intake.Observation;
import io.cattleguard.sensor.send.FakeBus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs broken and hostile clients against a sensor's process. A well-behaved client at the same
 * time gets status 200 for each alert within a second, and every alert with status 200 arrives.
 */
@TakesLong
final class HostileClientsTest {
  private static final Instant FROM = Instant.parse("2026-03-02T09:15:00Z");
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Intake INTAKE = new Intake("blue");
  private static final String TOO_SLOW = "cattleguard_sensor_rejected_total{reason=\"too_slow\"}";
  private static final String CLOSED = "cattleguard_sensor_connections_closed_total";
  private static final int MEGABYTE = 1 << 20;

  @TempDir static Path folder;
  private static FakeBus bus;
  private static SensorProcess sensor;
  private static int tests;

  private FalcoLoad wellBehaved;

  @BeforeAll
  static void start() throws Exception {
    bus = FakeBus.start(HostileClientsTest::identity);
    sensor =
        new SensorProcess(
            folder.resolve("spool"),
            bus.environment(),
            List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx64m"),
            List.of());
    sensor.start().ready();
    try (FalcoConnection first = open()) {
      for (int i = 0; i < 200; i++) {
        first.post(alert("warm-" + i)); // classes load and methods compile
      }
    }
  }

  @AfterAll
  static void end() {
    sensor.close();
    bus.close();
  }

  @BeforeEach
  void beginToPostProperly() {
    wellBehaved =
        FalcoLoad.start(
            sensor.address(),
            1,
            LoadAlerts.distinct("proper-" + tests++, FROM),
            Long.MAX_VALUE,
            Duration.ofMillis(2));
  }

  @AfterEach
  void nothingChangedForTheWellBehavedClient() throws Exception {
    long enough = wellBehaved.answers(200) + 20;
    eventually(() -> wellBehaved.answers(200) >= enough, "the well-behaved client is not served");
    wellBehaved.close();
    assertTrue(sensor.isAlive(), "the sensor died");
    long acknowledged = wellBehaved.answers(200);
    assertEquals(acknowledged, wellBehaved.posted().size(), "not all were answered 200");
    assertEquals(0, wellBehaved.broken(), "it was hung up on");
    // If a hostile client blocked it, it would wait for that client's time limit, which is longer.
    assertTrue(wellBehaved.slowest().toSeconds() < 5, "slowest " + wellBehaved.slowest());
    sensor.drained(Duration.ofSeconds(30));
    for (String problem : wellBehaved.acknowledged().keySet()) {
      assertTrue(bus.count(problem) > 0, problem + " is lost");
    }
  }

  @Test
  void garbageIsHungUpOn() throws Exception {
    Random random = new Random(7);
    for (int i = 0; i < 50; i++) {
      byte[] garbage = new byte[64 << 10];
      random.nextBytes(garbage);
      try (FalcoConnection client = open()) {
        sendUntilHungUp(client, garbage);
      }
    }
  }

  @Test
  void requestsThatAreNeverFinishedHoldNobodyUp() throws Exception {
    List<FalcoConnection> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        FalcoConnection client = open();
        clients.add(client);
        client.send(ascii(i % 2 == 0 ? "POST / HT" : head(4_000) + "{\"rule\":"));
      }
      Thread.sleep(500);
    } finally {
      close(clients);
    }
  }

  @Test
  void bodiesThatTrickleInHoldNobodyUp() throws Exception {
    double before = sensor.metric(TOO_SLOW);
    List<FalcoConnection> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        FalcoConnection client = open();
        clients.add(client);
        client.send(ascii(head(900_000)));
      }
      byte[] piece = new byte[100_000]; // 20 MB per round, if all of them were kept
      for (int round = 0; round < 5; round++) {
        for (FalcoConnection client : clients) {
          sendUntilHungUp(client, piece);
        }
      }
      // Before they would be disconnected only because they are slow.
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(8);
      while (sensor.metric(TOO_SLOW) - before <= 50) {
        assertTrue(System.nanoTime() < until, "all of them are kept waiting");
        Thread.sleep(20);
      }
      assertTrue(residentMegabytes() < 250, residentMegabytes() + " MB");
    } finally {
      close(clients);
    }
  }

  @Test
  void aBodyOfAHundredMegabytesIsRefusedAndNotKept() throws Exception {
    long before = residentMegabytes();
    for (int i = 0; i < 3; i++) {
      try (FalcoConnection client = open()) {
        client.send(ascii(head(100L * MEGABYTE)));
        assertEquals(413, client.answer());
        byte[] megabyte = new byte[MEGABYTE];
        for (int sent = 0; sent < 100 && sendUntilHungUp(client, megabyte); sent++) {}
      }
    }
    long grown = residentMegabytes() - before;
    assertTrue(grown < 30, "grew by " + grown + " MB");
  }

  @Test
  void anEndlessChunkedBodyIsRefusedAndNotKept() throws Exception {
    long before = residentMegabytes();
    try (FalcoConnection client = open()) {
      client.send(ascii("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
      ByteArrayOutputStream chunk = new ByteArrayOutputStream();
      chunk.writeBytes(ascii("10000\r\n"));
      chunk.writeBytes(new byte[0x10000]);
      chunk.writeBytes(ascii("\r\n"));
      boolean open = true;
      for (int sent = 0; sent < 1_600 && open; sent++) {
        open = sendUntilHungUp(client, chunk.toByteArray());
      }
    }
    long grown = residentMegabytes() - before;
    assertTrue(grown < 30, "grew by " + grown + " MB");
  }

  @Test
  void fiveThousandIdleConnectionsHoldNobodyUp() throws Exception {
    double before = sensor.metric(CLOSED);
    List<FalcoConnection> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 5_000; i++) {
        clients.add(open());
      }
      try (FalcoConnection late = open()) {
        assertEquals(200, late.post(alert("late")));
      }
      assertTrue(sensor.metric(CLOSED) - before > 3_000, "all of them are kept open");
      assertTrue(residentMegabytes() < 250, residentMegabytes() + " MB");
    } finally {
      close(clients);
    }
  }

  @Test
  void whatIsNoPostOfAlertsIsToldSo() throws Exception {
    Map<String, Integer> answers =
        Map.of(
            "GET / HTTP/1.1", 405,
            "DELETE / HTTP/1.1", 405,
            "OPTIONS * HTTP/1.1", 404,
            "BREW / HTTP/1.1", 405,
            "POST /elsewhere HTTP/1.1", 404,
            "GET /metrics HTTP/1.1", 404);
    for (Map.Entry<String, Integer> request : answers.entrySet()) {
      try (FalcoConnection client = open()) {
        client.send(ascii(request.getKey() + "\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
        assertEquals(request.getValue(), client.answer(), request.getKey());
        assertEquals(200, client.post(alert("after")), "the connection goes on");
      }
    }
  }

  @Test
  void chunkedBodiesAreTaken() throws Exception {
    try (FalcoConnection client = open()) {
      client.send(ascii("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
      byte[] alert = alert("chunked");
      for (int from = 0; from < alert.length; from += 100) {
        int length = Math.min(100, alert.length - from);
        client.send(ascii(Integer.toHexString(length) + "\r\n"));
        client.send(
            new String(alert, from, length, StandardCharsets.UTF_8)
                .getBytes(StandardCharsets.UTF_8));
        client.send(ascii("\r\n"));
      }
      client.send(ascii("0\r\n\r\n"));
      assertEquals(200, client.answer());
    }
    eventually(() -> bus.count("chunked") > 0, "it does not arrive");
  }

  @Test
  void pipelinedRequestsAreAnsweredInTheirOrder() throws Exception {
    ByteArrayOutputStream requests = new ByteArrayOutputStream();
    for (int i = 0; i < 30; i++) {
      byte[] alert = i % 10 == 9 ? ascii("no alert") : alert("pipelined-" + i);
      requests.writeBytes(ascii(head(alert.length)));
      requests.writeBytes(alert);
    }
    try (FalcoConnection client = open()) {
      client.send(requests.toByteArray());
      for (int i = 0; i < 30; i++) {
        assertEquals(i % 10 == 9 ? 400 : 200, client.answer(), "answer " + i);
      }
    }
    eventually(() -> bus.count("pipelined-28") > 0, "they do not arrive");
    for (int i = 0; i < 30; i++) {
      assertEquals(i % 10 == 9 ? 0 : 1, bus.count("pipelined-" + i), "pipelined-" + i);
    }
  }

  @Test
  void whoNeverReadsAnAnswerIsHungUpOn() throws Exception {
    byte[] requests = ascii("GET / HTTP/1.1\r\n\r\n".repeat(5_000));
    try (FalcoConnection client = open()) {
      int sent = 0;
      boolean open = true;
      for (; sent < 600 && open; sent++) { // about 500 MB of answers, if all of them were kept
        open = sendUntilHungUp(client, requests);
      }
      assertTrue(sent < 600, "all of it was read, and the answers kept");
    }
    assertTrue(residentMegabytes() < 250, residentMegabytes() + " MB");
  }

  @Test
  void floodsOfHeadersAreHungUpOn() throws Exception {
    for (int i = 0; i < 20; i++) {
      try (FalcoConnection client = open()) {
        client.send(ascii("POST / HTTP/1.1\r\n"));
        byte[] header = ascii("X-Filler: " + "x".repeat(4_000) + "\r\n");
        boolean open = true;
        int sent = 0;
        for (; sent < 5_000 && open; sent++) {
          open = sendUntilHungUp(client, header);
        }
        assertTrue(sent < 5_000, "took 20 MB of headers");
      }
    }
  }

  @Test
  void olderAndMoreCarefulClientsAreServed() throws Exception {
    byte[] alert = alert("older");
    try (FalcoConnection client = open()) {
      client.send(ascii("POST / HTTP/1.0\r\nContent-Length: " + alert.length + "\r\n\r\n"));
      client.send(alert);
      assertEquals(200, client.answer());
    }
    try (FalcoConnection client = open()) {
      String careful = head(alert.length).replace("Host:", "Expect: 100-continue\r\nHost:");
      client.send(ascii(careful));
      assertEquals(100, client.answer());
      client.send(alert);
      assertEquals(200, client.answer());
    }
  }

  @Test
  void whoHangsUpBeforeTheAnswerTakesNobodyWithIt() throws Exception {
    for (int i = 0; i < 300; i++) {
      FalcoConnection client = open();
      byte[] alert = alert("rude-" + i);
      client.send(ascii(head(alert.length)));
      client.send(alert);
      client.reset();
    }
  }

  @Test
  void promise1EveryRecordedEventArrivesOrIsKnownToBeNoAlert() throws Exception {
    Map<String, Long> expected = new HashMap<>();
    double ignoredBefore = sensor.metric("cattleguard_sensor_ignored_total");
    long ignored = 0;
    List<Path> files = recorded();
    try (FalcoConnection client = open()) {
      for (Path file : files) {
        byte[] body = Files.readAllBytes(file);
        Intake.Reception reception =
            INTAKE.receive(new String(body, StandardCharsets.UTF_8), Instant.now());
        ignored += reception.ignored();
        for (Observation observation : reception.observations()) {
          expected.merge(observation.foldKey(), 1L, Long::sum);
        }
        boolean allBroken =
            reception.unreadable() > 0 && reception.unreadable() == reception.observations().size();
        assertEquals(allBroken ? 400 : 200, client.post(body), file.toString());
      }
    }
    expected.forEach(
        (foldKey, count) ->
            eventually(() -> bus.count(foldKey) >= count, "one does not arrive: " + foldKey));
    expected.forEach((foldKey, count) -> assertEquals(count, bus.count(foldKey), foldKey));
    assertEquals(
        ignored, (long) (sensor.metric("cattleguard_sensor_ignored_total") - ignoredBefore));
  }

  private static void eventually(BooleanSupplier claim, String otherwise) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!claim.getAsBoolean()) {
      assertTrue(System.nanoTime() < until, otherwise);
      LockSupport.parkNanos(10_000_000);
    }
  }

  private static List<Path> recorded() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String name : List.of("falco", "tetragon", "nasty")) {
      try (Stream<Path> below = Files.walk(Corpora.folder().resolve(name))) {
        files.addAll(below.filter(Files::isRegularFile).sorted().toList());
      }
    }
    assertTrue(files.size() > 50, files.size() + " recorded events");
    return files;
  }

  /** Generated alerts are counted by their problem, all others by their fold key. */
  private static String identity(String event) {
    String problem = LoadAlerts.problem(event);
    return problem.equals(event)
        ? INTAKE.receive(event, FROM).observations().stream()
            .map(Observation::foldKey)
            .collect(Collectors.joining(","))
        : problem;
  }

  private static FalcoConnection open() throws IOException {
    return FalcoConnection.open(sensor.address(), PATIENCE);
  }

  private static byte[] alert(String problem) {
    return LoadAlerts.distinct(problem, FROM)
        .apply(0)
        .json()
        .replace(problem + "-0", problem)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String head(long length) {
    InetSocketAddress address = sensor.address();
    return "POST / HTTP/1.1\r\nHost: 127.0.0.1:"
        + address.getPort()
        + "\r\nContent-Length: "
        + length
        + "\r\n\r\n";
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Sends; returns false if the sensor has closed the connection. */
  private static boolean sendUntilHungUp(FalcoConnection client, byte[] bytes) throws IOException {
    try {
      client.send(bytes);
      return true;
    } catch (SocketException e) {
      return false;
    }
  }

  private static void close(List<FalcoConnection> clients) throws IOException {
    for (FalcoConnection client : clients) {
      client.close();
    }
  }

  private static long residentMegabytes() throws Exception {
    return (long) sensor.metric("process_resident_memory_bytes") >> 20;
  }
}
