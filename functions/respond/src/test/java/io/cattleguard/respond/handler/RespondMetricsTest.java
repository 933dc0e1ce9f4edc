package io.cattleguard.respond.handler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.canary.Canary;
import io.cattleguard.respond.metrics.Vitals;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Tests the metrics of a responder's function. */
final class RespondMetricsTest {
  private final Set<String> seen = new TreeSet<>();

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

  @Test
  void theAnswerToACanaryIsCountedAsACanaryOnly() {
    ResponseDecided answer =
        Canary.answer(TestAlerts.scored(TestAlerts.canary("c"), 5), "aws", TestAlerts.AT);

    assertEquals(Map.of("canaries", 1L), RespondHandler.counts(answer));
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

  private static ResponseDecided taken(String action, Instant at) {
    return new ResponseDecided(
        TestAlerts.scored(TestAlerts.alert("a1", "r", Severity.CRITICAL).build(), 85),
        "test",
        action,
        "web-1",
        ResponseOutcome.TAKEN,
        List.of(),
        "done",
        at,
        null);
  }

  @Test
  void theTimeToContainIsThatFromTheEventUntilTheContainmentWasSeen() {
    assertEquals(
        Map.of("timeToContain", 2_500L),
        RespondHandler.millis(taken("isolate-pod", TestAlerts.AT.plusMillis(2_500))));
    for (String nothing : List.of("capture-evidence", "cordon-node")) {
      assertEquals(
          Map.of(),
          RespondHandler.millis(taken(nothing, TestAlerts.AT.plusSeconds(1))),
          nothing + " contains nothing");
    }
    assertEquals(
        Map.of(),
        RespondHandler.millis(
            taken("newest-action", TestAlerts.AT).with(ResponseDecided.Effect.LIMITS)),
        "its event states what it does");
    assertEquals(Map.of(), RespondHandler.millis(refused("why")));
  }

  /** The names of the metrics that a responder emits: counters, and durations of each call. */
  private static Set<String> emitted(boolean durations) {
    Set<String> names = new TreeSet<>();
    if (durations) {
      names.addAll(RespondHandler.millis(taken("isolate-pod", TestAlerts.AT)).keySet());
      names.addAll(RespondHandler.millis(Vitals.NONE).keySet());
      return names;
    }
    names.addAll(RespondHandler.counts(Vitals.NONE).keySet());
    names.add(RespondHandler.COMMANDS_IGNORED);
    for (ResponseOutcome outcome : ResponseOutcome.values()) {
      names.add(outcome.jsonName());
    }
    return names;
  }

  private static String terraform(String file) throws IOException {
    return Files.readString(ContractFiles.root().resolve("infra/terraform/" + file));
  }

  @Test
  void everyMetricThatAnAlarmWatchesIsReported() throws IOException {
    String counters = terraform("alarms.tf").split("response_counters = merge", 2)[1];
    List<String> watched =
        Pattern.compile("metric +=  *\"([a-zA-Z]+)\"")
            .matcher(counters.split("resource \"", 2)[0])
            .results()
            .map(match -> match.group(1))
            .toList();

    assertEquals(4, watched.size(), watched::toString);
    assertEquals(List.of(), watched.stream().filter(one -> !emitted(false).contains(one)).toList());
  }

  @Test
  void theDashboardShowsMetricsThatRespondersEmitWithTheStatisticsThatFitThem() throws IOException {
    for (String row : terraform("dashboard.tf").split("\\{\\s*\n\\s*title", -1)) {
      if (!row.contains("for step in [\"respond-kubernetes\", \"respond-aws\"]")) {
        continue;
      }
      Set<String> shown = new TreeSet<>();
      Pattern.compile("for (?:outcome|metric) in \\[([^]]+)]")
          .matcher(row)
          .results()
          .forEach(
              match -> shown.addAll(List.of(match.group(1).replaceAll("[\" ]", "").split(","))));
      Pattern.compile("\\[\"Cattleguard\", \"([A-Za-z-]+)\"")
          .matcher(row)
          .results()
          .forEach(match -> shown.add(match.group(1)));
      boolean durations = emitted(true).containsAll(shown);

      assertFalse(shown.isEmpty(), row);
      assertTrue(durations || emitted(false).containsAll(shown), shown::toString);
      if (shown.equals(Set.of("timeToContain"))) {
        // One value per containment, so CloudWatch computes percentiles of them.
        assertTrue(row.contains("for stat in [\"p50\", \"p99\"]"), row);
        assertTrue(row.contains("{ stat = stat,"), row);
      }
      seen.addAll(shown);
    }
    assertTrue(
        seen.containsAll(
            Set.of("timeToContain", "taken", "capsReached", "liveContainments", "failedUndos")),
        seen::toString);
  }

  @Test
  void bothRespondersMayPublishTheirAnswersToCommands() throws IOException {
    for (String page : List.of("respond-kubernetes.tf", "respond-aws.tf")) {
      assertTrue(
          terraform(page).contains("other_detail_types = [local.operator_detail_type]"), page);
    }
    assertTrue(
        terraform("modules/function/main.tf")
            .contains("concat([statement.value.detail_type], statement.value.other_detail_types)"));
  }
}
