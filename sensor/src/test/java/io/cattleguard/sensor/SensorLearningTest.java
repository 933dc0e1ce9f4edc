package io.cattleguard.sensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.DetailType;
import io.cattleguard.sensor.cli.SensorCommand;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.send.Bus;
import io.cattleguard.sensor.spool.Entry;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests a sensor with learning. */
final class SensorLearningTest {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final String EXEC =
      """
      {"process_exec":{"process":{"exec_id":"eA==","pid":7,"binary":"%s","start_time":"2026-03-02T11:00:00Z",\
      "pod":{"namespace":"shop","name":"web-1","workload":"web","workload_kind":"Deployment",\
      "container":{"id":"containerd://3f1c2ab97d10","name":"main"}}}},\
      "node_name":"node-a","time":"2026-03-02T11:00:00Z"}
      """;

  private final BlockingQueue<Entry> sent = new LinkedBlockingQueue<>();

  /** Moves by a minute each time the sensor reads it, so that the test need not wait. */
  private final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

  @TempDir private Path directory;

  private Sensor start(String... options) {
    Bus bus =
        entries -> {
          entries.stream()
              .filter(entry -> entry.type() != DetailType.SENSOR_HEARTBEAT)
              .forEach(sent::add);
          return entries.stream().<Bus.Outcome>map(entry -> new Bus.Outcome.Accepted()).toList();
        };
    String[] all = new String[options.length + 10];
    System.arraycopy(
        new String[] {
          "--cluster", "blue",
          "--listen", "127.0.0.1:0",
          "--operations-listen", "127.0.0.1:0",
          "--tetragon-file", directory.resolve("tetragon.log").toString(),
          "--spool", directory.resolve("spool").toString()
        },
        0,
        all,
        0,
        10);
    System.arraycopy(options, 0, all, 10, options.length);
    PrintStream nowhere =
        new PrintStream(PrintStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    return Sensor.start(
        SensorCommand.settings(all),
        bus,
        new SensorLog(nowhere, Clock.systemUTC()),
        () -> Clock.systemUTC().instant().plus(ahead.get()));
  }

  private static int post(Sensor sensor, String body) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + sensor.address().getPort() + "/");
    return CLIENT
        .send(
            HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
            HttpResponse.BodyHandlers.ofString())
        .statusCode();
  }

  private static String metrics(Sensor sensor) throws IOException, InterruptedException {
    URI uri = URI.create("http:/" + sensor.operationsAddress() + "/metrics");
    return CLIENT
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private Entry next() throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      ahead.updateAndGet(by -> by.plusSeconds(10));
      Entry entry = sent.poll(200, TimeUnit.MILLISECONDS);
      if (entry != null) {
        return entry;
      }
    }
    throw new AssertionError("nothing was sent");
  }

  @Test
  void processEventsThatArePostedAndThatAreInAFileAreReported()
      throws IOException, InterruptedException {
    Files.writeString(
        directory.resolve("tetragon.log"),
        EXEC.formatted("/usr/bin/convert").replace("\n", "") + "\n");
    try (Sensor sensor = start("--learn")) {
      assertEquals(200, post(sensor, EXEC.formatted("/usr/bin/identify").replace("\n", "")));
      StringBuilder reports = new StringBuilder();
      while (!(reports.indexOf("/usr/bin/convert") > 0
          && reports.indexOf("/usr/bin/identify") > 0)) {
        Entry entry = next();
        assertEquals(DetailType.WORKLOAD_OBSERVED, entry.type());
        reports.append(entry.detail());
      }
      String metrics = metrics(sensor);

      assertTrue(metrics.contains("cattleguard_sensor_learning_events_total 2.0"), metrics);
      assertTrue(metrics.contains("cattleguard_sensor_learning_behaviours 2.0"), metrics);
    }
  }

  @Test
  void everyMetricThatTheReadmeNamesIsThere() throws IOException, InterruptedException {
    List<String> named =
        Pattern.compile("(?m)^\\| `(cattleguard_sensor_[a-z_]+)`")
            .matcher(Files.readString(Path.of("README.md")))
            .results()
            .map(row -> row.group(1))
            .toList();
    try (Sensor sensor = start("--learn")) {
      String metrics = metrics(sensor);

      assertTrue(named.size() >= 6, named::toString);
      named.forEach(name -> assertTrue(metrics.contains("# TYPE " + name + " "), name));
    }
  }

  @Test
  void withFactsOfTheClusterAReportNamesServicesAndHasNoFilesOnVolumes()
      throws IOException, InterruptedException {
    Path facts = directory.resolve("facts");
    Files.writeString(
        facts, "service 10.96.0.20 shop/cache\nvolume shop/Deployment/web/main /data\n");
    String hook =
        EXEC.replace("\n", "")
            .formatted("/usr/bin/identify")
            .replace(
                "{\"process_exec\":{",
                "{\"process_kprobe\":{\"function_name\":\"%s\",\"policy_name\":\"p\",\"args\":[%s],");
    try (Sensor sensor = start("--learn", "--learn-facts", facts.toString())) {
      String file = "{\"file_arg\":{\"path\":\"%s\"}},{\"int_arg\":2}";
      for (String event :
          new String[] {
            hook.formatted(
                "tcp_connect",
                "{\"sock_arg\":{\"sport\":4,\"daddr\":\"10.96.0.20\",\"dport\":6379}}"),
            hook.formatted("security_file_permission", file.formatted("/data/x")),
            hook.formatted("security_file_permission", file.formatted("/var/last"))
          }) {
        assertEquals(200, post(sensor, event));
      }
      StringBuilder reports = new StringBuilder();
      while (reports.indexOf("/var/last") < 0) {
        Entry entry = next();
        // The events are also alerts, which may be sent first.
        if (entry.type() == DetailType.WORKLOAD_OBSERVED) {
          reports.append(entry.detail());
        }
      }
      assertTrue(reports.indexOf("shop/cache") > 0, reports.toString());
      assertEquals(-1, reports.indexOf("/data/x"), reports.toString());
    }
  }

  @Test
  void withoutTheOptionNothingIsLearnt() throws IOException, InterruptedException {
    try (Sensor sensor = start()) {
      assertEquals(200, post(sensor, EXEC.formatted("/usr/bin/identify").replace("\n", "")));
    }

    assertTrue(sent.isEmpty());
    assertFalse(Files.exists(directory.resolve("spool/observed.json")));
  }
}
