package io.cattleguard.sensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.sensor.cli.SensorCommand;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.send.Bus;
import io.cattleguard.sources.FalcoEvent;
import io.netty.channel.EventLoop;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The answers of a running sensor to the kubelet's probes. */
final class HealthTest {
  private final HttpClient client = HttpClient.newHttpClient();
  private Sensor sensor;

  /** The bus throttles every call, so that alerts stay in the spool. */
  @BeforeEach
  void start(@TempDir Path spool) {
    Bus bus =
        entries ->
            entries.stream()
                .<Bus.Outcome>map(
                    entry -> new Bus.Outcome.Later("throttled", "ThrottlingException"))
                .toList();
    PrintStream quiet =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    sensor =
        Sensor.start(
            SensorCommand.settings(
                "--cluster",
                "blue",
                "--listen",
                "127.0.0.1:0",
                "--operations-listen",
                "127.0.0.1:0",
                "--spool",
                spool.toString()),
            bus,
            new SensorLog(quiet, Clock.systemUTC()),
            Clock.systemUTC());
  }

  @AfterEach
  void end() {
    sensor.close();
    client.shutdownNow();
  }

  @Test
  void anEventBusThatAcceptsNothingIsANoteAndNoReasonForARestart() throws Exception {
    URI alerts = URI.create("http://127.0.0.1:" + sensor.address().getPort() + "/");
    HttpRequest post =
        HttpRequest.newBuilder(alerts)
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    new FalcoEvent("rule", "Warning", "output").toString()))
            .build();
    assertEquals(200, client.send(post, HttpResponse.BodyHandlers.discarding()).statusCode());

    await("/readyz", answer -> answer.body().contains("the event bus accepts no alerts"));

    assertEquals(200, get("/readyz").statusCode());
    assertEquals(200, get("/healthz").statusCode());
  }

  @Test
  void aSensorWhoseThreadForAlertsEndedIsRestarted() throws Exception {
    assertEquals(200, get("/healthz").statusCode());

    ((EventLoop) sensor.alertThread()).shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();

    await("/healthz", answer -> answer.statusCode() == 503);
  }

  private void await(String path, Predicate<HttpResponse<String>> expected) throws Exception {
    long until = System.nanoTime() + 20_000_000_000L;
    HttpResponse<String> answer = get(path);
    while (!expected.test(answer)) {
      assertTrue(System.nanoTime() < until, path + ": " + answer.body());
      Thread.sleep(20);
      answer = get(path);
    }
  }

  private HttpResponse<String> get(String path) throws Exception {
    URI address = URI.create("http://127.0.0.1:" + sensor.operationsAddress().getPort() + path);
    return client.send(
        HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
  }
}
