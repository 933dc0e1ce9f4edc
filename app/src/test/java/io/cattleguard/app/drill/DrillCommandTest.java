package io.cattleguard.app.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.cattleguard.app.server.UpProcess;
import io.cattleguard.app.testing.CommandProcess;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.TakesLong;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command, without a cluster. */
final class DrillCommandTest {
  @TempDir private Path folder;

  @Test
  void aServerThatIsAwayIsAFailure() {
    Shell.Result result =
        new Shell()
            .run(
                "drill",
                "--data",
                folder.toString(),
                "--inject",
                "--input",
                "http://127.0.0.1:1/",
                "--yes");

    assertEquals(1, result.code(), result.err());
    assertTrue(result.err().contains("cattleguard: "), result.err());
  }

  @Test
  @TakesLong
  void everyInjectedStepIsFollowedThroughAServer() throws Exception {
    Path data = folder.resolve("data");
    try (UpProcess up = new UpProcess(Optional.empty(), Policies.defaultPolicy(), data).start()) {
      InetSocketAddress address = up.address();
      Shell.Result result =
          new Shell()
              .run(
                  "drill",
                  "--data",
                  data.toString(),
                  "--inject",
                  "--input",
                  "http://127.0.0.1:" + address.getPort() + "/",
                  "--yes",
                  "--json");

      assertEquals(0, result.code(), () -> result.err() + result.out());
      JsonNode card = result.json();
      assertTrue(card.path("injected").asBoolean());
      assertEquals(DrillStep.values().length, card.path("steps").size());
      for (JsonNode step : card.path("steps")) {
        assertEquals("sensed", step.path("result").asText(), step::toString);
        assertTrue(step.path("score").asInt() > 0, step::toString);
        assertTrue(step.path("routedTo").toString().contains("siem"), step::toString);
      }
      assertEquals(
          "falco: Drop and execute new binary in container", of(card, "dropped", "sensedBy"));
      assertTrue(of(card, "dropped", "responses").contains("observe mode: "), card::toString);
      assertEquals("tetragon: connections", of(card, "mining", "sensedBy"));
    }
  }

  /** An input that accepts what it gets and passes nothing on. */
  private static HttpServer blackHole(CountDownLatch received) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
          received.countDown();
        });
    server.start();
    return server;
  }

  @ParameterizedTest
  @ValueSource(strings = {"--json", "--markdown"})
  @TakesLong
  void anInterruptedDrillPrintsTheCardSoFar(String format) throws Exception {
    Path data = folder.resolve("data");
    CountDownLatch received = new CountDownLatch(2);
    HttpServer input = blackHole(received);
    try (UpProcess up = new UpProcess(Optional.empty(), Policies.defaultPolicy(), data).start();
        CommandProcess drill =
            CommandProcess.start(
                folder,
                Map.of(),
                "drill",
                "--data",
                data.toString(),
                "--inject",
                "--input",
                "http://127.0.0.1:" + input.getAddress().getPort() + "/",
                "--steps",
                "shell,dropped",
                "--timeout",
                "5m",
                "--yes",
                format)) {
      assertTrue(received.await(2, TimeUnit.MINUTES));
      drill.interrupt();
      Shell.Result result = drill.result();

      assertNotEquals(0, result.code());
      assertTrue(result.err().contains("interrupted"), result.err());
      String says = "0 of 2 steps sensed, 0 refused by admission, 0 unseen, 2 interrupted";
      if (format.equals("--json")) {
        JsonNode card = result.json();
        assertFalse(card.path("passed").asBoolean(true), result.out());
        assertEquals(2, card.path("steps").size(), result.out());
        for (JsonNode step : card.path("steps")) {
          assertEquals("interrupted", step.path("result").asText(), step::toString);
          assertTrue(step.path("why").asText().contains("no sensor"), step::toString);
        }
      } else {
        assertTrue(result.out().contains(says), result.out());
      }
      assertTrue(up.address().getPort() > 0);
    } finally {
      input.stop(0);
    }
  }

  private static String of(JsonNode card, String id, String field) {
    for (JsonNode step : card.path("steps")) {
      if (step.path("step").asText().equals(id)) {
        return step.path(field).path(0).asText();
      }
    }
    throw new AssertionError(card + " has no step " + id);
  }
}
