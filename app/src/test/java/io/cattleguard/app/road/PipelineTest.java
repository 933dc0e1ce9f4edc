package io.cattleguard.app.road;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.deduplicate.DeduplicationSettings;
import io.cattleguard.deduplicate.Deduplicator;
import io.cattleguard.deduplicate.InMemorySightings;
import io.cattleguard.deduplicate.Verdict;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.NoCluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.route.Attempt;
import io.cattleguard.route.Dispatcher;
import io.cattleguard.route.InMemoryConversations;
import io.cattleguard.route.InMemoryDestination;
import io.cattleguard.route.Notice;
import io.cattleguard.route.Router;
import io.cattleguard.score.InMemoryWorkloadHistories;
import io.cattleguard.score.Scorer;
import io.cattleguard.sources.FalcoEvent;
import io.cattleguard.sources.Intrusion;
import io.cattleguard.sources.parsing.Origin;
import io.cattleguard.sources.parsing.Reading;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests all steps, from an event to a deleted pod, with the default policy in enforce mode. */
final class PipelineTest implements Journal {
  private static final String POD = "web-7c8d9f5b6d-x2x4k";
  private static final String UID = "0b3f2c1e-6c1d-4c53-9d4e-2a7f5f1f0a11";

  private Instant now = TestAlerts.AT.plusSeconds(1);
  private final InMemoryCluster cluster = new InMemoryCluster(() -> now, Duration.ofSeconds(2));
  private final InMemoryDestination channel = new InMemoryDestination();
  private final List<Verdict.Column> columns = new ArrayList<>();
  private final List<ResponseDecided> decided = new ArrayList<>();
  private Pipeline pipeline = pipeline(cluster);

  @BeforeEach
  void runTwoReplicas() {
    cluster.run(pod(POD, UID));
    cluster.run(pod("web-7c8d9f5b6d-p9p8z", "another"));
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

  private Pipeline pipeline(Cluster over) {
    Policy policy = Policy.read(Policies.defaultPolicy());
    Playbooks enforcing = policy.playbooks().in(Mode.ENFORCE);
    return new Pipeline(
        ContractFiles.folder("patterns"),
        new Pipeline.Steps(
            new Deduplicator(
                new InMemorySightings(), policy.suppressions(), DeduplicationSettings.DEFAULT),
            new Scorer(policy.scoring(), new InMemoryWorkloadHistories()),
            new Router(policy.routes()),
            new Dispatcher(Map.of("security-channel", channel), new InMemoryConversations()),
            Responders.of(
                enforcing,
                over,
                Optional.of("blue"),
                new InMemoryLedger(),
                ResponderSettings.DEFAULT,
                () -> now,
                millis -> now = now.plusMillis(millis))),
        () -> now,
        this);
  }

  private void take(FalcoEvent event) {
    pipeline.take(event.toString(), new Origin("blue", now));
  }

  private List<ResponseOutcome> outcomes() {
    return decided.stream().map(ResponseDecided::outcome).toList();
  }

  private boolean isThere(String uid) {
    return cluster.pods().stream().anyMatch(pod -> pod.uid().equals(uid));
  }

  @Test
  void anIntrusionEndsWithThePodIsolatedDeletedAndReplacedAndPeopleNotified() {
    take(Intrusion.reverseShell());

    assertEquals(List.of(ResponseOutcome.TAKEN, ResponseOutcome.TAKEN), outcomes());
    assertFalse(isThere(UID));
    assertTrue(isThere("another"));
    assertEquals(2, cluster.pods().size(), "its controller replaced it");
    assertEquals(3, channel.delivered().size(), "the alert, and the outcome of two steps");
  }

  @Test
  void promise4AndPromise5ARedeliveredEventActsOnceAndTellsPeopleOnce() {
    take(Intrusion.reverseShell());
    int told = channel.delivered().size();
    List<Pod> after = cluster.pods();

    take(Intrusion.reverseShell());

    assertEquals(List.of(Verdict.Column.OPENED, Verdict.Column.MERGED), columns);
    assertEquals(after, cluster.pods(), "nothing more was deleted");
    assertEquals(told, channel.delivered().size(), "nobody was told again");
  }

  @Test
  void promise6WithoutAClusterNoActionIsTakenAndPeopleAreNotified() {
    pipeline = pipeline(new NoCluster());

    take(Intrusion.reverseShell());

    assertEquals(List.of(ResponseOutcome.REFUSED, ResponseOutcome.REFUSED), outcomes());
    assertTrue(isThere(UID));
    long outcomesTold =
        channel.delivered().stream()
            .filter(delivery -> delivery.notice() instanceof Notice.Decided)
            .count();
    assertEquals(2, outcomesTold);
  }

  @Test
  void promise7EveryObjectionIsReported() {
    cluster.budget("shop/Deployment/web", new DisruptionBudget("web", 0));

    take(Intrusion.reverseShell().hostname("node-b"));

    ResponseDecided deletion = decided.get(1);
    assertEquals(ResponseOutcome.REFUSED, deletion.outcome());
    assertEquals(2, deletion.objections().size(), deletion.objections()::toString);
    assertTrue(isThere(UID));
  }

  @Test
  void promise8OldAlertsAreOnlyObserved() {
    now = TestAlerts.AT.plusSeconds(3_600);

    take(Intrusion.reverseShell());

    assertEquals(List.of(ResponseOutcome.OBSERVED, ResponseOutcome.OBSERVED), outcomes());
    assertTrue(isThere(UID));
    assertFalse(cluster.isolation(pod(POD, UID)).inForce());
  }

  @Test
  void promise9AnAlertOfAnotherClusterIsNotActedOn() {
    pipeline.take(Intrusion.reverseShell().toString(), new Origin("green", now));

    assertEquals(List.of(ResponseOutcome.REFUSED, ResponseOutcome.REFUSED), outcomes());
    assertTrue(isThere(UID));
  }

  @Test
  void aBlindSensorIsReportedToPeopleAndStartsNoPlaybook() {
    take(Intrusion.droppedSystemCalls());

    assertEquals(List.of(), decided);
    assertEquals(1, channel.delivered().size(), "people are told that a sensor is blind");
  }

  @Override
  public void read(Reading reading) {}

  @Override
  public void judged(Verdict verdict) {
    columns.add(verdict.column());
  }

  @Override
  public void scored(ScoredAlert scored) {}

  @Override
  public void told(List<Attempt> attempts) {}

  @Override
  public void responded(ResponseDecided one) {
    decided.add(one);
  }
}
