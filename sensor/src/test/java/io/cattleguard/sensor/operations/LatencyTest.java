package io.cattleguard.sensor.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LatencyTest {
  private static double of(Map<String, Double> samples, String series) {
    return samples.getOrDefault(series, Double.NaN);
  }

  @Test
  void eachAlertIsInTheBucketsThatItFits() throws Exception {
    Latency latency = new Latency();
    latency.observe(5, 1);
    latency.observe(6, 2);
    latency.observe(-40, 1);
    latency.observe(86_400_000, 1);
    MetricsText text = new MetricsText();
    latency.write(text, "took_seconds", "A time.");
    Map<String, Double> samples =
        Exposition.read(new String(text.bytes(), StandardCharsets.UTF_8)).samples();

    assertEquals(2.0, of(samples, "took_seconds_bucket{le=\"0.005\"}"));
    assertEquals(4.0, of(samples, "took_seconds_bucket{le=\"0.01\"}"));
    assertEquals(4.0, of(samples, "took_seconds_bucket{le=\"300.0\"}"));
    assertEquals(5.0, of(samples, "took_seconds_bucket{le=\"+Inf\"}"));
    assertEquals(5.0, of(samples, "took_seconds_count"));
    assertEquals(86_400.017, of(samples, "took_seconds_sum"), 1e-9);
  }
}
