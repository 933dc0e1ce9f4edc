package io.cattleguard.app.server;

import io.cattleguard.app.board.BoardAddresses;
import io.cattleguard.app.board.BoardServer;
import io.cattleguard.app.board.ShownDeployment;
import io.cattleguard.app.board.ShownEvidence;
import io.cattleguard.app.board.ShownPolicy;
import io.cattleguard.app.check.PolicyCheck;
import io.cattleguard.app.operate.Operator;
import io.cattleguard.app.operate.OperatorSocket;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.policy.PolicyWatch;
import io.cattleguard.app.slack.SlackAccess;
import io.cattleguard.app.slack.SlackHost;
import io.cattleguard.app.slack.SlackWay;
import io.cattleguard.app.state.StateFile;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.learn.LearntModels;
import io.cattleguard.reviewed.DeviationPatch;
import io.cattleguard.route.Secrets;
import io.cattleguard.sensor.operations.Operations;
import io.cattleguard.sensor.operations.Worker;
import io.cattleguard.sensor.store.Salvaged;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** The server of {@code up}: HTTP input, spool, road, and the endpoints for operators. */
final class UpServer implements AutoCloseable {
  private static final Duration FIRST_CANARY = Duration.ofMinutes(1);
  private static final Duration BETWEEN_CANARIES = Duration.ofMinutes(15);
  private static final Duration DRAIN = Duration.ofSeconds(5);

  /** A change is used after two equal checks. */
  private static final Duration RELOAD = Duration.ofSeconds(2);

  private final UpLog log;
  private final UpCluster cluster;
  private final StateFile file;
  private final UpState state;
  private final LiveRoad road;
  private final DestinationStates states;
  private final PolicyInUse policy;
  private final UpInput input;
  private final Optional<SlackWay> slack;
  private final Operations operations;
  private Optional<OperatorSocket> operators = Optional.empty();
  private Optional<BoardServer> board = Optional.empty();
  private final ScheduledExecutorService healthChecks =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon(true).name("health-check").factory());
  private final ScheduledExecutorService reloading =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon(true).name("policy").factory());
  private final CanaryHops canaries;
  private final InstantSource clock;
  private volatile Optional<String> missingCanary = Optional.empty();
  private int salvagesReported;
  private long lossesReported;

  UpServer(
      UpSettings settings,
      Policy policy,
      Surroundings surroundings,
      Secrets secrets,
      UpCluster cluster,
      StateFile file,
      InstantSource clock) {
    this.log = new UpLog(surroundings.out(), surroundings.err());
    this.cluster = cluster;
    this.file = file;
    this.clock = clock;
    UpJournal journal = new UpJournal(log.out(), clock);
    this.canaries = journal.canaries();
    this.state = new UpState(settings, file, cluster, surroundings, secrets, clock, log);
    this.road = state.road(policy, journal);
    this.states =
        new DestinationStates(policy.routes().destinations(), secrets, clock, log::trouble);
    road.watch(states);
    this.policy = new PolicyInUse(policy, cluster.name(), state::steps, road, states, log);
    this.input = new UpInput(settings, cluster, this.policy::reader, road, clock, log);
    this.slack = SlackWay.of(settings.slack(), secrets, slackHost(settings.policy()));
    UpMetrics metrics = new UpMetrics(state, road, states, this.policy, input, journal, slack);
    try {
      this.operations =
          Operations.start(
              settings.operationsListen(),
              new Operations.Answers(this::ailment, input::unready, this::notes, metrics::text));
    } catch (RuntimeException e) {
      input.close();
      throw e;
    }
  }

  private SlackHost slackHost(Path policyDirectory) {
    return new SlackHost(
        () -> policy.policy().playbooks().limits().operators(),
        road::command,
        state.operator(policy::policy, road),
        state.incidents(),
        (entry, now) -> DeviationPatch.in(policyDirectory, entry, now),
        clock,
        log::say,
        log::trouble,
        input::workerFailed);
  }

  /**
   * Starts a server.
   *
   * @throws UsageError if it cannot start, with what to do
   */
  static UpServer start(
      UpSettings settings, Surroundings surroundings, Secrets secrets, InstantSource clock) {
    return start(
        settings,
        surroundings,
        secrets,
        clock,
        policy -> UpWarmUp.run(policy, surroundings, clock));
  }

  /** Starts a server after running the given warm-up. */
  static UpServer start(
      UpSettings settings,
      Surroundings surroundings,
      Secrets secrets,
      InstantSource clock,
      Consumer<Policy> warmUp) {
    AtomicReference<UpCluster> connected = new AtomicReference<>();
    PolicyWatch files =
        new PolicyWatch(settings.policy(), directory -> checked(directory, connected));
    Policy policy = Policy.read(settings.policy());
    UpCluster cluster = UpCluster.of(settings, policy, surroundings.err());
    connected.set(cluster);
    StateFile file;
    try {
      UpInput.requireCredential(settings, cluster);
      file = StateFile.open(settings.data());
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
    UpServer server;
    try {
      warmUp.accept(policy);
      server = new UpServer(settings, policy, surroundings, secrets, cluster, file, clock);
    } catch (RuntimeException e) {
      file.close();
      cluster.close();
      throw e;
    }
    server.takeOperators(settings);
    server.introduce(settings, policy);
    server.begin();
    server.follow(files);
    return server;
  }

  private static Policy checked(Path directory, AtomicReference<UpCluster> cluster) {
    Policy policy = PolicyCheck.read(directory);
    Optional.ofNullable(cluster.get()).ifPresent(one -> one.require(policy));
    return policy;
  }

  /** Starts the steps and the input, which resume where the previous process stopped. */
  @SuppressWarnings("FutureReturnValueIgnored") // the task catches its exceptions
  void begin() {
    road.start();
    input.start();
    slack.ifPresent(SlackWay::start);
    healthChecks.scheduleWithFixedDelay(
        Worker.task("health check", this::checkHealth, input::workerFailed),
        1,
        1,
        TimeUnit.SECONDS);
    reloading.scheduleWithFixedDelay(
        Worker.task("sending digests", road::sendDigests, input::workerFailed),
        1,
        1,
        TimeUnit.MINUTES);
    reloading.scheduleWithFixedDelay(
        Worker.task("sending muted alerts", road::tellMuted, input::workerFailed),
        1,
        1,
        TimeUnit.MINUTES);
    reloading.scheduleWithFixedDelay(
        Worker.task("sending a canary", this::sendCanary, input::workerFailed),
        FIRST_CANARY.toSeconds(),
        BETWEEN_CANARIES.toSeconds(),
        TimeUnit.SECONDS);
    reloading.scheduleWithFixedDelay(
        Worker.task("canary check", this::lookForCanary, input::workerFailed),
        1,
        1,
        TimeUnit.MINUTES);
  }

  /** Sends a canary through all steps. */
  void sendCanary() {
    road.sendCanary(canaries);
  }

  private void lookForCanary() {
    Optional<String> missing = canaries.inWords(clock.instant());
    missing.filter(one -> !missingCanary.equals(missing)).ifPresent(log::trouble);
    missingCanary = missing;
  }

  /** Watches the policy's files for changes from now on. */
  @SuppressWarnings("FutureReturnValueIgnored") // the task catches its exceptions
  private void follow(PolicyWatch files) {
    policy.follow(files);
    reloading.scheduleWithFixedDelay(
        Worker.task("reloading the policy", policy::look, log::trouble),
        RELOAD.toMillis(),
        RELOAD.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  /** The server works without it, so a failure is only logged. */
  private void takeOperators(UpSettings settings) {
    Operator operator =
        new UpReport(input, road, states, this::notes, clock)
            .answering(state.operator(policy::policy, road));
    board = settings.boardPort().flatMap(port -> serveBoard(port, settings, operator));
    try {
      operators =
          Optional.of(
              OperatorSocket.listen(
                  settings.data(),
                  board.map(one -> BoardAddresses.of(one, operator)).orElse(operator),
                  log::say));
    } catch (IOException e) {
      log.trouble(
          "cattleguard stop, undo, approve, containments and silence cannot reach this server: "
              + e.getMessage()
              + ". Use a short path for --data, on a file system with Unix sockets.");
    }
  }

  /** The server works without it, so a failure is only logged. */
  private Optional<BoardServer> serveBoard(int port, UpSettings settings, Operator operator) {
    ShownDeployment shown =
        new ShownDeployment(
            "cluster " + cluster.name(),
            state.incidents(),
            OperatorSocket.logged(operator, log::say),
            new ShownPolicy(
                "The policy in force, from " + settings.policy() + ".",
                () -> policy.policy().playbooks().all(),
                ShownPolicy.runbooksIn(settings.policy()),
                ShownPolicy.patchesIn(settings.policy())),
            ShownEvidence.ofUp(settings.data()));
    try {
      return Optional.of(BoardServer.start(port, shown, clock, log::trouble));
    } catch (IOException e) {
      log.trouble(
          "the board cannot be served on port "
              + port
              + " of 127.0.0.1: "
              + e.getMessage()
              + ". Set another --board-port.");
      return Optional.empty();
    }
  }

  private void introduce(UpSettings settings, Policy policy) {
    reportDamage();
    log.say(
        "listening     http://"
            + UpLog.inWords(input.address())
            + "/  (Falco: json_output and http_output)");
    log.say("clients       " + input.clients(settings, cluster));
    settings
        .tetragonFile()
        .ifPresent(
            file ->
                log.say(
                    "following     "
                        + file
                        + "  (Tetragon's export"
                        + (settings.learn() ? ", also to learn what workloads do)" : ")")));
    log.say(
        "operations    http://"
            + UpLog.inWords(operations.address())
            + "/metrics, /healthz, /readyz");
    log.say("policy        " + settings.policy());
    log.say("cluster       " + cluster.inWords());
    log.say("data          " + settings.data());
    if (operators.isPresent()) {
      log.say(
          "operators     cattleguard incidents, stop, containments, undo, approvals, approve or"
              + " silence, with --data "
              + settings.data());
    }
    log.say("slack         " + inSlack(policy));
    board.ifPresent(
        one ->
            log.say(
                "board         http://127.0.0.1:"
                    + one.port()
                    + "/  (cattleguard board, with --data "
                    + settings.data()
                    + ", prints an address to open)"));
    log.say("playbooks     " + PolicyInUse.playbooks(policy));
    log.say("models        " + PolicyInUse.models(policy, cluster.name()));
    log.say("destinations  " + states.inWords());
  }

  private String inSlack(Policy policy) {
    if (slack.isEmpty()) {
      return "no commands from Slack (" + SlackAccess.TOKEN + " is not set)";
    }
    return policy.routes().hasButtons()
        ? "commands and buttons, once the connection is open"
        : "commands, once the connection is open; messages have no buttons: set buttons: true in"
            + " routes.yaml";
  }

  private void checkHealth() {
    input.checkHealth();
    reportDamage();
  }

  private synchronized void reportDamage() {
    input.takeReports().forEach(log::trouble);
    List<Salvaged> all = file.salvaged();
    for (Salvaged one : all.subList(salvagesReported, all.size())) {
      log.trouble(
          "the state was damaged: "
              + one.rows()
              + " rows were read and kept, the damaged file is now "
              + one.brokenFile()
              + (one.isComplete()
                  ? ""
                  : "; rows that could not be read are lost: check for pods that are still"
                      + " isolated"));
    }
    salvagesReported = all.size();
    long lost = file.lost();
    if (lost > lossesReported) {
      log.trouble("rows are missing from the state: " + (lost - lossesReported) + " lost");
      lossesReported = lost;
    }
  }

  /** The models that were learnt of workloads. */
  LearntModels learnt() {
    return state.learnt();
  }

  InetSocketAddress address() {
    return input.address();
  }

  InetSocketAddress operationsAddress() {
    return operations.address();
  }

  private Optional<String> ailment() {
    return input.ailment().or(road::ailment);
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>(states.blockedInWords());
    if (road.queue().parked() > 0) {
      notes.add(
          road.queue().parked()
              + " entries failed repeatedly and are kept; the log has the reasons, and a restart"
              + " tries them again");
    }
    if (input.lost() + file.lost() > 0) {
      notes.add("a file in --data was damaged and rows are lost; check the disk, and the log");
    }
    canaries.inWords(clock.instant()).ifPresent(notes::add);
    slack.ifPresent(one -> notes.addAll(one.notes()));
    return notes;
  }

  /** Stops the input, finishes current work, and leaves the rest on disk. */
  @Override
  public void close() {
    operators.ifPresent(OperatorSocket::close);
    slack.ifPresent(SlackWay::close);
    board.ifPresent(BoardServer::close);
    reloading.shutdownNow();
    healthChecks.shutdownNow();
    input.stop();
    try {
      road.drain(DRAIN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    road.close();
    operations.close();
    input.close();
    file.close();
    cluster.close();
  }
}
