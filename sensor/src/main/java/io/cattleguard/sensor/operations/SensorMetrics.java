package io.cattleguard.sensor.operations;

import io.cattleguard.events.Severity;
import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.intake.Observation;
import io.cattleguard.sensor.spool.Round;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * The counters of a sensor. Every label has a fixed set of values, so the number of series is
 * fixed.
 */
public final class SensorMetrics {
  private final Map<String, LongAdder> received =
      counters(List.of("http", "falco_file", "tetragon_file"));
  private final Map<String, LongAdder> rejected =
      counters(
          List.of(
              "too_large",
              "spool_unavailable",
              "malformed",
              "too_slow",
              "unauthorized",
              "unverified",
              "encoding",
              "overloaded",
              "tls"));
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
  private final LongAdder workerFailures = new LongAdder();
  private final Latency stored = new Latency();
  private final Latency accepted = new Latency();

  /** Creates the counters at zero. */
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

  /** Counts the events that an input received. */
  public void received(String input, Intake.Reception reception) {
    add(received, input, reception.observations().size() + reception.ignored());
    ignored.add(reception.ignored());
    unreadable.add(reception.unreadable());
  }

  /** Counts a request that an input rejected. */
  public void rejected(String reason) {
    add(rejected, reason, 1);
  }

  /** Counts an entry that the bus did not accept. */
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

  /** Counts a failure of a thread or a scheduled task, which is then restarted. */
  public void workerFailed() {
    workerFailures.increment();
  }

  /** How often threads and scheduled tasks failed. */
  public long workerFailures() {
    return workerFailures.sum();
  }

  /** Measures how long these took until they were on disk. */
  public void stored(List<Observation> observations, Instant now) {
    long millis = now.toEpochMilli();
    for (Observation observation : observations) {
      stored.observe(millis - observation.observedAt().toEpochMilli(), 1);
    }
  }

  /** Measures how long an alert and its repeats took until the bus accepted them. */
  public void accepted(Round.Folded alert, Instant now) {
    accepted.observe(now.toEpochMilli() - alert.firstAt().toEpochMilli(), 1);
    if (alert.count() > 1) {
      accepted.observe(now.toEpochMilli() - alert.lastAt().toEpochMilli(), alert.count() - 1);
    }
  }

  /** Counts the alerts that the spool shed. */
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

  /** The alerts that were shed so far, by severity. */
  public Map<Severity, Long> shedSoFar() {
    Map<Severity, Long> soFar = new EnumMap<>(Severity.class);
    shed.forEach((severity, count) -> soFar.put(severity, count.sum()));
    return soFar;
  }

  /** How many events were received. */
  public long receivedSoFar() {
    return received.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /** The requests that were rejected so far, by reason. */
  public Map<String, Long> rejectedSoFar() {
    Map<String, Long> soFar = new TreeMap<>();
    rejected.forEach((reason, count) -> soFar.put(reason, count.sum()));
    return soFar;
  }

  /** Received events that could not be parsed so far. */
  public long unreadableSoFar() {
    return unreadable.sum();
  }

  /** Writes the counters of the inputs. */
  public void writeInputs(MetricsText out) {
    out.counter(
        "cattleguard_sensor_received_total",
        "Events received, including ignored and unreadable ones.",
        "input",
        received);
    out.counter(
        "cattleguard_sensor_ignored_total", "Received events that are not alerts.", ignored.sum());
    out.counter(
        "cattleguard_sensor_unreadable_total",
        "Received events that could not be parsed. They are stored and sent unchanged.",
        unreadable.sum());
    out.counter(
        "cattleguard_sensor_rejected_total",
        "Requests that were rejected, by reason.",
        "reason",
        rejected);
    out.counter(
        "cattleguard_sensor_connections_closed_total",
        "Connections closed to make room for new ones.",
        connectionsClosed.sum());
    Map<String, Long> shedByName = new HashMap<>();
    shed.forEach((severity, count) -> shedByName.put(severity.jsonName(), count.sum()));
    out.counter(
        "cattleguard_sensor_shed_total",
        "Alerts dropped from a full spool, least severe first.",
        "severity",
        shedByName);
  }

  /** Writes the counters of sending. */
  public void writeSending(MetricsText out) {
    stored.write(
        out,
        "cattleguard_sensor_stored_seconds",
        "Time from an alert's own time until it was on disk.");
    accepted.write(
        out,
        "cattleguard_sensor_accepted_seconds",
        "Time from an alert's own time until the event bus accepted it.");
    out.counter(
        "cattleguard_sensor_worker_failures_total",
        "Failures of a thread or scheduled task, which was then restarted.",
        workerFailures.sum());
    out.counter(
        "cattleguard_sensor_folded_total",
        "Alerts that were not sent themselves, but counted in an equal alert that was sent.",
        folded.sum());
    out.counter("cattleguard_sensor_sent_total", "Alerts accepted by the event bus.", sent.sum());
    out.counter(
        "cattleguard_sensor_undeliverable_total",
        "Alerts that the event bus rejects for their content. They stay in the spool directory.",
        undeliverable.sum());
    out.counter("cattleguard_sensor_calls_total", "PutEvents calls.", calls.sum());
    out.counter(
        "cattleguard_sensor_heartbeats_total",
        "Heartbeats, by whether the event bus accepted them.",
        "outcome",
        Map.of("taken", heartbeats, "lost", heartbeatsLost));
    out.counter(
        "cattleguard_sensor_send_failures_total",
        "Entries that the event bus did not accept.",
        "reason",
        failures);
  }
}
