package io.cattleguard.sensor.operations;

import io.cattleguard.events.Severity;
import io.cattleguard.sensor.intake.Intake;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What a sensor counts; every label has a fixed set of values, so there are no more series. */
public final class SensorMetrics {
  private final Map<String, LongAdder> received =
      counters(List.of("http", "falco_file", "tetragon_file"));
  private final Map<String, LongAdder> rejected =
      counters(List.of("too_large", "spool_unavailable", "malformed", "too_slow"));
  private final Map<Severity, LongAdder> shed = new EnumMap<>(Severity.class);
  private final Map<String, LongAdder> failures =
      counters(List.of("throttled", "refused", "unanswered"));
  public final LongAdder ignored = new LongAdder();
  final LongAdder unreadable = new LongAdder();
  public final LongAdder folded = new LongAdder();
  public final LongAdder sent = new LongAdder();
  public final LongAdder undeliverable = new LongAdder();
  public final LongAdder calls = new LongAdder();
  private final LongAdder heartbeats = new LongAdder();
  private final LongAdder heartbeatsLost = new LongAdder();
  public final LongAdder connectionsClosed = new LongAdder();

  /** With everything at zero. */
  public SensorMetrics() {
    for (Severity severity : Severity.values()) {
      shed.put(severity, new LongAdder());
    }
  }

  private static Map<String, LongAdder> counters(List<String> labels) {
    Map<String, LongAdder> counters = new ConcurrentHashMap<>();
    labels.forEach(label -> counters.put(label, new LongAdder()));
    return counters;
  }

  /** Counts what an input took in. */
  public void received(String input, Intake.Reception reception) {
    add(received, input, reception.observations().size() + reception.ignored());
    ignored.add(reception.ignored());
    unreadable.add(reception.unreadable());
  }

  /** Counts what an input turned away. */
  public void rejected(String reason) {
    add(rejected, reason, 1);
  }

  /** Counts an entry that the bus did not take. */
  public void failed(String reason, long entries) {
    add(failures, reason, entries);
  }

  private static void add(Map<String, LongAdder> counters, String label, long count) {
    LongAdder counter = counters.get(label);
    if (counter == null) {
      throw new IllegalArgumentException("no counter is labelled " + label);
    }
    counter.add(count);
  }

  /** Counts a heartbeat. */
  public void heartbeats(boolean taken) {
    (taken ? heartbeats : heartbeatsLost).increment();
  }

  /** Counts what the spool shed. */
  public void shed(Map<Severity, Long> bySeverity) {
    bySeverity.forEach(
        (severity, count) ->
            shed.computeIfPresent(
                severity,
                (same, counter) -> {
                  counter.add(count);
                  return counter;
                }));
  }

  /** What was shed so far, by severity. */
  public Map<Severity, Long> shedSoFar() {
    Map<Severity, Long> soFar = new EnumMap<>(Severity.class);
    shed.forEach((severity, count) -> soFar.put(severity, count.sum()));
    return soFar;
  }

  /** How many events were received. */
  public long receivedSoFar() {
    return received.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /** Writes the counters of the inputs. */
  public void writeInputs(MetricsText out) {
    out.counter("cattleguard_sensor_received_total", "Events handed in and understood or kept.");
    received.forEach((input, count) -> out.sample("input", input, count.sum()));
    out.counter("cattleguard_sensor_ignored_total", "Events that are no alerts.", ignored.sum());
    out.counter(
        "cattleguard_sensor_unreadable_total",
        "Events that could not be read; they are kept and sent on as they are.",
        unreadable.sum());
    out.counter("cattleguard_sensor_rejected_total", "Requests that were not answered with 200.");
    rejected.forEach((reason, count) -> out.sample("reason", reason, count.sum()));
    out.counter(
        "cattleguard_sensor_connections_closed_total",
        "Connections closed to make room for others.",
        connectionsClosed.sum());
    out.counter(
        "cattleguard_sensor_shed_total", "Alerts dropped from a full spool, least severe first.");
    shed.forEach((severity, count) -> out.sample("severity", severity.jsonName(), count.sum()));
  }

  /** Writes the counters of what is sent. */
  public void writeSending(MetricsText out) {
    out.counter(
        "cattleguard_sensor_folded_total",
        "Alerts that travelled in another one's count.",
        folded.sum());
    out.counter("cattleguard_sensor_sent_total", "Alerts that the bus took.", sent.sum());
    out.counter(
        "cattleguard_sensor_undeliverable_total",
        "Alerts that the bus refuses for what they hold; kept in the spool's directory.",
        undeliverable.sum());
    out.counter("cattleguard_sensor_calls_total", "PutEvents calls.", calls.sum());
    out.counter("cattleguard_sensor_heartbeats_total", "Heartbeats, by whether the bus took them.");
    out.sample("outcome", "taken", heartbeats.sum());
    out.sample("outcome", "lost", heartbeatsLost.sum());
    out.counter("cattleguard_sensor_send_failures_total", "Entries that the bus did not take.");
    failures.forEach((reason, count) -> out.sample("reason", reason, count.sum()));
  }
}
