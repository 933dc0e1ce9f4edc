package io.cattleguard.app.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.models.OwnReports;
import io.cattleguard.app.sensors.PostedHeartbeats;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.sensor.cli.SensorCommand;
import io.cattleguard.sensor.file.Tails;
import io.cattleguard.sensor.http.Gate;
import io.cattleguard.sensor.http.HttpInput;
import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.intake.LearningInput;
import io.cattleguard.sensor.intake.Sender;
import io.cattleguard.sensor.learn.Learning;
import io.cattleguard.sensor.operations.LoopWatch;
import io.cattleguard.sensor.operations.MetricsText;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.Spool;
import io.cattleguard.sources.AlertReader;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/** The input of a server: HTTP and files, the spool on disk, and the thread that empties it. */
final class UpInput implements AutoCloseable {
  private static final int BODY_BYTES = 1 << 20;
  private static final long SPOOL_BYTES = 256L << 20;

  /** Maximum number of events in one report of a sensor. */
  private static final int REPORT_BYTES = 240 << 10;

  private final SensorMetrics metrics = new SensorMetrics();
  private final PostedHeartbeats heartbeats = new PostedHeartbeats();
  private final Spool spool;
  private final GroupCommit commits;
  private final SpoolInput input;
  private final Optional<InputGate> gate;
  private final HttpInput http;
  private final LoopWatch alerts;
  private final Optional<Learning> learning;
  private final Tails tails;
  private final UpLog log;

  /** Opens the spool and the port. */
  UpInput(
      UpSettings settings,
      UpCluster cluster,
      Supplier<AlertReader> reader,
      LiveRoad road,
      InstantSource clock,
      UpLog log) {
    this.log = log;
    this.gate = gate(settings, cluster, clock);
    this.spool =
        Spool.open(
            settings.data().resolve("spool"), SPOOL_BYTES, Spool.Sync.COMMIT, clock.instant());
    metrics.shed(spool.shedBefore());
    Intake intake = Intake.ofServer(cluster.name(), reader).taking(heartbeats);
    Semaphore news = new Semaphore(0);
    this.commits = new GroupCommit(spool, metrics::shed, arrived -> news.release());
    this.input = new SpoolInput(spool, commits, news, road, this::workerFailed);
    try {
      this.http =
          HttpInput.start(
              settings.listen(),
              Optional.empty(),
              Optional.of(gate.map(Gate.class::cast).orElse(UpInput::ofThisMachine)),
              BODY_BYTES,
              intake,
              commits,
              metrics,
              (reason, detail, client, unlogged) -> {}, // the gate logs whom it refuses
              clock);
    } catch (RuntimeException e) {
      spool.close();
      throw e;
    }
    this.alerts = new LoopWatch("the port for alerts", http.thread());
    SensorLog sensorLog = new SensorLog(log.err(), clock);
    this.learning =
        settings.learn()
            ? Optional.of(
                new Learning(
                    new Learning.Scope(
                        cluster.name(),
                        SensorCommand.hostName(),
                        REPORT_BYTES,
                        settings.data().resolve("spool"),
                        settings.learnFacts()),
                    new OwnReports(intake, commits, clock),
                    metrics,
                    sensorLog,
                    clock))
            : Optional.empty();
    // Posted events are not learnt from: if they come from a sensor, it has done so already.
    Intake ofFile =
        Intake.ofServer(
            cluster.name(), reader, learning.map(Learning::input).orElse(LearningInput.NONE));
    this.tails =
        new Tails(
            Optional.empty(),
            settings.tetragonFile(),
            ofFile,
            spool,
            commits,
            metrics,
            sensorLog,
            clock);
  }

  /**
   * A client that can post alerts can cause actions, so clients from elsewhere need a credential. A
   * client on this machine needs none, unless a token is set; one that it shows must be right.
   */
  private Optional<InputGate> gate(UpSettings settings, UpCluster to, InstantSource clock) {
    InputAccess access = settings.input();
    if (!isVerifiable(access, to)) {
      return Optional.empty();
    }
    boolean required = !settings.listensHereOnly() || access.token().isPresent();
    return Optional.of(new InputGate(access, required, to.reviewer(), clock, log::trouble));
  }

  /** Without a gate, the port is on loopback: see {@link #requireCredential}. */
  private static CompletionStage<Gate.Answer> ofThisMachine(Optional<String> credential) {
    return CompletableFuture.completedFuture(new Gate.Answer.Admitted(Sender.OF_THIS_MACHINE));
  }

  private static boolean isVerifiable(InputAccess access, UpCluster cluster) {
    return cluster.reviewer().isPresent() || access.token().isPresent();
  }

  /**
   * Checks that clients from elsewhere need a credential.
   *
   * @throws UsageError if none can be verified, with what to do
   */
  static void requireCredential(UpSettings settings, UpCluster cluster) {
    if (!settings.listensHereOnly() && !isVerifiable(settings.input(), cluster)) {
      throw new UsageError(
          "--listen "
              + UpLog.inWords(settings.listen())
              + " can be reached from elsewhere, so clients need a credential, and none can be"
              + " verified: connect to a cluster whose role allows creating tokenreviews"
              + " (infra/kubernetes/rbac.yaml), set CATTLEGUARD_INPUT_TOKEN, or listen on"
              + " 127.0.0.1");
    }
  }

  /** Reads alerts, first those that the previous process left. */
  void start() {
    input.start();
    learning.ifPresent(Learning::start);
    tails.start();
  }

  /** Checks whether the port and the disk work again. */
  void checkHealth() {
    alerts.look();
    commits.probe();
  }

  /** The damage since the last call. */
  List<String> takeReports() {
    return spool.takeReports();
  }

  /** Which clients it accepts. */
  String clients(UpSettings settings, UpCluster cluster) {
    List<String> accepted = new ArrayList<>();
    if (gate.filter(InputGate::required).isEmpty()) {
      accepted.add("no credential needed, because only this machine can connect");
    }
    if (settings.input().token().isPresent()) {
      accepted.add("the shared token, which proves no node");
    }
    if (cluster.reviewer().isPresent()) {
      accepted.add(
          "tokens of "
              + String.join(", ", new TreeSet<>(settings.input().accounts()))
              + ", which prove the node");
    }
    return String.join("; ", accepted);
  }

  /** Counts and logs a worker's failure. */
  void workerFailed(String sentence) {
    metrics.workerFailed();
    log.trouble(sentence);
  }

  InetSocketAddress address() {
    return http.address();
  }

  /** The parts that only a restart of the process may restore. */
  Optional<String> ailment() {
    if (alerts.ailment().isPresent()) {
      return alerts.ailment();
    }
    return input.isWell()
        ? Optional.empty()
        : Optional.of("the processing of alerts fails; restart the server");
  }

  /** Why it accepts no alert now. */
  Optional<String> unready() {
    return commits.isHealthy() && !input.isFailing()
        ? Optional.empty()
        : Optional.of("--data is not writable; free space on its disk");
  }

  /** How many stored alerts were lost. */
  long lost() {
    return spool.lost();
  }

  /** How often its threads failed. */
  long workerFailures() {
    return metrics.workerFailures();
  }

  /** The sensors' reports about themselves. */
  PostedHeartbeats heartbeats() {
    return heartbeats;
  }

  /** Writes what waits, what was dropped and which requests were rejected. */
  void report(ObjectNode out) {
    out.put("received", metrics.receivedSoFar());
    out.put("unreadable", metrics.unreadableSoFar());
    out.put("waiting", spool.alerts());
    out.put("waitingBytes", spool.bytes());
    out.put("limitBytes", spool.limitBytes());
    out.put("lost", spool.lost());
    ObjectNode shed = out.putObject("shed");
    metrics.shedSoFar().forEach((severity, count) -> shed.put(severity.jsonName(), count));
    ObjectNode rejected = out.putObject("rejected");
    metrics.rejectedSoFar().forEach(rejected::put);
    out.put("workerFailures", metrics.workerFailures());
  }

  void write(MetricsText text) {
    metrics.writeInputs(text);
    tails.write(text);
    learning.ifPresent(one -> one.write(text));
    text.gauge("cattleguard_spool_alerts", "Alerts in the spool on disk.", spool.alerts());
    text.counter(
        "cattleguard_spool_lost_total",
        "Alerts that were stored and are lost, because the spool's file was damaged.",
        spool.lost());
  }

  /** Stops accepting alerts and emptying the spool. */
  void stop() {
    http.close();
    tails.close();
    learning.ifPresent(Learning::close);
    gate.ifPresent(InputGate::close);
    input.close();
  }

  /** Closes the spool, and the port if it is open. */
  @Override
  public void close() {
    http.close();
    spool.close();
  }
}
