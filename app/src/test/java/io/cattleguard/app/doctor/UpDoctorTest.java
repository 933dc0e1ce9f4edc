package io.cattleguard.app.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UpDoctorTest {
  private static final String METRICS =
      """
      # TYPE cattleguard_spool_lost_total counter
      cattleguard_spool_lost_total 0.0
      cattleguard_queue_entries{queue="score"} 3.0
      cattleguard_sensor_shed_total{severity="low"} 0.0
      cattleguard_sensor_shed_total{severity="high"} 0.0
      """;

  private final Map<String, String> answers = new HashMap<>();
  private final Map<String, Integer> statuses = new HashMap<>();
  private HttpServer server;

  @BeforeEach
  void listen() throws IOException {
    answers.put("/healthz", "ok\n");
    answers.put("/readyz", "ok\n");
    answers.put("/metrics", METRICS);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          byte[] answer = answers.getOrDefault(path, "").getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(statuses.getOrDefault(path, 200), answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void end() {
    server.stop(0);
  }

  private List<Diagnosis> examine() {
    return new UpDoctor(URI.create("http://127.0.0.1:" + server.getAddress().getPort())).examine();
  }

  private String problem() {
    List<Diagnosis> found = examine();
    assertEquals(1, found.size(), found::toString);
    assertEquals(Diagnosis.Result.PROBLEM, found.getFirst().result());
    return found.getFirst().says();
  }

  @Test
  void theAgeOfTheLastCanaryIsThatOfTheSlowestStep() {
    answers.put(
        "/metrics",
        METRICS
            + """
            cattleguard_canary_passed_total{step="score"} 2.0
            cattleguard_canary_passed_total{step="route"} 1.0
            cattleguard_canary_age_seconds{step="score"} 60.0
            cattleguard_canary_age_seconds{step="route"} 180.0
            """);
    assertTrue(examine().getFirst().says().endsWith("the last canary came back 3 min ago"));

    answers.put("/readyz", "ok\nthe canary does not pass route; look at that step\n");
    assertEquals("the canary does not pass route; look at that step", problem());
  }

  @Test
  void aServerThatTellsNobodyIsAProblemAndSaysWhatToSet() {
    String missing =
        "cattleguard_destination_not_configured{missing=\"chat: not configured: A_TOKEN is not"
            + " set\",people=\"yes\"} 1.0\n"
            + "cattleguard_destination_not_configured{missing=\"siem: not configured: B_URL is not"
            + " set\",people=\"no\"} 1.0\n";
    answers.put("/metrics", METRICS + "cattleguard_destinations_for_people 0.0\n" + missing);
    assertTrue(problem().startsWith("people receive no notifications"), problem());
    assertTrue(problem().endsWith("chat: not configured: A_TOKEN is not set"), problem());

    answers.put("/metrics", METRICS + "cattleguard_destinations_for_people 1.0\n" + missing);
    assertEquals(List.of(Diagnosis.Result.OK), examine().stream().map(Diagnosis::result).toList());
  }

  @Test
  void aServerThatIsWellIsCalledSo() {
    assertEquals(List.of(Diagnosis.Result.OK), examine().stream().map(Diagnosis::result).toList());
  }

  @Test
  void whatItSaysOfItselfIsAProblem() {
    statuses.put("/healthz", 503);
    answers.put("/healthz", "the worker score fails; restart the server\n");
    assertTrue(problem().contains("the worker score fails; restart the server"));
    statuses.clear();
    answers.put("/healthz", "ok");
    answers.put("/readyz", "ok\ndestination security-channel accepts no message\u001b[2J\n");
    assertTrue(problem().startsWith("destination security-channel accepts no message"));
    assertTrue(!problem().contains("\u001b"));
    statuses.put("/readyz", 503);
    answers.put("/readyz", "--data is not writable; free space on its disk\n");
    assertTrue(problem().contains("takes no alerts: --data is not writable"));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "cattleguard_sensor_shed_total{severity=\"low\"} 4.0, 4 alerts were dropped",
    "cattleguard_spool_lost_total 2.0, 2 alerts are lost",
    "cattleguard_state_lost_total 2.0, 2 rows of the state are lost",
    "cattleguard_worker_failures_total 1.0, 1 failures of a thread",
    "cattleguard_events_unbalanced 7.0, 7 events entered a step",
    "cattleguard_failed_undos 1.0, 1 containments could not be undone",
    "cattleguard_circuit_breaker_open{cluster=\"\"} 1.0, 1 circuit breaker open",
    "cattleguard_queue_entries{queue=\"route\"} 1000.0, 1000 entries wait in queue route",
  })
  void whatItsMetricsSayIsAProblem(String sample, String says) {
    answers.put("/metrics", METRICS + sample + "\n");
    assertTrue(problem().startsWith(says), problem());
  }

  @Test
  void anotherServerAndNoServerAreProblems() {
    answers.put("/metrics", "go_goroutines 4");
    assertTrue(problem().contains("check the URL"));
    server.stop(0);
    assertTrue(problem().contains("cannot be reached"));
  }
}
