package io.cattleguard.respond.handler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a responder's function counts. */
final class RespondMetricsTest {

  @Test
  void anOutcomeIsCountedAlsoByActionAndSoIsAReachedCap() {
    assertEquals(
        Map.of("refused", 1L, "delete-pod-refused", 1L), RespondHandler.counts(refused("why")));
    String cap = "the hourly cap of the cluster is used up: 20 of 20 objects within 1 h";
    assertEquals(
        Map.of("refused", 1L, "delete-pod-refused", 1L, "capsReached", 1L),
        RespondHandler.counts(refused(cap)));
    assertEquals(
        Map.of("refused", 1L, "delete-pod-refused", 1L),
        RespondHandler.counts(refused("the pod is called: " + cap)),
        "an alert's text is no cap");
  }

  private static ResponseDecided refused(String objection) {
    return new ResponseDecided(
        TestAlerts.scored(TestAlerts.alert("a1", "r", Severity.CRITICAL).build(), 85),
        "test",
        "delete-pod",
        "web-1",
        ResponseOutcome.REFUSED,
        List.of(objection),
        "no",
        TestAlerts.AT,
        null);
  }

  @Test
  void everyMetricThatAnAlarmWatchesIsReported() throws IOException {
    String alarms = Files.readString(ContractFiles.root().resolve("infra/terraform/alarms.tf"));
    String handler =
        Files.readString(
            ContractFiles.root()
                .resolve(
                    "functions/respond/src/main/java/io/cattleguard/respond/handler/RespondHandler.java"));
    for (String metric : List.of("failedUndos", "breakersOpen", "capsReached")) {
      assertTrue(alarms.contains("\"" + metric + "\""), metric);
      assertTrue(handler.contains("\"" + metric + "\""), metric);
    }
  }
}
