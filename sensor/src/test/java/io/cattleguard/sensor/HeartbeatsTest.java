package io.cattleguard.sensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.events.DetailType;
import io.cattleguard.events.build.BuildVersion;
import io.cattleguard.sensor.cli.SensorCommand;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.send.Bus;
import io.cattleguard.sensor.spool.Entry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The heartbeats of a running sensor. */
final class HeartbeatsTest {
  private final BlockingQueue<Entry> sent = new LinkedBlockingQueue<>();
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private volatile Bus.Outcome answer = new Bus.Outcome.Accepted();
  private Sensor sensor;

  @BeforeEach
  void start(@TempDir Path spool) {
    Bus bus =
        entries -> {
          sent.addAll(entries);
          return entries.stream().map(entry -> answer).toList();
        };
    PrintStream logged = new PrintStream(log, true, StandardCharsets.UTF_8);
    sensor =
        Sensor.start(
            SensorCommand.settings(
                "--cluster",
                "blue",
                "--listen",
                "127.0.0.1:0",
                "--operations-listen",
                "127.0.0.1:0",
                "--heartbeat",
                "1s",
                "--falco-file",
                spool.resolve("falco.jsonl").toString(),
                "--learn",
                "--spool",
                spool.toString()),
            bus,
            new SensorLog(logged, Clock.systemUTC()),
            Clock.systemUTC());
  }

  @AfterEach
  void end() {
    sensor.close();
  }

  @Test
  void aHeartbeatSaysTheVersionOfTheBuild() throws IOException, InterruptedException {
    Entry heartbeat = sent.poll(10, TimeUnit.SECONDS);

    assertEquals(DetailType.SENSOR_HEARTBEAT, heartbeat.type());
    JsonNode detail = JsonMapper.builder().build().readTree(heartbeat.detail());
    assertEquals(1, detail.path("intervalSeconds").asInt(), heartbeat.detail());
    assertEquals(BuildVersion.current(), detail.path("version").asText());
  }

  @Test
  void aRejectedHeartbeatIsLoggedOnceAndSeenAtTheHealthAddress()
      throws IOException, InterruptedException {
    answer = new Bus.Outcome.Never("HTTP 400: the sensor's cluster is blue, the server's is green");
    for (int beat = 0; beat < 4; beat++) {
      assertEquals(DetailType.SENSOR_HEARTBEAT, sent.poll(10, TimeUnit.SECONDS).type());
    }
    String logged = log.toString(StandardCharsets.UTF_8);
    assertEquals(2, logged.split("heartbeats are rejected", -1).length, logged);
    assertTrue(logged.contains("the server's is green"), logged);
    String ready = get("/readyz");
    assertTrue(ready.contains("heartbeats are rejected: HTTP 400: the sensor's cluster"), ready);

    answer = new Bus.Outcome.Accepted();
    for (int beat = 0; beat < 2; beat++) {
      assertEquals(DetailType.SENSOR_HEARTBEAT, sent.poll(10, TimeUnit.SECONDS).type());
    }
    assertFalse(get("/readyz").contains("rejected"), get("/readyz"));
  }

  private String get(String path) throws IOException, InterruptedException {
    URI address = URI.create("http:/" + sensor.operationsAddress() + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
