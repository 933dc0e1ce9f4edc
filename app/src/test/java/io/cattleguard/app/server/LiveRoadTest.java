package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.demo.Pace;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.road.Journal;
import io.cattleguard.app.road.Pipeline;
import io.cattleguard.app.road.ReceivedEvent;
import io.cattleguard.app.road.Responders;
import io.cattleguard.app.state.DurableQueue;
import io.cattleguard.app.state.SqliteIncidents;
import io.cattleguard.app.state.SqliteTable;
import io.cattleguard.app.state.StateFile;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.StoredSightings;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.TakesLong;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.observed.WorkloadObserved;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.evidence.InMemoryEvidenceStore;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.ledger.StoredLedger;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Delivery;
import io.cattleguard.route.Destination;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Outcome;
import io.cattleguard.route.Router;
import io.cattleguard.route.Setting;
import io.cattleguard.route.digest.Digest;
import io.cattleguard.route.digest.Owner;
import io.cattleguard.route.digest.Owners;
import io.cattleguard.route.stored.StoredConversations;
import io.cattleguard.score.Scorer;
import io.cattleguard.score.StoredWorkloadHistories;
import io.cattleguard.sources.FalcoEvent;
import io.cattleguard.sources.Intrusion;
import io.cattleguard.sources.parsing.Reading;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The road of a server on a simulated cluster, with crashes and outages. */
final class LiveRoadTest implements Journal {
  private static final String UID = "0b3f2c1e-6c1d-4c53-9d4e-2a7f5f1f0a11";
  private static final String POD = "web-7c8d9f5b6d-x2x4k";

  private final Instant now = TestAlerts.AT.plusSeconds(1);
  private final InMemoryCluster cluster = new InMemoryCluster(() -> now, Duration.ZERO);
  private final List<Delivery> told = new CopyOnWriteArrayList<>();
  private final List<ResponseDecided> decided = new CopyOnWriteArrayList<>();
  private final List<Verdict.Column> columns = new CopyOnWriteArrayList<>();
  private final List<Reading> readings = new CopyOnWriteArrayList<>();
  private final List<String> rules = new CopyOnWriteArrayList<>();
  private final List<String> troubles = new CopyOnWriteArrayList<>();
  private volatile Destination channel = this::tell;

  @TempDir private Path directory;
  private StateFile file;
  private LiveRoad road;
  private Pipeline.Steps steps;
  private SqliteTable digests;
  private long bytes = 1L << 30;

  @BeforeEach
  void runTwoReplicas() {
    cluster.run(pod(POD, UID));
    cluster.run(pod("web-7c8d9f5b6d-p9p8z", "another"));
    open();
  }

  @AfterEach
  void close() {
    road.close();
    file.close();
  }

  private static Pod pod(String name, String uid) {
    return new Pod(
        "shop",
        name,
        uid,
        Optional.of("node-a"),
        TestAlerts.AT.minusSeconds(3_600),
        Optional.of(new Pod.Owner("Deployment", "web")),
        false,
        false,
        false,
        true,
        List.of());
  }

  private List<Outcome> tell(List<Delivery> deliveries, Instant at) {
    told.addAll(deliveries);
    return deliveries.stream().map(one -> (Outcome) new Outcome.Delivered()).toList();
  }

  /** Creates the road without starting it, so that accepted events stay in the queue. */
  private void open() {
    file = StateFile.open(directory, bytes);
    Policy policy = Policy.read(Policies.defaultPolicy());
    List<SqliteTable> tables = new ArrayList<>();
    for (String name : List.of("sightings", "histories", "ledger", "conversations")) {
      tables.add(new SqliteTable(file, name, 1_000));
    }
    digests = tables.get(3);
    StoredConversations conversations = new StoredConversations(tables.get(3));
    DurableQueue queue = new DurableQueue(file, () -> now);
    steps =
        new Pipeline.Steps(
            new Deduplicator(
                new StoredSightings(tables.get(0)),
                policy.suppressions(),
                DeduplicationSettings.DEFAULT),
            new Scorer(policy.scoring(), new StoredWorkloadHistories(tables.get(1))),
            new Router(policy.routes()),
            new Dispatcher(destinations(policy), conversations),
            Responders.queued(
                enforcing(policy),
                cluster,
                "blue",
                Optional.empty(),
                new StoredLedger(tables.get(2)),
                () -> now,
                queue::addLater,
                new InMemoryEvidenceStore()));
    road =
        new LiveRoad(
            "blue",
            file,
            queue,
            tables,
            ContractFiles.folder("patterns"),
            steps,
            () -> now,
            this,
            troubles::add);
  }

  /** All but one send nothing. */
  private Map<String, Destination> destinations(Policy policy) {
    Map<String, Destination> all = new HashMap<>();
    policy
        .routes()
        .destinations()
        .forEach(
            one ->
                all.put(
                    one.name(),
                    (some, at) ->
                        some.stream()
                            .map(any -> (Outcome) new Outcome.Skipped("unused"))
                            .toList()));
    all.put("security-channel", (some, at) -> channel.deliver(some, at));
    return all;
  }

  private static Playbooks enforcing(Policy policy) {
    return policy.playbooks().in(Mode.ENFORCE);
  }

  /** Reopens the state as it is after the process was killed. */
  private void killAndStart() {
    close();
    open();
    road.start();
  }

  private void take(FalcoEvent event) {
    road.take(List.of(new ReceivedEvent(event.toString(), now)));
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "not so within twenty seconds");
      Pace.sleep(5);
    }
  }

  private boolean isThere(String uid) {
    return cluster.pods().stream().anyMatch(pod -> pod.uid().equals(uid));
  }

  private int depth(String queue) {
    return road.queue().depths().getOrDefault(queue, 0);
  }

  private void awaitQuiet() {
    await(() -> road.queue().depths().values().stream().allMatch(depth -> depth == 0));
  }

  @Test
  void anIncidentOfWhichPeopleWereNotifiedIsRecordedAsSuch() {
    SqliteIncidents incidents = new SqliteIncidents(file, Duration.ofDays(1), 100);
    road.recordIn(incidents, new IncidentCounts(), new CanaryHops(now));
    channel =
        (some, at) -> some.stream().map(one -> (Outcome) new Outcome.Delivered(true)).toList();
    road.start();

    take(Intrusion.reverseShell());

    await(
        () ->
            incidents.latest(Instant.EPOCH, 10).stream()
                .anyMatch(one -> one.notified().orElse(0) > 0));
    IncidentRecord record =
        incidents.find(incidents.latest(Instant.EPOCH, 10).getFirst().id()).orElseThrow();
    assertEquals(Set.of("security-channel"), record.notifications().keySet());
  }

  @Test
  void promise6ADigestThatWaitsIsMeasuredAndReportedOnce() {
    Owner shop =
        new Owner("shop", Optional.empty(), Map.of(), new Setting.From("CATTLEGUARD_SHOP_WEBHOOK"));
    Digest digest =
        new Digest(
            new Owners(LocalTime.MIDNIGHT, List.of(), List.of(shop)),
            digests,
            name -> Optional.empty(),
            (address, json, at) -> new Outcome.Delivered());
    road.replace(with(digest));
    ObjectNode finding = AlertJson.write(TestAlerts.scored(TestAlerts.reverseShell("a"), 30));
    finding.withObject("/alert").put("class", "configuration");
    digest.add(AlertJson.readScored(finding), now);

    road.sendDigests();
    road.sendDigests();

    assertEquals(
        List.of("the digest of shop waits: CATTLEGUARD_SHOP_WEBHOOK is not set"), troubles);
    assertEquals(1, road.digests().waiting());

    road.replace(
        with(
            new Digest(
                Owners.NONE,
                digests,
                name -> Optional.empty(),
                (address, json, at) -> new Outcome.Delivered())));
    road.sendDigests();
    road.sendDigests();

    assertEquals(2, troubles.size(), troubles::toString);
    assertTrue(troubles.getLast().startsWith("1 finding waits for owner shop, which"));
    assertEquals(1, road.digests().waiting());
  }

  private Pipeline.Steps with(Digest digest) {
    return new Pipeline.Steps(
        steps.deduplicator(),
        steps.scorer(),
        steps.router(),
        steps.dispatcher(),
        steps.responders(),
        steps.detections(),
        Optional.of(digest));
  }

  @Test
  void anIntrusionEndsWithThePodDeletedAndPeopleNotified() {
    road.start();
    take(Intrusion.reverseShell());
    awaitQuiet();

    assertEquals(
        List.of(ResponseOutcome.TAKEN, ResponseOutcome.TAKEN),
        decided.stream().map(ResponseDecided::outcome).toList());
    assertFalse(isThere(UID));
    assertEquals(3, told.size(), "the alert, and the outcome of two steps");
    assertEquals(List.of(Verdict.Column.OPENED), columns);
  }

  @Test
  void promise4EventsAcceptedBeforeAKillAreProcessedAfterwardsAndActOnce() {
    take(Intrusion.reverseShell());
    assertEquals(1, depth("score"));
    assertTrue(isThere(UID));

    killAndStart();
    awaitQuiet();

    assertFalse(isThere(UID));
    assertEquals(2, cluster.pods().size());
    assertEquals(3, told.size());
  }

  @Test
  void promise5AnEventThatArrivesAgainAfterACrashActsOnceAndIsDeliveredOnce() {
    road.start();
    take(Intrusion.reverseShell());
    awaitQuiet();
    List<Pod> after = cluster.pods();
    killAndStart();
    take(Intrusion.reverseShell());
    awaitQuiet();

    assertEquals(after, cluster.pods());
    assertEquals(3, told.size());
    assertEquals(List.of(Verdict.Column.OPENED, Verdict.Column.MERGED), columns);
  }

  @Test
  void aChannelThatHangsDelaysNoContainment() throws InterruptedException {
    java.util.concurrent.CountDownLatch goOn = new java.util.concurrent.CountDownLatch(1);
    channel =
        (deliveries, at) -> {
          try {
            goOn.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return tell(deliveries, at);
        };
    road.start();
    take(Intrusion.reverseShell());

    await(() -> !isThere(UID));
    assertEquals(List.of(), told);
    goOn.countDown();
    awaitQuiet();
    assertEquals(3, told.size());
  }

  @Test
  void promise1AnOutageOfAChannelLosesNothingNotEvenAcrossARestart() {
    Destination away =
        (deliveries, at) ->
            deliveries.stream()
                .map(one -> (Outcome) new Outcome.TryAgain(Duration.ofMillis(20), "away"))
                .toList();
    channel = away;
    road.start();
    take(Intrusion.reverseShell());
    await(() -> decided.size() == 2 && depth("destination/security-channel") == 3);
    killAndStart();
    assertEquals(List.of(), told);

    channel = this::tell;
    await(() -> told.size() == 3);
    assertTrue(told.get(0).notice() instanceof Notice.Scored, "the alert came first");
  }

  @Test
  @TakesLong
  void aDeliveryThatAlwaysFailsIsParkedAndRetriedAtTheNextStart() {
    channel =
        (deliveries, at) ->
            deliveries.stream()
                .map(one -> (Outcome) new Outcome.Rejected("the token is wrong"))
                .toList();
    road.start();
    take(Intrusion.droppedSystemCalls());
    await(() -> road.queue().parked() == 1);
    assertEquals(
        List.of(
            "parked an entry of queue destination/security-channel until the next start:"
                + " the token is wrong"),
        troubles);

    channel = this::tell;
    killAndStart();
    awaitQuiet();
    assertEquals(1, told.size());
    assertEquals(0, road.queue().parked());
  }

  @Test
  void anUnreadableStateBlocksOnlyItsOwnEvent() {
    road.start();
    take(Intrusion.reverseShell());
    awaitQuiet();
    columns.clear();
    file.run("update sightings set state = x'00'", PreparedStatement::executeUpdate);

    road.take(
        List.of(
            new ReceivedEvent(Intrusion.reverseShell().field("proc.pid", 4711).toString(), now),
            new ReceivedEvent(Intrusion.droppedSystemCalls().toString(), now)));

    assertEquals(List.of(Verdict.Column.OPENED), columns);
    assertEquals(1, road.queue().parked());
    assertTrue(readings.stream().anyMatch(Reading.Unreadable.class::isInstance), "it is counted");
  }

  @Test
  void anUnreadableEventIsKeptCountedAndTold() throws Exception {
    road.start();
    road.take(List.of(new ReceivedEvent("{ no JSON", now)));
    awaitQuiet();
    assertEquals(List.of(), columns, "its health alert is in no column");
    assertEquals(List.of("Unreadable event"), rules);

    assertEquals(1, road.queue().parked());
    assertTrue(readings.get(0) instanceof Reading.Unreadable);
  }

  /** A report is recognised by its sender, not by its format. */
  @Test
  void aTextThatOnlyLooksLikeASensorsReportIsUnreadable() {
    String report =
        new WorkloadObserved("id", "blue", now, 0, "node-a", List.of(), Optional.of(now))
            .write()
            .toString();
    road.start();
    for (boolean made : List.of(false, true)) {
      road.take(
          List.of(new ReceivedEvent(report, now, 1, Optional.of("node-a"), Duration.ZERO, made)));
    }
    awaitQuiet();

    assertTrue(readings.get(0) instanceof Reading.Unreadable, readings.toString());
    assertTrue(readings.get(1) instanceof Reading.Ignored, readings.toString());
  }

  @Test
  void whileTheDiskIsFullNoEventIsAcceptedAndAfterwardsAllAre() {
    close();
    bytes = 200_000;
    open();
    List<ReceivedEvent> many = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      many.add(
          new ReceivedEvent(
              new FalcoEvent("Rule " + i, "Notice").field("proc.env", "x".repeat(3_000)).toString(),
              now));
    }
    assertThrows(Unavailable.class, () -> road.take(many));
    assertEquals(0, road.queue().parked(), "none of them is at fault");

    bytes = 1L << 30;
    killAndStart();
    road.take(many);
    awaitQuiet();
    assertTrue(columns.size() >= 60, columns.size() + " were judged");
  }

  @Override
  public void read(Reading reading) {
    readings.add(reading);
  }

  @Override
  public void judged(Verdict verdict) {
    columns.add(verdict.column());
  }

  @Override
  public void scored(ScoredAlert scored) {
    rules.add(String.valueOf(scored.alert().rule()));
  }

  @Override
  public void told(List<Attempt> attempts) {}

  @Override
  public void responded(ResponseDecided one) {
    decided.add(one);
  }
}
