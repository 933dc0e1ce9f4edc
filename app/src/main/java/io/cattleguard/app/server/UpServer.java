package io.cattleguard.app.server;

import io.cattleguard.app.check.PolicyCheck;
import io.cattleguard.app.incidents.IncidentOperator;
import io.cattleguard.app.models.LearntReply;
import io.cattleguard.app.operate.CommandingOperator;
import io.cattleguard.app.operate.LedgerOperator;
import io.cattleguard.app.operate.Operator;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.app.operate.OperatorSocket;
import io.cattleguard.app.operate.SilenceOperator;
import io.cattleguard.app.operate.SilenceRequest;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.policy.PolicyWatch;
import io.cattleguard.app.road.Pipeline;
import io.cattleguard.app.road.Responders;
import io.cattleguard.app.state.DurableQueue;
import io.cattleguard.app.state.SqliteIncidents;
import io.cattleguard.app.state.SqliteTable;
import io.cattleguard.app.state.StateFile;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.Quiet;
import io.cattleguard.deduplicate.StoredSightings;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.build.BuildVersion;
import io.cattleguard.learn.LearntModels;
import io.cattleguard.learn.ReportLearning;
import io.cattleguard.respond.Vitals;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.evidence.EvidenceStore;
import io.cattleguard.respond.evidence.store.FolderEvidenceStore;
import io.cattleguard.respond.ledger.StoredLedger;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.Router;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.destinations.Destinations;
import io.cattleguard.route.digest.Digest;
import io.cattleguard.route.http.PostedWebhook;
import io.cattleguard.route.stored.StoredConversations;
import io.cattleguard.score.Scorer;
import io.cattleguard.score.StoredWorkloadHistories;
import io.cattleguard.sensor.file.Tails;
import io.cattleguard.sensor.http.Gate;
import io.cattleguard.sensor.http.HttpInput;
import io.cattleguard.sensor.intake.Intake;
import io.cattleguard.sensor.operations.LoopWatch;
import io.cattleguard.sensor.operations.MetricsText;
import io.cattleguard.sensor.operations.Operations;
import io.cattleguard.sensor.operations.SensorLog;
import io.cattleguard.sensor.operations.SensorMetrics;
import io.cattleguard.sensor.operations.Utilisation;
import io.cattleguard.sensor.operations.Worker;
import io.cattleguard.sensor.spool.GroupCommit;
import io.cattleguard.sensor.spool.Spool;
import io.cattleguard.sensor.store.Salvaged;
import io.cattleguard.sources.AlertReader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The server of {@code up}: HTTP input, spool, road, and the endpoints for operators. */
final class UpServer implements AutoCloseable {
  private static final int BODY_BYTES = 1 << 20;
  private static final long SPOOL_BYTES = 256L << 20;
  private static final Duration DRAIN = Duration.ofSeconds(5);

  /** A change is used after two equal looks. */
  private static final Duration RELOAD = Duration.ofSeconds(2);

  /** Maximum rows per table; beyond it the rows that would expire first are deleted. */
  private static final int STATES = 200_000;

  /** How long and how many records of incidents are kept. */
  private static final Duration INCIDENTS_KEPT = Duration.ofDays(90);

  private static final int INCIDENTS = 50_000;

  private final PrintStream out;
  private final PrintStream err;
  private final UpJournal journal;
  private final UpCluster cluster;
  private final StateFile file;
  private final Supplier<Vitals> vitals;
  private final LiveRoad road;
  private final SqliteIncidents incidents;
  private final IncidentCounts incidentCounts = new IncidentCounts();
  private final DestinationStates states;
  private final SensorMetrics metrics = new SensorMetrics();
  private final Utilisation utilisation = new Utilisation();
  private final Spool spool;
  private final GroupCommit commits;
  private final SpoolInput input;
  private final Optional<InputGate> gate;
  private final HttpInput http;
  private final LoopWatch alerts;
  private final Tails tails;
  private final Operations operations;
  private final StoredLedger ledger;
  private final Function<Policy, Pipeline.Steps> steps;
  private volatile Policy policy;
  private volatile AlertReader reader;
  private volatile Optional<PolicyWatch> watch = Optional.empty();
  private final VersionedTable sightings;
  private final LearntModels learnt;
  private final InstantSource clock;
  private Optional<OperatorSocket> operators = Optional.empty();
  private final ScheduledExecutorService healing =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon(true).name("healing").factory());
  private final ScheduledExecutorService reloading =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon(true).name("policy").factory());
  private final AtomicLong reloads = new AtomicLong();
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
    this.gate = gate(settings, cluster, clock);
    this.out = surroundings.out();
    this.err = surroundings.err();
    this.cluster = cluster;
    this.file = file;
    this.journal = new UpJournal(out, clock);
    List<SqliteTable> tables = new ArrayList<>();
    VersionedTable conversations = table("conversations", tables);
    StoredConversations told = new StoredConversations(conversations);
    this.clock = clock;
    this.ledger = new StoredLedger(table("ledger", tables));
    ledger.forgetHolders(clock.instant());
    this.policy = policy;
    this.reader = new AlertReader(policy.detections());
    this.vitals = () -> Vitals.of(List.of(ledger), breaker(), clock.instant());
    this.sightings = table("sightings", tables);
    DurableQueue queue = new DurableQueue(file, clock);
    VersionedTable histories = table("histories", tables);
    this.learnt = new LearntModels(table("models", tables));
    EvidenceStore evidence = new FolderEvidenceStore(settings.data().resolve("evidence"));
    this.steps =
        using ->
            new Pipeline.Steps(
                new Deduplicator(
                    new StoredSightings(sightings),
                    using.suppressions(),
                    DeduplicationSettings.DEFAULT,
                    Quiet.in(sightings, Duration.ZERO, using.inhibitions(), this::trouble)),
                new Scorer(using.scoring(), new StoredWorkloadHistories(histories), using.models()),
                new Router(using.routes(), using.owners().digested(secrets)),
                new Dispatcher(Destinations.open(using.routes(), secrets, told), told),
                Responders.queued(
                    using.playbooks(),
                    cluster.cluster(),
                    cluster.name(),
                    ledger,
                    clock,
                    queue::addLater,
                    evidence),
                using.detections(),
                Optional.of(
                    new Digest(using.owners(), conversations, secrets, new PostedWebhook())),
                Optional.of(new ReportLearning(learnt, using.models())));
    this.road =
        new LiveRoad(
            cluster.name(),
            file,
            queue,
            tables,
            surroundings.patterns(),
            steps.apply(policy),
            clock,
            journal,
            this::trouble);
    this.incidents = new SqliteIncidents(file, INCIDENTS_KEPT, INCIDENTS);
    road.recordIn(incidents, incidentCounts);
    this.states = new DestinationStates(policy.routes().destinations(), secrets, this::trouble);
    road.watch(states);
    this.spool =
        Spool.open(
            settings.data().resolve("spool"), SPOOL_BYTES, Spool.Sync.COMMIT, clock.instant());
    metrics.shed(spool.shedBefore());
    Intake intake = Intake.ofServer(cluster.name(), () -> reader);
    Semaphore news = new Semaphore(0);
    this.commits = new GroupCommit(spool, metrics::shed, arrived -> news.release());
    this.input = new SpoolInput(spool, commits, news, road, this::workerFailed);
    try {
      this.http =
          HttpInput.start(
              settings.listen(),
              Optional.empty(),
              gate.map(Gate.class::cast),
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
    this.tails =
        new Tails(
            Optional.empty(),
            settings.tetragonFile(),
            intake,
            spool,
            commits,
            metrics,
            new SensorLog(err, clock),
            clock);
    try {
      this.operations =
          Operations.start(
              settings.operationsListen(),
              new Operations.Answers(this::ailment, this::unready, this::notes, this::metricsText));
    } catch (RuntimeException e) {
      http.close();
      spool.close();
      throw e;
    }
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
    return Optional.of(new InputGate(access, required, to.reviewer(), clock, this::trouble));
  }

  private static boolean isVerifiable(InputAccess access, UpCluster cluster) {
    return cluster.reviewer().isPresent() || access.token().isPresent();
  }

  private static void requireCredential(UpSettings settings, UpCluster cluster) {
    if (!settings.listensHereOnly() && !isVerifiable(settings.input(), cluster)) {
      throw new UsageError(
          "--listen "
              + inWords(settings.listen())
              + " can be reached from elsewhere, so clients need a credential, and none can be"
              + " verified: connect to a cluster whose role allows creating tokenreviews"
              + " (infra/kubernetes/rbac.yaml), set CATTLEGUARD_INPUT_TOKEN, or listen on"
              + " 127.0.0.1");
    }
  }

  private VersionedTable table(String name, List<SqliteTable> tables) {
    SqliteTable table = new SqliteTable(file, name, STATES);
    tables.add(table);
    return table;
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
      requireCredential(settings, cluster);
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
    tails.start();
    healing.scheduleWithFixedDelay(
        Worker.task("healing", this::heal, this::workerFailed), 1, 1, TimeUnit.SECONDS);
    reloading.scheduleWithFixedDelay(
        Worker.task("sending digests", road::sendDigests, this::workerFailed),
        1,
        1,
        TimeUnit.MINUTES);
  }

  private Budget breaker() {
    return policy.playbooks().limits().circuitBreaker();
  }

  /** Looks for changes of the policy's files from now on. */
  @SuppressWarnings("FutureReturnValueIgnored") // the task catches its exceptions
  private void follow(PolicyWatch files) {
    watch = Optional.of(files);
    reloading.scheduleWithFixedDelay(
        Worker.task(
            "reloading the policy",
            () -> files.look(this::use).ifPresent(this::report),
            this::trouble),
        RELOAD.toMillis(),
        RELOAD.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  /**
   * Builds everything before it replaces anything, so a policy is used as a whole or not at all.
   */
  private void use(Policy next) {
    Pipeline.Steps nextSteps = steps.apply(next);
    AlertReader nextReader = new AlertReader(next.detections());
    road.replace(nextSteps);
    reader = nextReader;
    policy = next;
    states.replace(next.routes().destinations(), road.waiting());
    reloads.incrementAndGet();
  }

  private void report(PolicyWatch.Change change) {
    switch (change) {
      case PolicyWatch.Change.Valid valid -> {
        say("policy        reloaded, changed: " + String.join(", ", valid.files()));
        say("playbooks     " + playbooks(valid.policy()));
        say("destinations  " + states.inWords());
      }
      case PolicyWatch.Change.Invalid invalid ->
          trouble(
              "the changed policy is not used, the former one stays in force; changed: "
                  + String.join(", ", invalid.files())
                  + ": "
                  + invalid.reason());
    }
  }

  /** A server without it still works, so a failure is only told. */
  private void takeOperators(UpSettings settings) {
    LedgerOperator ledgers =
        new LedgerOperator(new io.cattleguard.respond.Operations(Map.of("", ledger)), clock);
    SilenceOperator silences = new SilenceOperator(sightings, clock);
    IncidentOperator records = new IncidentOperator(incidents);
    Operator operator =
        new CommandingOperator(
            (request, identity) ->
                switch (request) {
                  case OperatorRequest.Incidents question -> records.ask(question);
                  case OperatorRequest.LearntModels question -> LearntReply.of(learnt);
                  case SilenceRequest silence -> silences.ask(silence);
                  case OperatorRequest other -> ledgers.ask(other, identity);
                },
            (verb, identity) -> policy.playbooks().limits().operators().allow(verb, identity),
            road::command,
            clock);
    try {
      operators = Optional.of(OperatorSocket.listen(settings.data(), operator, this::say));
    } catch (IOException e) {
      trouble(
          "cattleguard stop, undo, approve, containments and silence cannot reach this server: "
              + e.getMessage()
              + ". Use a short path for --data, on a file system with Unix sockets.");
    }
  }

  private void introduce(UpSettings settings, Policy policy) {
    reportDamage();
    say(
        "listening     http://"
            + inWords(http.address())
            + "/  (Falco: json_output and http_output)");
    say("clients       " + clients(settings));
    settings
        .tetragonFile()
        .ifPresent(file -> say("following     " + file + "  (Tetragon's export)"));
    say("operations    http://" + inWords(operations.address()) + "/metrics, /healthz, /readyz");
    say("policy        " + settings.policy());
    say("cluster       " + cluster.inWords());
    say("data          " + settings.data());
    if (operators.isPresent()) {
      say(
          "operators     cattleguard incidents, stop, containments, undo, approvals, approve or"
              + " silence, with --data "
              + settings.data());
    }
    say("playbooks     " + playbooks(policy));
    say("destinations  " + states.inWords());
  }

  private void heal() {
    alerts.look();
    commits.probe();
    reportDamage();
  }

  private synchronized void reportDamage() {
    spool.takeReports().forEach(this::trouble);
    List<Salvaged> all = file.salvaged();
    for (Salvaged one : all.subList(salvagesReported, all.size())) {
      trouble(
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
      trouble("rows are missing from the state: " + (lost - lossesReported) + " lost");
      lossesReported = lost;
    }
  }

  private String clients(UpSettings settings) {
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

  private static String playbooks(Policy policy) {
    Map<String, List<String>> byMode =
        policy.playbooks().all().stream()
            .collect(
                Collectors.groupingBy(
                    playbook -> playbook.modes().inWords(),
                    TreeMap::new,
                    Collectors.mapping(Playbook::name, Collectors.toList())));
    return byMode.isEmpty()
        ? "none"
        : byMode.entrySet().stream()
            .map(mode -> mode.getKey() + " " + String.join(", ", mode.getValue()))
            .collect(Collectors.joining("; "));
  }

  private void say(String line) {
    out.println(HostileText.visible(line, 2_000));
    out.flush();
  }

  private void workerFailed(String sentence) {
    metrics.workerFailed();
    trouble(sentence);
  }

  private void trouble(String sentence) {
    err.println("cattleguard: " + HostileText.visible(sentence, 1_000));
  }

  private static String inWords(InetSocketAddress address) {
    return address.getHostString() + ":" + address.getPort();
  }

  /** What was learnt of workloads. */
  LearntModels learnt() {
    return learnt;
  }

  InetSocketAddress address() {
    return http.address();
  }

  InetSocketAddress operationsAddress() {
    return operations.address();
  }

  private Optional<String> ailment() {
    if (alerts.ailment().isPresent()) {
      return alerts.ailment();
    }
    return input.isWell()
        ? road.ailment()
        : Optional.of("the processing of alerts fails; restart the server");
  }

  private Optional<String> unready() {
    return commits.isHealthy() && !input.isFailing()
        ? Optional.empty()
        : Optional.of("--data is not writable; free space on its disk");
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>(states.blockedInWords());
    if (road.queue().parked() > 0) {
      notes.add(
          road.queue().parked()
              + " entries failed repeatedly and are kept; the log has the reasons, and a restart"
              + " tries them again");
    }
    if (spool.lost() + file.lost() > 0) {
      notes.add("a file in --data was damaged and rows are lost; check the disk, and the log");
    }
    return notes;
  }

  private MetricsText metricsText() {
    MetricsText text = new MetricsText();
    metrics.writeInputs(text);
    utilisation.write(text);
    text.info("cattleguard_info", "Version of the server.", "version", BuildVersion.current());
    tails.write(text);
    journal.write(text);
    text.counter(
        "cattleguard_spool_lost_total",
        "Alerts that were stored and are lost, because the spool's file was damaged.",
        spool.lost());
    text.counter(
        "cattleguard_worker_failures_total",
        "Failures of a thread or scheduled task, which was then restarted.",
        metrics.workerFailures() + road.failures());
    text.counter(
        "cattleguard_state_lost_total",
        "Rows of the state that are lost, because its file was damaged.",
        file.lost());
    text.counter(
        "cattleguard_policy_reloads_total", "Changed policies that are used.", reloads.get());
    text.gauge(
        "cattleguard_policy_invalid",
        "1 if the policy's files are invalid, so that the former policy stays in force.",
        watch.filter(PolicyWatch::isInvalid).isPresent() ? 1 : 0);
    writeVitals(text);
    text.gauge("cattleguard_spool_alerts", "Alerts in the spool on disk.", spool.alerts());
    text.gauge(
        "cattleguard_queue_entries",
        "Entries in the queue of a step or destination.",
        "queue",
        road.queue().depths());
    text.gauge(
        "cattleguard_destination_blocked",
        "1 if a destination accepts no message until its cause is fixed; the log says what to do.",
        "destination",
        numbers(states.areBlocked()));
    text.gauge(
        "cattleguard_digests_waiting",
        "Owners whose digest is due and could not be sent; the log has the reasons.",
        road.digests().waiting());
    text.gauge(
        "cattleguard_digest_age_seconds",
        "Time since the first attempt to send the oldest digest that waits.",
        road.digests().age().toSeconds());
    text.gauge(
        "cattleguard_parked_entries",
        "Entries that failed repeatedly; kept in --data and retried at the next start.",
        road.queue().parked());
    return text;
  }

  private static Map<String, Long> numbers(Map<String, Boolean> flags) {
    Map<String, Long> numbers = new TreeMap<>();
    flags.forEach((name, flag) -> numbers.put(name, flag ? 1L : 0L));
    return numbers;
  }

  /** While the state cannot be read, these metrics are absent; the others are not. */
  private void writeVitals(MetricsText text) {
    try {
      incidentCounts.write(text, incidents.count());
      ResponseMetrics.write(vitals.get(), text);
    } catch (Unavailable e) {
      trouble("metrics of containments are missing: " + e.getMessage());
    }
  }

  /** Stops the input, finishes current work, and leaves the rest on disk. */
  @Override
  public void close() {
    operators.ifPresent(OperatorSocket::close);
    reloading.shutdownNow();
    healing.shutdownNow();
    http.close();
    tails.close();
    gate.ifPresent(InputGate::close);
    input.close();
    try {
      road.drain(DRAIN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    road.close();
    operations.close();
    spool.close();
    file.close();
    cluster.close();
  }
}
