package io.cattleguard.sensor.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.TakesLong;
import io.cattleguard.sensor.LoadAlerts;
import io.cattleguard.sensor.SensorProcess;
import io.cattleguard.sensor.send.FakeBus;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sends small inputs that once exhausted the memory to a sensor with the image's Java options: the
 * sensor survives and answers, and acknowledged alerts arrive.
 */
@TakesLong
final class BoundedMemoryTest {
  private static final Instant FROM = Instant.parse("2026-03-02T09:15:00Z");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String RECEIVED = "cattleguard_sensor_received_total";
  private static final String EMPTY = "{}";

  @TempDir static Path folder;
  private static FakeBus bus;
  private static SensorProcess sensor;
  private static Path file;
  private static int tests;

  @BeforeAll
  static void start() throws Exception {
    Path options =
        Path.of(System.getProperty("cattleguard.root"), "sensor", "image", "java.options");
    List<String> jvm =
        Files.readAllLines(options).stream().filter(line -> line.startsWith("-")).toList();
    assertTrue(jvm.contains("-Xmx48m") && jvm.contains("-XX:MaxDirectMemorySize=32m"), "" + jvm);
    bus = FakeBus.start(LoadAlerts::problem);
    file = folder.resolve("falco.log");
    sensor =
        new SensorProcess(
            folder.resolve("spool"),
            bus.environment(),
            jvm,
            List.of("--body-kilobytes", "4096", "--falco-file", file.toString()));
    sensor.start().ready();
  }

  @AfterAll
  static void end() {
    sensor.close();
    bus.close();
  }

  @AfterEach
  void itAnswersAndNothingAcknowledgedIsLost() throws Exception {
    assertTrue(sensor.isAlive(), () -> "the sensor died: " + log());
    String problem = "afterwards-" + tests++;
    try (FalcoConnection client = open()) {
      assertEquals(200, client.post(alert(problem, "")));
    }
    sensor.drained(PATIENCE);
    assertEquals(1, bus.count(problem));
  }

  @Test
  void manyConnectionsThatEachPostedOneLargeAlert() throws Exception {
    List<FalcoConnection> clients = new ArrayList<>();
    List<String> acknowledged = new ArrayList<>();
    try {
      for (int i = 0; i < 60; i++) {
        FalcoConnection client = open();
        clients.add(client);
        String problem = "large-" + i + "-";
        assertEquals(200, client.post(alert(problem, "x".repeat(990_000))), "alert " + i);
        acknowledged.add(problem);
      }
    } finally {
      close(clients);
    }
    sensor.drained(PATIENCE);
    for (String problem : acknowledged) {
      assertEquals(1, bus.count(problem), problem);
    }
  }

  @Test
  void largeAlertsAtTheSameTime() throws Exception {
    List<FalcoConnection> clients = new ArrayList<>();
    List<String> acknowledged = new ArrayList<>();
    try {
      byte[] padding = ascii("x".repeat(500_000));
      for (int i = 0; i < 40; i++) {
        FalcoConnection client = open();
        clients.add(client);
        byte[] alert = alert("half-" + i + "-", new String(padding, StandardCharsets.US_ASCII));
        client.send(ascii(head(alert.length)));
        sendUntilHungUp(client, alert);
      }
      for (int i = 0; i < clients.size(); i++) {
        try {
          if (clients.get(i).answer() == 200) {
            acknowledged.add("half-" + i + "-");
          }
        } catch (IOException e) {
          // The request was closed because it was too slow, and not acknowledged.
        }
      }
    } finally {
      close(clients);
    }
    assertTrue(acknowledged.size() > 4, acknowledged + " only");
    sensor.drained(PATIENCE);
    for (String problem : acknowledged) {
      assertEquals(1, bus.count(problem), problem);
    }
  }

  @Test
  void arraysOfNothingAndDeepTrees() throws Exception {
    double before = sensor.metric(RECEIVED);
    long counted = bus.count(EMPTY);
    try (FalcoConnection client = open()) {
      assertEquals(400, client.post(ascii(array(400_000))));
      assertEquals(400, client.post(ascii(array(1_000_000))));
      for (String unit : List.of("[0],", "{\"\":1},", "[[],{}],", "\"\",", "[")) {
        String tree = unit.repeat(1_000_000 / unit.length());
        assertEquals(400, client.post(ascii("{\"a\":[" + tree + "0]}")), unit);
      }
    }
    long events = 400_000 / 3 + 1_000_000 / 3;
    assertTrue(sensor.metric(RECEIVED) - before >= events, "not all were counted");
    sensor.drained(PATIENCE);
    assertEquals(events, bus.count(EMPTY) - counted);
  }

  @Test
  void twoArraysOfFourMegabytesAtTheSameTime() throws Exception {
    byte[] array = ascii(array(4_000_000));
    byte[] wide = ("[\"" + "x".repeat(3_900_000) + "\u20ac\"]").getBytes(StandardCharsets.UTF_8);
    List<FalcoConnection> clients = new ArrayList<>();
    try {
      for (byte[] body : List.of(array, array, wide, wide)) {
        FalcoConnection client = open();
        clients.add(client);
        client.send(ascii(head(body.length)));
      }
      int at = 0;
      for (byte[] body : List.of(array, array, wide, wide)) {
        sendUntilHungUp(clients.get(at++), body);
      }
      int answered = 0;
      for (FalcoConnection client : clients) {
        try {
          answered += client.answer() == 400 ? 1 : 0;
        } catch (IOException e) {
          // The request was closed, and not acknowledged.
        }
      }
      assertTrue(answered > 0, "none was read");
    } finally {
      close(clients);
    }
  }

  @Test
  void anArrayAsALineOfAFollowedFile() throws Exception {
    String input = RECEIVED + "{input=\"falco_file\"}";
    double before = sensor.metric(input);
    Files.writeString(
        file,
        array(400_000)
            + "\n"
            + array(5_000_000)
            + "\n{\"a\":["
            + "[0],".repeat(200_000)
            + "0]}\n"
            + new String(alert("behind", ""), StandardCharsets.UTF_8)
            + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (bus.count("behind") == 0) {
      assertTrue(sensor.isAlive() && System.nanoTime() < until, () -> "not read on: " + log());
      TimeUnit.MILLISECONDS.sleep(50);
    }
    assertTrue(sensor.metric(input) - before > 133_333, "not all were counted");
  }

  @Test
  void connectionsThatSendHeadersAndStop() throws Exception {
    for (String header :
        List.of("X-Filler: " + "x".repeat(14_000), many(60), "a:b\r\n".repeat(3_000))) {
      List<FalcoConnection> clients = new ArrayList<>();
      try {
        for (int i = 0; i < 700; i++) {
          FalcoConnection client = open();
          clients.add(client);
          sendUntilHungUp(client, ascii("POST / HTTP/1.1\r\n" + header));
        }
        try (FalcoConnection client = open()) {
          assertEquals(200, client.post(alert("beside-" + tests++, "")));
        }
      } finally {
        close(clients);
      }
    }
  }

  @Test
  void aRequestLineThatIsNeverFinishedIsCutOff() throws Exception {
    double before = sensor.metric("cattleguard_sensor_rejected_total{reason=\"too_slow\"}");
    try (FalcoConnection client = open()) {
      client.send(ascii("POST / HT"));
      assertEquals(-1, client.next(), "it is not hung up on");
    }
    double after = sensor.metric("cattleguard_sensor_rejected_total{reason=\"too_slow\"}");
    assertEquals(1.0, after - before);
  }

  private static String many(int headers) {
    return ("X-Filler: " + "x".repeat(200) + "\r\n").repeat(headers);
  }

  /** As many empty objects as fit, at three bytes each. */
  private static String array(int bytes) {
    return "[" + "{},".repeat(bytes / 3).replaceFirst(",$", "") + "]";
  }

  private static String log() {
    try {
      String log = sensor.log();
      return log.substring(Math.max(0, log.length() - 2_000));
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static FalcoConnection open() throws IOException {
    return FalcoConnection.open(sensor.address(), PATIENCE);
  }

  private static byte[] alert(String problem, String padding) {
    return LoadAlerts.distinct(problem, FROM)
        .apply(0)
        .json()
        .replace(problem + "-0", problem)
        .replaceFirst("\"output\":\"", "\"output\":\"" + padding)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String head(long length) {
    return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n";
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

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
}
