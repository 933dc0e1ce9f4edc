package io.cattleguard.respond.kubernetes.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Isolations where the network plugin denies the replicas of a node together, as the VPC CNI does.
 */
final class DeniedTogetherTest {
  private static final String SLOTS = "disrupting/shop/Deployment/web";

  private Instant now = TestAlerts.AT.plusSeconds(1);
  private final InMemoryCluster cluster = new InMemoryCluster(() -> now, Duration.ofSeconds(2));
  private final InMemoryLedger ledger = new InMemoryLedger();

  @BeforeEach
  void denyTogether() {
    cluster.sharesRules(true);
    run("web-1", "node-a");
    run("web-2", "node-a");
  }

  private void run(String name, String node) {
    cluster.run(Pods.of("shop", name).node(node).build());
  }

  private ResponseDecided take(Action<?, ?> action, String pod) {
    return take(action, pod, TestAlerts.AT);
  }

  private ResponseDecided take(Action<?, ?> action, String pod, Instant at) {
    JsonNode all =
        JsonMapper.builder()
            .build()
            .valueToTree(Map.of("alert", Map.of("source", List.of("falco"))));
    Responder responder =
        new Responder(
            new Playbooks(
                List.of(
                    new Playbook(
                        "test",
                        EventPattern.compile(all),
                        Mode.ENFORCE,
                        Duration.ofMinutes(10),
                        List.of(action),
                        Budget.DEFAULT)),
                Actions.registered()),
            Places.of(KubernetesScope.class, KubernetesScope.of(cluster, Optional.of("blue"))),
            ledger,
            ResponderSettings.DEFAULT,
            () -> now,
            millis -> now = now.plusMillis(millis));
    Target target =
        Target.builder()
            .cluster("blue")
            .node(cluster.pod("shop", pod).orElseThrow().node().orElseThrow())
            .namespace("shop")
            .pod(pod)
            .build();
    ScoredAlert scored =
        TestAlerts.scored(
            TestAlerts.alert("a-" + pod, "r", Severity.CRITICAL).target(target).at(at).build(), 85);
    return responder.respond(scored, now, false).getFirst();
  }

  @Test
  void promise12AnIsolationThatDeniesAllOtherPodsThatServeIsRefused() {
    ResponseDecided decided = take(new IsolatePod(), "web-1");

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertEquals(
        List.of(
            "isolating the pod would deny another pod of shop/Deployment/web too, because the"
                + " network plugin has one set of rules for them on node node-a; no other pod of it"
                + " serves"),
        decided.objections());
  }

  @Test
  void promise12AnIsolationThatLeavesPodsElsewhereIsTakenAndNamesThePodsThatItDeniesToo() {
    run("web-3", "node-b");

    ResponseDecided decided = take(new IsolatePod(), "web-1");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome());
    assertTrue(
        decided
            .explanation()
            .matches(".*; the network plugin also denies web-\\w+, web-\\w+ on the same node.*"),
        decided::explanation);
  }

  @Test
  void promise12AnIsolationThatDeniesMorePodsThanABudgetAllowsIsRefused() {
    run("web-3", "node-b");
    cluster.budget("shop/Deployment/web", new DisruptionBudget("keep-web", 0));

    ResponseDecided decided = take(new IsolatePod(), "web-1");

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertTrue(
        decided
            .objections()
            .getFirst()
            .endsWith("; PodDisruptionBudget keep-web allows 0 disruptions now"),
        decided.objections()::toString);
  }

  /** The end of the first isolation must not leave the second one, which denies the same pods. */
  @Test
  void promise12AnIsolationIsRefusedAlsoIfAnotherOneDeniesTheSamePodsAlready() {
    run("web-3", "node-b");
    assertEquals(ResponseOutcome.TAKEN, take(new IsolatePod(), "web-1").outcome());
    now = now.plusSeconds(180);
    cluster.delete(cluster.pod("shop", "web-3").orElseThrow(), Duration.ZERO);

    ResponseDecided decided = take(new IsolatePod(), "web-2");

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertTrue(
        decided.objections().getFirst().endsWith("; no other pod of it serves"),
        decided.objections()::toString);
  }

  /** Its controller replaces it. */
  @Test
  void theOnlyPodOfAWorkloadIsIsolated() {
    cluster.run(Pods.of("shop", "db-1").owner("Deployment", "db").build());

    assertEquals(ResponseOutcome.TAKEN, take(new IsolatePod(), "db-1").outcome());
  }

  @Test
  void promise12APodThatIsDeniedWithAnIsolatedOneIsNoReplicaThatServes() {
    run("web-3", "node-b");
    assertEquals(ResponseOutcome.TAKEN, take(new IsolatePod(), "web-1").outcome());
    now = now.plusSeconds(60);

    ResponseDecided decided = take(new DeletePod(), "web-3");

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertEquals(
        List.of("deleting the pod would leave no ready replica of shop/Deployment/web"),
        decided.objections());
    cluster.sharesRules(false);
    now = now.plusSeconds(120);
    assertEquals(ResponseOutcome.TAKEN, take(new DeletePod(), "web-3").outcome());
  }

  /** Another responder may have looked before the isolation. */
  @Test
  void promise12AnIsolationTakesASlotForEachPodThatItDeniesToo() {
    run("web-3", "node-b");
    Ledger.Key other = new Ledger.Key("delete-pod", "uid-of-web-3");
    assertEquals(ResponseOutcome.TAKEN, take(new IsolatePod(), "web-1").outcome());

    assertFalse(ledger.takeSlot(SLOTS, other, now, Duration.ofMinutes(2), 2), "it saw two others");
    assertTrue(ledger.takeSlot(SLOTS, other, now, Duration.ofMinutes(2), 3));
  }

  /** Otherwise two such isolations at the same moment would each count the other's pods. */
  @Test
  void promise12AnIsolationThatDeniesOthersTooWaitsWhileOnePodElsewhereIsDeletedOfTwo() {
    run("web-3", "node-b");
    Ledger.Key other = new Ledger.Key("delete-pod", "uid-of-web-3");
    assertTrue(ledger.takeSlot(SLOTS, other, now, Duration.ofMinutes(2), 2));

    assertThrows(Unavailable.class, () -> take(new IsolatePod(), "web-1"));
    ledger.giveBack(SLOTS, other);
    assertEquals(ResponseOutcome.TAKEN, take(new IsolatePod(), "web-1").outcome());
  }

  @Test
  void thePluginIsOnlyAskedIfPodsHaveTheirRulesInCommon() {
    Cluster.Peers apart = cluster.look(cluster.pod("shop", "web-1").orElseThrow());
    assertEquals(1, apart.withPod());
    cluster.sharesRules(false);

    assertEquals(ResponseOutcome.TAKEN, take(new IsolatePod(), "web-1").outcome());
  }
}
