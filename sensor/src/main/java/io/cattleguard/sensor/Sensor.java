package io.cattleguard.sensor;

import io.cattleguard.sensor.file.Tails;
import io.cattleguard.sensor.http.HttpInput;
import io.cattleguard.sensor.http.HttpTls;
import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.intake.LearningInput;
import io.cattleguard.sensor.intake.Observation;
import io.cattleguard.sensor.learn.Learning;
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
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.Spool;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The node agent: creates its inputs, spool, sender, metrics and health, starts and stops them. */
public final class Sensor implements AutoCloseable {
  private static final int STRETCHED_WINDOW = 5;
  private static final Duration CHECK_HEALTH = Duration.ofSeconds(1);
  private static final Duration CHECK_RESOURCES = Duration.ofSeconds(10);

  private final SensorLog log;
  private final SensorMetrics metrics = new SensorMetrics();
  private final Spool spool;
  private final Sender sender;
  private final Optional<Learning> learning;
  private final Tails tails;
  private final HttpInput http;
  private final Health health;
  private final ResourceWatch resources;
  private final Heartbeats heartbeats;
  private final Operations operations;
  private final ScheduledExecutorService housekeeping =
      // Two threads, because a heartbeat may wait for the bus, and repairs must not.
      Executors.newScheduledThreadPool(
          2, Thread.ofPlatform().name("housekeeping").daemon(true).factory());

  private Sensor(SensorSettings settings, Bus bus, SensorLog log, InstantSource clock) {
    this.log = log;
    this.spool =
        Spool.open(settings.spool(), settings.spoolBytes(), settings.spoolSync(), clock.instant());
    metrics.shed(spool.shedBefore());
    SenderHolder holder = new SenderHolder();
    GroupCommit commits =
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
    Optional<HttpTls> tls = settings.tls().map(files -> HttpTls.open(files, log));
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
    Backlog backlog = new Backlog(spool, sender, clock);
    this.health = new Health(backlog, commits, tails, http, log);
    this.resources =
        new ResourceWatch(
            new Utilisation(),
            new Thresholds(settings.cpuLimit(), settings.memoryLimitBytes()),
            this::slowDown,
            log);
    this.heartbeats =
        new Heartbeats(
            new Heartbeats.Parts(
                settings, metrics, backlog, health, resources, learning, bus, log, clock));
    MetricsPage page = new MetricsPage(metrics, backlog, health, resources, tails, learning, tls);
    this.operations =
        Operations.start(
            settings.operationsListen(),
            new Operations.Answers(health::ailment, health::unready, this::notes, page::text));
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
        sensor.safely("resource use", sensor.resources::check),
        0,
        CHECK_RESOURCES.toMillis(),
        TimeUnit.MILLISECONDS);
    sensor.housekeeping.scheduleAtFixedRate(
        sensor.safely("health check", sensor.health::check),
        0,
        CHECK_HEALTH.toMillis(),
        TimeUnit.MILLISECONDS);
    sensor.housekeeping.scheduleAtFixedRate(
        sensor.safely("heartbeat", sensor.heartbeats::send),
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

  private List<String> notes() {
    return Stream.concat(health.notes().stream(), heartbeats.rejection().stream()).toList();
  }

  private void slowDown(boolean slow) {
    sender.stretchWindow(slow ? STRETCHED_WINDOW : 1);
    tails.slowDown(slow);
    learning.ifPresent(one -> one.pause(slow));
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
