package io.cattleguard.app.drill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.server.UpProcess;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.TakesLong;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  private static String of(JsonNode card, String id, String field) {
    for (JsonNode step : card.path("steps")) {
      if (step.path("step").asText().equals(id)) {
        return step.path(field).path(0).asText();
      }
    }
    throw new AssertionError(card + " has no step " + id);
  }
}
