package io.cattleguard.sensor;

import io.cattleguard.events.DetailType;
import io.cattleguard.events.build.BuildVersion;
import io.cattleguard.events.heartbeat.SensorHeartbeat;
import io.cattleguard.sensor.file.Tails;
import io.cattleguard.sensor.http.HttpInput;
import io.cattleguard.sensor.http.HttpTls;
import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.intake.LearningInput;
import io.cattleguard.sensor.intake.Observation;
import io.cattleguard.sensor.learn.Learning;
import io.cattleguard.sensor.operations.LoopWatch;
import io.cattleguard.sensor.operations.MetricsText;
import io.cattleguard.sensor.operations.Operations;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.operations.Thresholds;
import io.cattleguard.sensor.operations.Utilisation;
import io.cattleguard.sensor.operations.Worker;
import io.cattleguard.sensor.send.Bus;
import io.cattleguard.sensor.send.Sender;
import io.cattleguard.sensor.settings.SensorException;
import io.cattleguard.sensor.settings.SensorSettings;
import io.cattleguard.sensor.spool.Entry;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.Spool;
import io.cattleguard.sensor.spool.SpoolUnavailable;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The node agent: connects its inputs, spool, sender, log, metrics and health. */
public final class Sensor implements AutoCloseable {
  private static final int STRETCHED_WINDOW = 5;
  private static final Duration HEAL = Duration.ofSeconds(1);
  private static final Duration HEAL_AT_LEAST = Duration.ofMinutes(2);
  private static final Duration LOOK_AT_ITSELF = Duration.ofSeconds(10);

  private final SensorSettings settings;
  private final SensorLog log;
  private final InstantSource clock;
  private final SensorMetrics metrics = new SensorMetrics();
  private final Utilisation utilisation = new Utilisation();
  private final Thresholds thresholds;
  private final Spool spool;
  private final GroupCommit commits;
  private final Sender sender;
  private final Bus bus;
  private final Optional<Learning> learning;
  private final Tails tails;
  private final Optional<HttpTls> tls;
  private final HttpInput http;
  private final Operations operations;
  private final ScheduledExecutorService housekeeping =
      // Two threads, because a heartbeat may wait for the bus, and repairs must not.
      Executors.newScheduledThreadPool(
          2, Thread.ofPlatform().name("housekeeping").daemon(true).factory());

  private final LoopWatch alerts;

  private boolean wasHealthy = true;
  private volatile long healedNanos = System.nanoTime();
  private volatile List<String> exceeded = List.of();

  /** The reason for which the receiver permanently rejects the heartbeats. */
  private volatile Optional<String> beatRejected = Optional.empty();

  private Sensor(SensorSettings settings, Bus bus, SensorLog log, InstantSource clock) {
    this.settings = settings;
    this.log = log;
    this.clock = clock;
    this.bus = bus;
    this.thresholds = new Thresholds(settings.cpuLimit(), settings.memoryLimitBytes());
    this.spool =
        Spool.open(settings.spool(), settings.spoolBytes(), settings.spoolSync(), clock.instant());
    metrics.shed(spool.shedBefore());
    SenderHolder holder = new SenderHolder();
    this.commits =
        new GroupCommit(
            spool,
            metrics::shed,
            observations -> {
              metrics.stored(observations, clock.instant());
              holder.arrived(observations);
            });
    this.sender = new Sender(spool, commits, bus, settings, metrics, log, clock);
    holder.sender = sender;
    this.learning =
        settings.learn()
            ? Optional.of(new Learning(settings, bus, metrics, log, clock))
            : Optional.empty();
    Intake intake =
        new Intake(settings.cluster(), learning.map(Learning::input).orElse(LearningInput.NONE));
    this.tails = new Tails(settings, intake, spool, commits, metrics, log, clock);
    this.tls = settings.tls().map(files -> HttpTls.open(files, log));
    this.http =
        HttpInput.start(
            settings.listen(),
            tls,
            settings.bodyBytes(),
            intake,
            commits,
            metrics,
            this::refused,
            clock);
    this.alerts = new LoopWatch("the port for alerts", http.thread());
    this.operations =
        Operations.start(
            settings.operationsListen(),
            new Operations.Answers(this::ailment, this::unready, this::notes, this::metricsText));
  }

  /**
   * Notifies the sender, which is created after the spool's thread; alerts before that wait in the
   * spool.
   */
  private static final class SenderHolder {
    private volatile @Nullable Sender sender;

    private void arrived(List<Observation> observations) {
      Sender to = sender;
      if (to != null) {
        to.arrived(observations);
      }
    }
  }

  /**
   * Starts.
   *
   * @throws SensorException if it cannot start; the message says what to do
   */
  @SuppressWarnings("FutureReturnValueIgnored") // housekeeping runs until the executor is shut down
  public static Sensor start(SensorSettings settings, Bus bus, SensorLog log, InstantSource clock) {
    Sensor sensor = new Sensor(settings, bus, log, clock);
    sensor.sender.start();
    sensor.learning.ifPresent(Learning::start);
    sensor.tails.start();
    sensor.housekeeping.scheduleAtFixedRate(
        sensor.safely("resource use", sensor::lookAtItself),
        0,
        LOOK_AT_ITSELF.toMillis(),
        TimeUnit.MILLISECONDS);
    sensor.housekeeping.scheduleAtFixedRate(
        sensor.safely("healing", sensor::heal), 0, HEAL.toMillis(), TimeUnit.MILLISECONDS);
    sensor.housekeeping.scheduleAtFixedRate(
        sensor.safely("heartbeat", sensor::beat),
        0,
        settings.heartbeat().toMillis(),
        TimeUnit.MILLISECONDS);
    log.info(
        "listening",
        "alerts",
        sensor.http.address().getHostString() + ":" + sensor.http.address().getPort(),
        "clients",
        settings.tls().isPresent()
            ? "client certificate required"
            : "no authentication: use TLS or a NetworkPolicy if others can reach this address",
        "operations",
        sensor.operations.address().getHostString() + ":" + sensor.operations.address().getPort(),
        "waiting",
        String.valueOf(sensor.spool.alerts()));
    return sensor;
  }

  public InetSocketAddress address() {
    return http.address();
  }

  InetSocketAddress operationsAddress() {
    return operations.address();
  }

  /** For tests: stops the thread. */
  Executor alertThread() {
    return http.thread();
  }

  private void refused(String reason, String detail, String client, long unlogged) {
    log.warn(
        "client refused",
        "reason",
        reason,
        "detail",
        detail,
        "client",
        client,
        "unlogged",
        String.valueOf(unlogged));
  }

  private Optional<String> ailment() {
    if (alerts.ailment().isPresent()) {
      return alerts.ailment();
    }
    if (System.nanoTime() - healedNanos > HEAL_AT_LEAST.toNanos()) {
      return Optional.of("housekeeping hangs; restart the sensor");
    }
    if (!http.isListening()) {
      return Optional.of("the port for alerts is closed; restart the sensor");
    }
    return sender.isAlive() && tails.isAlive()
        ? Optional.empty()
        : Optional.of("a worker thread has died; restart the sensor");
  }

  private Optional<String> unready() {
    return commits.isHealthy()
        ? Optional.empty()
        : Optional.of("the spool is not writable; see the log and free disk space");
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (sender.isFailing()) {
      notes.add("the event bus accepts no alerts, they wait in the spool; the log has the reason");
    }
    if (sender.setAside() > 0) {
      notes.add(
          sender.setAside()
              + " alerts are rejected alone by the event bus or a proxy in front of it; the log has"
              + " the reason");
    }
    beatRejected.ifPresent(why -> notes.add("heartbeats are rejected: " + why));
    if (lost() > 0) {
      notes.add(
          "the spool's file was damaged and "
              + lost()
              + " alerts are lost; check the disk, and the spool.db.broken files");
    }
    return notes;
  }

  private MetricsText metricsText() {
    MetricsText out = new MetricsText();
    metrics.writeInputs(out);
    metrics.writeSending(out);
    tails.write(out);
    learning.ifPresent(one -> one.write(out));
    out.gauge(
        "cattleguard_sensor_spool_alerts", "Alerts in the spool, waiting to be sent.", waiting());
    out.gauge(
        "cattleguard_sensor_set_aside_alerts",
        "Alerts in the spool that the event bus rejects alone. They are sent again with pauses.",
        sender.setAside());
    out.gauge("cattleguard_sensor_spool_bytes", "Size of the alerts in the spool.", spool.bytes());
    out.gauge(
        "cattleguard_sensor_spool_limit_bytes", "Maximum size of the spool.", spool.limitBytes());
    out.gauge(
        "cattleguard_sensor_oldest_alert_age_seconds",
        "Age of the oldest alert in the spool.",
        oldestAge());
    out.counter(
        "cattleguard_sensor_lost_total",
        "Alerts that were stored and are lost, because the spool's file was damaged.",
        lost());
    out.gauge(
        "cattleguard_sensor_spool_healthy",
        "1 while the spool can be written, 0 while it cannot.",
        commits.isHealthy() ? 1 : 0);
    out.gauge(
        "cattleguard_sensor_sending",
        "1 while the event bus accepts alerts, 0 while sending fails.",
        sender.isFailing() ? 0 : 1);
    List<String> now = exceeded;
    out.gauge(
        "cattleguard_sensor_degraded",
        "1 while the sensor exceeds its limit of the resource.",
        "resource",
        Map.of("cpu", now.contains("cpu") ? 1 : 0, "memory", now.contains("memory") ? 1 : 0));
    out.info(
        "cattleguard_sensor_info", "Version of the sensor.", "version", BuildVersion.current());
    utilisation.write(out);
    tls.ifPresent(
        one ->
            out.gauge(
                "cattleguard_sensor_tls_certificate_expiry_timestamp_seconds",
                "When the TLS certificate in use expires, in seconds since 1970.",
                one.expires().getEpochSecond()));
    return out;
  }

  private long lost() {
    return spool.lost() + sender.lost();
  }

  private long waiting() {
    return spool.alerts() + sender.setAside();
  }

  /** Metrics are written even if the spool cannot be read. */
  private double oldestAge() {
    try {
      return spool.oldest().map(oldest -> seconds(oldest, clock.instant())).orElse(0.0);
    } catch (SpoolUnavailable e) {
      return Double.NaN;
    }
  }

  private static double seconds(Instant from, Instant to) {
    return Math.max(0, Duration.between(from, to).toMillis() / 1e3);
  }

  private Runnable safely(String name, Runnable action) {
    return Worker.task(
        name,
        action,
        sentence -> {
          metrics.workerFailed();
          log.warn(sentence);
        });
  }

  private void lookAtItself() {
    List<String> before = exceeded;
    exceeded =
        thresholds.exceeded(
            utilisation.cpuSeconds(), utilisation.residentBytes(), System.nanoTime());
    if (!exceeded.equals(before)) {
      boolean cpu = exceeded.contains("cpu");
      sender.stretchWindow(cpu ? STRETCHED_WINDOW : 1);
      tails.slowDown(cpu);
      learning.ifPresent(one -> one.pause(cpu));
      log.warn(
          exceeded.isEmpty() ? "resource use within limits again" : "resource limit exceeded",
          "exceeded",
          String.join(",", exceeded));
    }
  }

  /** Readiness must not depend on posts, because a sensor that is not ready receives none. */
  private void heal() {
    healedNanos = System.nanoTime();
    alerts.look();
    commits.probe();
    spool.takeReports().forEach(report -> log.warn("spool damaged", "reason", report));
    boolean healthy = commits.isHealthy();
    if (healthy != wasHealthy) {
      wasHealthy = healthy;
      if (healthy) {
        log.info("spool writable again", "waiting", String.valueOf(spool.alerts()));
      } else {
        log.warn("spool not writable: posts get status 503, retrying every second");
      }
    }
  }

  private void beat() {
    Instant now = clock.instant();
    SensorHeartbeat heartbeat =
        new SensorHeartbeat(
            settings.cluster(),
            settings.node(),
            BuildVersion.current(),
            now,
            metrics.receivedSoFar(),
            metrics.sent.sum(),
            waiting(),
            spool.bytes(),
            metrics.shedSoFar(),
            lost(),
            utilisation.cpuSeconds(),
            thresholds.cpuPercent(),
            utilisation.residentBytes(),
            exceeded,
            condition());
    List<Bus.Outcome> outcomes =
        bus.put(
            List.of(
                new Entry(
                    DetailType.SENSOR_HEARTBEAT, now, List.of(), heartbeat.write().toString())));
    metrics.heartbeats(outcomes.stream().anyMatch(Bus.Outcome.Accepted.class::isInstance));
    Optional<String> before = beatRejected;
    beatRejected =
        outcomes.getFirst() instanceof Bus.Outcome.Never never
            ? Optional.of(never.explanation())
            : Optional.empty();
    if (!beatRejected.equals(before)) {
      beatRejected.ifPresent(why -> log.warn("heartbeats are rejected", "reason", why));
    }
  }

  private SensorHeartbeat.Condition condition() {
    List<String> failing = new ArrayList<>();
    if (sender.isFailing()) {
      failing.add("sending");
    }
    if (!commits.isHealthy()) {
      failing.add("spool");
    }
    if (!http.isListening()) {
      failing.add("listener");
    }
    if (!sender.isAlive() || !tails.isAlive() || alerts.ailment().isPresent()) {
      failing.add("worker");
    }
    double oldest = oldestAge();
    return new SensorHeartbeat.Condition(
        Double.isNaN(oldest) ? 0 : (long) oldest,
        spool.limitBytes(),
        metrics.undeliverable.sum(),
        failing,
        learning.map(Learning::dropped).orElse(0L),
        Math.max(1, settings.heartbeat().toSeconds()));
  }

  /** Stops the inputs, sends what it can within a few seconds, and leaves the rest on disk. */
  @Override
  public void close() {
    log.info("stopping", "waiting", String.valueOf(spool.alerts()));
    housekeeping.shutdownNow();
    http.close();
    tails.close();
    sender.close();
    learning.ifPresent(Learning::close);
    operations.close();
    log.info("stopped", "waiting", String.valueOf(spool.alerts()));
    spool.close();
  }
}
