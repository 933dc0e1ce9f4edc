package io.cattleguard.sensor;

import io.cattleguard.events.build.BuildVersion;
import io.cattleguard.sensor.file.Tails;
import io.cattleguard.sensor.http.HttpTls;
import io.cattleguard.sensor.learn.Learning;
import io.cattleguard.sensor.operations.MetricsText;
import io.cattleguard.sensor.operations.SensorMetrics;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The answer of {@code /metrics}: the counters, and gauges of the current state. */
record MetricsPage(
    SensorMetrics metrics,
    Backlog backlog,
    Health health,
    ResourceWatch resources,
    Tails tails,
    Optional<Learning> learning,
    Optional<HttpTls> tls) {
  MetricsText text() {
    MetricsText out = new MetricsText();
    metrics.writeInputs(out);
    metrics.writeSending(out);
    tails.write(out);
    learning.ifPresent(one -> one.write(out));
    writeBacklog(out);
    out.gauge(
        "cattleguard_sensor_spool_healthy",
        "1 while the spool can be written, 0 while it cannot.",
        health.isSpoolWritable() ? 1 : 0);
    out.gauge(
        "cattleguard_sensor_sending",
        "1 while the event bus accepts alerts, 0 while sending fails.",
        backlog.sender().isFailing() ? 0 : 1);
    List<String> exceeded = resources.exceeded();
    out.gauge(
        "cattleguard_sensor_degraded",
        "1 while the sensor exceeds its limit of the resource.",
        "resource",
        Map.of(
            "cpu",
            exceeded.contains("cpu") ? 1 : 0,
            "memory",
            exceeded.contains("memory") ? 1 : 0));
    out.info(
        "cattleguard_sensor_info", "Version of the sensor.", "version", BuildVersion.current());
    resources.utilisation().write(out);
    tls.ifPresent(
        one ->
            out.gauge(
                "cattleguard_sensor_tls_certificate_expiry_timestamp_seconds",
                "When the TLS certificate in use expires, in seconds since 1970.",
                one.expires().getEpochSecond()));
    return out;
  }

  private void writeBacklog(MetricsText out) {
    out.gauge(
        "cattleguard_sensor_spool_alerts",
        "Alerts in the spool, waiting to be sent.",
        backlog.waiting());
    out.gauge(
        "cattleguard_sensor_set_aside_alerts",
        "Alerts in the spool that the event bus rejects even when sent alone. They are retried with"
            + " pauses.",
        backlog.sender().setAside());
    out.gauge(
        "cattleguard_sensor_spool_bytes",
        "Size of the alerts in the spool.",
        backlog.spool().bytes());
    out.gauge(
        "cattleguard_sensor_spool_limit_bytes",
        "Maximum size of the spool.",
        backlog.spool().limitBytes());
    out.gauge(
        "cattleguard_sensor_oldest_alert_age_seconds",
        "Age of the oldest alert in the spool.",
        backlog.oldestAge());
    out.counter(
        "cattleguard_sensor_lost_total",
        "Alerts that were stored and are lost, because the spool's file was damaged.",
        backlog.lost());
  }
}
