package io.cattleguard.sensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.build.BuildVersion;
import io.cattleguard.sensor.cli.SensorCommand;
import io.cattleguard.sensor.operations.Exposition;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.send.Bus;
import io.cattleguard.sensor.settings.SensorSettings;
import io.cattleguard.sources.FalcoEvent;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The metrics that Prometheus reads from a running sensor. */
final class MetricsPageTest {
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("cattleguard_sensor_accepted_seconds", "histogram"),
          Map.entry("cattleguard_sensor_stored_seconds", "histogram"),
          Map.entry("cattleguard_sensor_calls_total", "counter"),
          Map.entry("cattleguard_sensor_connections_closed_total", "counter"),
          Map.entry("cattleguard_sensor_cut_lines_total", "counter"),
          Map.entry("cattleguard_sensor_degraded", "gauge"),
          Map.entry("cattleguard_sensor_file_gaps_total", "counter"),
          Map.entry("cattleguard_sensor_folded_total", "counter"),
          Map.entry("cattleguard_sensor_heartbeats_total", "counter"),
          Map.entry("cattleguard_sensor_ignored_total", "counter"),
          Map.entry("cattleguard_sensor_info", "gauge"),
          Map.entry("cattleguard_sensor_oldest_alert_age_seconds", "gauge"),
          Map.entry("cattleguard_sensor_received_total", "counter"),
          Map.entry("cattleguard_sensor_rejected_total", "counter"),
          Map.entry("cattleguard_sensor_send_failures_total", "counter"),
          Map.entry("cattleguard_sensor_sending", "gauge"),
          Map.entry("cattleguard_sensor_set_aside_alerts", "gauge"),
          Map.entry("cattleguard_sensor_lost_total", "counter"),
          Map.entry("cattleguard_sensor_worker_failures_total", "counter"),
          Map.entry("cattleguard_sensor_spool_healthy", "gauge"),
          Map.entry("cattleguard_sensor_sent_total", "counter"),
          Map.entry("cattleguard_sensor_shed_total", "counter"),
          Map.entry("cattleguard_sensor_spool_alerts", "gauge"),
          Map.entry("cattleguard_sensor_spool_bytes", "gauge"),
          Map.entry("cattleguard_sensor_spool_limit_bytes", "gauge"),
          Map.entry("cattleguard_sensor_undeliverable_total", "counter"),
          Map.entry("cattleguard_sensor_unreadable_total", "counter"),
          Map.entry("process_cpu_seconds_total", "counter"),
          Map.entry("process_max_fds", "gauge"),
          Map.entry("process_open_fds", "gauge"),
          Map.entry("process_resident_memory_bytes", "gauge"),
          Map.entry("process_start_time_seconds", "gauge"));

  private static final Set<String> LABELLED =
      Set.of(
          "cattleguard_sensor_cut_lines_total{input=\"falco_file\"}",
          "cattleguard_sensor_degraded{resource=\"cpu\"}",
          "cattleguard_sensor_degraded{resource=\"memory\"}",
          "cattleguard_sensor_file_gaps_total{input=\"falco_file\"}",
          "cattleguard_sensor_heartbeats_total{outcome=\"lost\"}",
          "cattleguard_sensor_heartbeats_total{outcome=\"taken\"}",
          "cattleguard_sensor_info{version=\"" + BuildVersion.current() + "\"}",
          "cattleguard_sensor_received_total{input=\"falco_file\"}",
          "cattleguard_sensor_received_total{input=\"http\"}",
          "cattleguard_sensor_received_total{input=\"tetragon_file\"}",
          "cattleguard_sensor_rejected_total{reason=\"encoding\"}",
          "cattleguard_sensor_rejected_total{reason=\"malformed\"}",
          "cattleguard_sensor_rejected_total{reason=\"overloaded\"}",
          "cattleguard_sensor_rejected_total{reason=\"spool_unavailable\"}",
          "cattleguard_sensor_rejected_total{reason=\"tls\"}",
          "cattleguard_sensor_rejected_total{reason=\"too_large\"}",
          "cattleguard_sensor_rejected_total{reason=\"too_slow\"}",
          "cattleguard_sensor_rejected_total{reason=\"unauthorized\"}",
          "cattleguard_sensor_rejected_total{reason=\"unverified\"}",
          "cattleguard_sensor_send_failures_total{reason=\"refused\"}",
          "cattleguard_sensor_send_failures_total{reason=\"throttled\"}",
          "cattleguard_sensor_send_failures_total{reason=\"unanswered\"}",
          "cattleguard_sensor_shed_total{severity=\"critical\"}",
          "cattleguard_sensor_shed_total{severity=\"fatal\"}",
          "cattleguard_sensor_shed_total{severity=\"high\"}",
          "cattleguard_sensor_shed_total{severity=\"informational\"}",
          "cattleguard_sensor_shed_total{severity=\"low\"}",
          "cattleguard_sensor_shed_total{severity=\"medium\"}");

  private final HttpClient client = HttpClient.newHttpClient();
  @TempDir private Path directory;
  private Sensor sensor;

  @BeforeEach
  void start() {
    SensorSettings settings =
        SensorCommand.settings(
            "--cluster",
            "blue",
            "--listen",
            "127.0.0.1:0",
            "--operations-listen",
            "127.0.0.1:0",
            "--falco-file",
            directory.resolve("falco.log").toString(),
            "--spool",
            directory.resolve("spool").toString());
    Bus bus =
        entries -> entries.stream().<Bus.Outcome>map(entry -> new Bus.Outcome.Accepted()).toList();
    PrintStream quiet =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    sensor =
        Sensor.start(settings, bus, new SensorLog(quiet, Clock.systemUTC()), Clock.systemUTC());
  }

  @AfterEach
  void end() {
    sensor.close();
    client.shutdownNow();
  }

  private static URI uri(InetSocketAddress address, String path) {
    return URI.create("http://127.0.0.1:" + address.getPort() + path);
  }

  private HttpResponse<String> metrics(String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(sensor.operationsAddress(), "/metrics"));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private int post(String body) throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(uri(sensor.address(), "/"))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private static void assertSeries(Exposition metrics) {
    assertEquals(TYPES, metrics.types());
    Set<String> labelled =
        metrics.samples().keySet().stream()
            .filter(series -> series.contains("{") && !series.contains("_bucket{le="))
            .collect(Collectors.toSet());
    assertEquals(LABELLED, labelled);
    for (String name : TYPES.keySet()) {
      if (name.equals("cattleguard_sensor_accepted_seconds")
          || name.equals("cattleguard_sensor_stored_seconds")) {
        assertTrue(metrics.samples().containsKey(name + "_count"), name);
        continue;
      }
      boolean hasLabels = labelled.stream().anyMatch(series -> series.startsWith(name + "{"));
      assertEquals(!hasLabels, metrics.samples().containsKey(name), name);
    }
  }

  @Test
  void everySeriesIsThereFromTheStart() throws Exception {
    Exposition metrics = Exposition.read(metrics().body());

    assertSeries(metrics);
    assertEquals(256 << 20, metrics.samples().get("cattleguard_sensor_spool_limit_bytes"));
    assertEquals(1.0, metrics.samples().get("cattleguard_sensor_sending"));
    assertEquals(0.0, metrics.samples().get("cattleguard_sensor_received_total{input=\"http\"}"));
  }

  @Test
  void theVersionIsThatOfTheBuild() throws Exception {
    String info = "cattleguard_sensor_info{version=\"" + BuildVersion.current() + "\"} 1";

    assertTrue(metrics().body().contains(info), metrics().body());
  }

  @Test
  void howLongAlertsTookIsMeasuredOnDiskAndAtTheBus() throws Exception {
    assertEquals(200, post(new FalcoEvent("rule", "Warning", "output").toString()));
    long until = System.nanoTime() + 20_000_000_000L;
    double sent = 0;
    while (sent < 1) {
      assertTrue(System.nanoTime() < until, "it is not sent");
      Thread.sleep(20);
      Exposition metrics = Exposition.read(metrics().body());
      assertEquals(1.0, metrics.samples().get("cattleguard_sensor_stored_seconds_count"));
      sent = metrics.samples().getOrDefault("cattleguard_sensor_accepted_seconds_count", 0.0);
    }
  }

  @Test
  void noTextOfAnEventIsALabel() throws Exception {
    for (String text : List.of("evil\"} 1\nforged_total 9", "evil\\", "evil{a=\"b\"}", "väter")) {
      assertEquals(
          200,
          post(
              new FalcoEvent(text, text, text)
                  .field("k8s.ns.name", text)
                  .field("k8s.pod.name", text)
                  .process(text, text, text, text)
                  .toString()));
    }
    assertEquals(400, post("evil"));

    Exposition metrics = Exposition.read(metrics().body());
    assertSeries(metrics);
    assertEquals(5.0, metrics.samples().get("cattleguard_sensor_received_total{input=\"http\"}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*/*",
        "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily"
      })
  void theFormatIsTheSameWhateverTheClientAccepts(String accept) throws Exception {
    HttpResponse<String> answer = metrics("Accept", accept, "Accept-Encoding", "gzip");

    assertEquals(200, answer.statusCode());
    assertEquals(
        List.of("text/plain; version=0.0.4; charset=utf-8"),
        answer.headers().allValues("Content-Type"));
    assertEquals(List.of(), answer.headers().allValues("Content-Encoding"));
    assertEquals(TYPES, Exposition.read(answer.body()).types());
  }

  @Test
  void everyMetricOfTheDashboardAndTheAlertsExists() throws Exception {
    for (String file : List.of("files/dashboard.json", "templates/prometheusrule.yaml")) {
      Set<String> used =
          Pattern.compile("cattleguard_sensor_[a-z_]+")
              .matcher(Files.readString(Path.of("chart").resolve(file)))
              .results()
              .map(found -> found.group().replaceFirst("_(bucket|sum|count)$", ""))
              .collect(Collectors.toSet());
      assertTrue(used.size() > 5, file);
      used.removeAll(TYPES.keySet());
      used.remove("cattleguard_sensor_tls_certificate_expiry_timestamp_seconds"); // with TLS only
      assertEquals(Set.of(), used, file);
    }
  }

  @Test
  void aReasonThatIsNotListedIsABug() {
    SensorMetrics metrics = new SensorMetrics();

    assertThrows(IllegalArgumentException.class, () -> metrics.rejected("something else"));
  }
}
