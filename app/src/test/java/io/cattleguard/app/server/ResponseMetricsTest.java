package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.metrics.Vitals;
import io.cattleguard.sensor.operations.Exposition;
import io.cattleguard.sensor.operations.MetricsText;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ResponseMetricsTest {
  private final ResponseMetrics responses = new ResponseMetrics();

  private static ResponseDecided decided(
      ResponseOutcome outcome, long secondsAfterTheEvent, String... objections) {
    return new ResponseDecided(
        TestAlerts.scored(TestAlerts.alert("a1", "r", Severity.CRITICAL).build(), 85),
        "test",
        "isolate-pod",
        "web-1",
        outcome,
        List.of(objections),
        "said",
        TestAlerts.AT.plusSeconds(secondsAfterTheEvent),
        null);
  }

  private Map<String, Double> samples() {
    MetricsText text = new MetricsText();
    responses.write(text);
    return Exposition.read(new String(text.bytes(), StandardCharsets.UTF_8)).samples();
  }

  @Test
  void outcomesAreCountedByActionAndReachedCapsOnce() {
    responses.count(decided(ResponseOutcome.TAKEN, 2));
    responses.count(
        decided(
            ResponseOutcome.REFUSED,
            2,
            "the hourly cap of the workload is used up: 5 of 5 objects within 1 h",
            "the hourly cap of the cluster is used up: 20 of 20 objects within 1 h"));

    Map<String, Double> samples = samples();
    assertEquals(1.0, samples.get("cattleguard_responses_total{outcome=\"taken\"}"));
    assertEquals(
        1.0,
        samples.get("cattleguard_decisions_total{action=\"isolate-pod\",outcome=\"refused\"}"));
    assertEquals(1.0, samples.get("cattleguard_caps_reached_total"));
  }

  @Test
  void theTimeToContainIsThatOfTakenActionsOnly() {
    responses.count(decided(ResponseOutcome.TAKEN, 5));
    responses.count(decided(ResponseOutcome.TAKEN, 6));
    responses.count(decided(ResponseOutcome.TAKEN, 3_600));
    responses.count(decided(ResponseOutcome.TAKEN, -7));
    responses.count(decided(ResponseOutcome.FAILED, 1));

    Map<String, Double> samples = samples();
    String bucket = "cattleguard_time_to_contain_seconds_bucket{le=\"%s\"}";
    assertEquals(1.0, samples.get(bucket.formatted("0.1")), "a clock that is fast");
    assertEquals(2.0, samples.get(bucket.formatted("5.0")));
    assertEquals(3.0, samples.get(bucket.formatted("10.0")));
    assertEquals(4.0, samples.get(bucket.formatted("+Inf")));
    assertEquals(3_611.0, samples.get("cattleguard_time_to_contain_seconds_sum"));
  }

  @Test
  void theStateOfContainmentsIsWrittenInSeconds() {
    MetricsText text = new MetricsText();
    ResponseMetrics.write(new Vitals(3, 2, Duration.ofMillis(90_500), 1), text);
    Map<String, Double> samples =
        Exposition.read(new String(text.bytes(), StandardCharsets.UTF_8)).samples();

    assertEquals(
        Map.of(
            "cattleguard_live_containments", 3.0,
            "cattleguard_failed_undos", 2.0,
            "cattleguard_oldest_failed_undo_seconds", 90.5,
            "cattleguard_circuit_breaker_open", 1.0),
        samples);
  }
}
