package io.cattleguard.app.server;

import io.cattleguard.app.incidents.IncidentOperator;
import io.cattleguard.app.models.LearntReply;
import io.cattleguard.app.operate.CommandingOperator;
import io.cattleguard.app.operate.LedgerOperator;
import io.cattleguard.app.operate.Operator;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.app.operate.SilenceOperator;
import io.cattleguard.app.operate.SilenceRequest;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.road.Pipeline;
import io.cattleguard.app.road.Responders;
import io.cattleguard.app.slack.SlackAccess;
import io.cattleguard.app.state.DurableQueue;
import io.cattleguard.app.state.SqliteIncidents;
import io.cattleguard.app.state.SqliteTable;
import io.cattleguard.app.state.StateFile;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.Quiet;
import io.cattleguard.deduplicate.StoredSightings;
import io.cattleguard.deduplicate.silence.RecentProblems;
import io.cattleguard.deduplicate.silence.SilenceCommands;
import io.cattleguard.deduplicate.silence.StoredSilences;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.learn.LearntModels;
import io.cattleguard.learn.ReportLearning;
import io.cattleguard.record.RecordedIncidents;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.evidence.EvidenceStore;
import io.cattleguard.respond.evidence.store.FolderEvidenceStore;
import io.cattleguard.respond.ledger.StoredLedger;
import io.cattleguard.respond.metrics.Vitals;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.Router;
import io.cattleguard.route.Routes;
import io.cattleguard.route.Secrets;
import io.cattleguard.route.destinations.Destinations;
import io.cattleguard.route.digest.Digest;
import io.cattleguard.route.http.PostedWebhook;
import io.cattleguard.route.muted.MutedAlerts;
import io.cattleguard.route.stored.StoredConversations;
import io.cattleguard.score.Scorer;
import io.cattleguard.score.StoredWorkloadHistories;
import io.cattleguard.sensor.operations.MetricsText;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The stored state of a server, and the steps that work on it. */
final class UpState {
  /** Maximum rows per table; beyond it the rows that would expire first are deleted. */
  private static final int STATES = 200_000;

  /** How long and how many records of incidents are kept. */
  private static final Duration INCIDENTS_KEPT = Duration.ofDays(90);

  private static final int INCIDENTS = 50_000;

  private final StateFile file;
  private final UpCluster cluster;
  private final Surroundings surroundings;
  private final Secrets secrets;
  private final InstantSource clock;
  private final UpLog log;
  private final List<SqliteTable> tables = new ArrayList<>();
  private final VersionedTable conversations;
  private final StoredConversations told;
  private final StoredLedger ledger;
  private final SqliteTable ledgerRows;
  private final SqliteTable sightings;
  private final DurableQueue queue;
  private final VersionedTable histories;
  private final LearntModels learnt;
  private final EvidenceStore evidence;
  private final SqliteIncidents incidents;
  private final IncidentCounts counts = new IncidentCounts();

  UpState(
      UpSettings settings,
      StateFile file,
      UpCluster cluster,
      Surroundings surroundings,
      Secrets secrets,
      InstantSource clock,
      UpLog log) {
    this.file = file;
    this.cluster = cluster;
    this.surroundings = surroundings;
    this.secrets = secrets;
    this.clock = clock;
    this.log = log;
    this.conversations = table("conversations");
    this.told = new StoredConversations(conversations);
    this.ledgerRows = table("ledger");
    this.ledger = new StoredLedger(ledgerRows);
    ledger.forgetHolders(clock.instant());
    this.sightings = table("sightings");
    this.queue = new DurableQueue(file, clock);
    this.histories = table("histories");
    this.learnt = new LearntModels(table("models"));
    this.evidence = new FolderEvidenceStore(settings.data().resolve("evidence"));
    this.incidents = new SqliteIncidents(file, INCIDENTS_KEPT, INCIDENTS);
  }

  private SqliteTable table(String name) {
    SqliteTable table = new SqliteTable(file, name, STATES);
    tables.add(table);
    return table;
  }

  /** The steps of the road under a policy. */
  Pipeline.Steps steps(Policy using) {
    Routes routes =
        secrets.isSet(SlackAccess.TOKEN) ? using.routes() : using.routes().withoutButtons();
    Router router = new Router(routes, using.owners().digested(secrets));
    return new Pipeline.Steps(
        new Deduplicator(
            new StoredSightings(sightings),
            using.suppressions(),
            DeduplicationSettings.DEFAULT,
            Quiet.in(sightings, Duration.ZERO, using.inhibitions(), log::trouble)),
        new Scorer(using.scoring(), new StoredWorkloadHistories(histories), using.models()),
        router,
        new Dispatcher(Destinations.open(routes, secrets, told), told),
        Responders.queued(
            using.playbooks(),
            cluster.cluster(),
            cluster.name(),
            cluster.ownNamespace(),
            ledger,
            clock,
            queue::addLater,
            evidence),
        using.detections(),
        Optional.of(new Digest(using.owners(), conversations, secrets, new PostedWebhook())),
        Optional.of(new ReportLearning(learnt, using.models())),
        Optional.of(new MutedAlerts(router, conversations)),
        Optional.of(
            new SilenceCommands(
                new StoredSilences(sightings, Duration.ZERO),
                new RecentProblems(sightings),
                using.playbooks().limits().operators())));
  }

  /** The models that were learnt of workloads. */
  LearntModels learnt() {
    return learnt;
  }

  /** The road on this state, which does not run yet. */
  LiveRoad road(Policy policy, UpJournal journal) {
    LiveRoad road =
        new LiveRoad(
            cluster.name(),
            file,
            queue,
            tables,
            surroundings.patterns(),
            steps(policy),
            clock,
            journal,
            log::trouble);
    road.recordIn(incidents, counts, journal.canaries());
    return road;
  }

  /** The incident records that people may read. */
  RecordedIncidents incidents() {
    return incidents;
  }

  /**
   * What people may read and command, under the policy in force. Their questions do not delay the
   * road.
   */
  Operator operator(Supplier<Policy> policy, LiveRoad road) {
    LedgerOperator ledgers = new LedgerOperator(new Operations(Map.of("", ledger)), clock);
    SilenceOperator silences = new SilenceOperator(sightings, clock);
    LedgerOperator seenLedgers =
        new LedgerOperator(
            new Operations(Map.of("", new StoredLedger(ledgerRows.lookedAt()))), clock);
    SilenceOperator seenSilences = new SilenceOperator(sightings.lookedAt(), clock);
    IncidentOperator records = new IncidentOperator(incidents);
    return new CommandingOperator(
        (request, identity) ->
            switch (request) {
              case OperatorRequest.Incidents question -> records.ask(question);
              case OperatorRequest.LearntModels question -> LearntReply.of(learnt);
              case OperatorRequest.Containments question -> seenLedgers.ask(question, identity);
              case OperatorRequest.Approvals question -> seenLedgers.ask(question, identity);
              case OperatorRequest.Budgets question -> seenLedgers.ask(question, identity);
              case SilenceRequest.All question -> seenSilences.ask(question);
              case SilenceRequest silence -> silences.ask(silence);
              case OperatorRequest other -> ledgers.ask(other, identity);
            },
        (verb, identity) -> policy.get().playbooks().limits().operators().allow(verb, identity),
        road::command,
        clock);
  }

  /** While the state cannot be read, the metrics from it are absent; the others are not. */
  void write(MetricsText text, Policy policy) {
    text.counter(
        "cattleguard_state_lost_total",
        "Rows of the state that are lost, because its file was damaged.",
        file.lost());
    try {
      counts.write(text, incidents.count());
      ResponseMetrics.write(
          Vitals.of(List.of(ledger), policy.playbooks().limits().circuitBreaker(), clock.instant()),
          text);
    } catch (Unavailable e) {
      log.trouble("metrics of containments are missing: " + e.getMessage());
    }
  }
}
