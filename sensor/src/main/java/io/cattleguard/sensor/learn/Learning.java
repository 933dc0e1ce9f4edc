package io.cattleguard.sensor.learn;

import io.cattleguard.models.Observations;
import io.cattleguard.sensor.intake.LearningInput;
import io.cattleguard.sensor.operations.MetricsText;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.operations.Worker;
import io.cattleguard.sensor.send.Bus;
import io.cattleguard.sensor.settings.SensorSettings;
import io.cattleguard.sources.AlertReader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The thread that learns, separate from the road of the alerts. */
public final class Learning implements AutoCloseable {
  /** Events per second; more are left in the queue, which drops what does not fit. */
  static final int EVENTS_PER_SECOND = 2_000;

  private static final long WAIT_MILLIS = 500;
  private static final long PAUSE_MILLIS = 20;

  private final LearningQueue queue = new LearningQueue();
  private final FactsFile facts;
  private final NodeObserver observer;
  private final InstantSource clock;
  private final Worker worker;
  private volatile boolean closed;

  /**
   * The inputs and the storage of learning.
   *
   * @param entryBytes maximum bytes of a report
   * @param directory for the file that a restart continues with
   * @param facts the file with the cluster's services and volumes
   */
  public record Scope(
      String cluster, String node, int entryBytes, Path directory, Optional<Path> facts) {}

  /** Learns what the settings' node does and reports it on the bus. */
  public Learning(
      SensorSettings settings, Bus bus, SensorMetrics metrics, SensorLog log, InstantSource clock) {
    this(
        new Scope(
            settings.cluster(),
            settings.node(),
            settings.callBytes(),
            settings.spool(),
            settings.learnFacts()),
        bus,
        metrics,
        log,
        clock);
  }

  /** Learns what that node does and reports it on the bus. */
  public Learning(Scope scope, Bus bus, SensorMetrics metrics, SensorLog log, InstantSource clock) {
    this.clock = clock;
    this.facts = new FactsFile(scope.facts(), sentence -> log.warn(sentence));
    this.observer =
        new NodeObserver(
            scope.cluster(),
            scope.node(),
            scope.entryBytes(),
            bus,
            scope.directory(),
            new Observations(new AlertReader(), facts, facts),
            sentence -> log.warn(sentence),
            clock.instant());
    this.worker =
        new Worker(
            "learning",
            this::run,
            sentence -> {
              metrics.workerFailed();
              log.warn(sentence);
            });
  }

  /** Where events are offered. */
  public LearningInput input() {
    return queue;
  }

  /** Starts the thread. */
  public void start() {
    worker.start();
  }

  /** Learns nothing while the sensor exceeds its limit of CPU. */
  public void pause(boolean pause) {
    queue.pause(pause);
  }

  /** How many events were not learnt from, so that alerts do not wait. */
  public long dropped() {
    return queue.dropped().values().stream().mapToLong(Long::longValue).sum();
  }

  private void run() throws InterruptedException {
    Instant second = clock.instant();
    int taken = 0;
    facts.refresh(second);
    while (!closed) {
      Instant now = clock.instant();
      if (Duration.between(second, now).abs().toMillis() >= 1_000) {
        second = now;
        taken = 0;
        facts.refresh(now);
        observer.tick(now);
        worker.works();
      }
      if (taken >= EVENTS_PER_SECOND) {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        continue;
      }
      Optional<byte[]> event = queue.next(WAIT_MILLIS);
      if (event.isPresent()) {
        taken++;
        observer.take(event.get(), now);
      }
    }
    observer.save(clock.instant());
  }

  /** Writes the metrics. */
  public void write(MetricsText out) {
    out.counter(
        "cattleguard_sensor_learning_dropped_total",
        "Events that learning skipped, so that alerts do not wait.",
        "reason",
        queue.dropped());
    observer.write(out);
  }

  /**
   * Saves what was learnt. If that takes too long, for example in a call, a part is learnt again.
   */
  @Override
  public void close() {
    closed = true;
    worker.join(Duration.ofSeconds(3));
  }
}
