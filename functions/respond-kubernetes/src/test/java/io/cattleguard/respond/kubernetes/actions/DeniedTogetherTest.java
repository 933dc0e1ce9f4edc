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
import io.cattleguard.respond.DelayQueue;
import io.cattleguard.respond.DelayedMessage;
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
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
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
    return take(cluster, action, pod, Optional.empty());
  }

  private ResponseDecided take(
      Cluster where, Action<?, ?> action, String pod, Optional<Action<?, ?>> then) {
    return respond(where, List.of(action), pod, then).getFirst();
  }

  private List<ResponseDecided> respond(
      Cluster where, List<Action<?, ?>> steps, String pod, Optional<Action<?, ?>> then) {
    return respond(
        DelayQueue.waiting(millis -> now = now.plusMillis(millis)), where, steps, pod, then);
  }

  private List<ResponseDecided> respond(
      DelayQueue later,
      Cluster where,
      List<Action<?, ?>> steps,
      String pod,
      Optional<Action<?, ?>> then) {
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
                        steps,
                        Budget.DEFAULT,
                        then)),
                Actions.registered()),
            Places.of(KubernetesScope.class, KubernetesScope.of(where, Optional.of("blue"))),
            ledger,
            ResponderSettings.DEFAULT,
            () -> now,
            later);
    Target target =
        Target.builder()
            .cluster("blue")
            .node(cluster.pod("shop", pod).orElseThrow().node().orElseThrow())
            .namespace("shop")
            .pod(pod)
            .build();
    ScoredAlert scored =
        TestAlerts.scored(
            TestAlerts.alert("a-" + pod, "r", Severity.CRITICAL)
                .target(target)
                .at(TestAlerts.AT)
                .build(),
            85);
    return responder.respond(scored, now, false);
  }

  /** The same cluster, in which these questions have no answer. */
  private Cluster without(String... questions) {
    return (Cluster)
        Proxy.newProxyInstance(
            Cluster.class.getClassLoader(),
            new Class<?>[] {Cluster.class},
            (proxy, method, arguments) -> {
              if (List.of(questions).contains(method.getName())) {
                throw new Unavailable("HTTP 403: nodes is forbidden");
              }
              return List.of("reads", "deniedWith").contains(method.getName())
                  ? InvocationHandler.invokeDefault(proxy, method, arguments)
                  : method.invoke(cluster, arguments);
            });
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
    run("web-4", "node-c");
    cluster.budget("shop/Deployment/web", new DisruptionBudget("keep-web", 1));

    ResponseDecided decided = take(new IsolatePod(), "web-1");

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertTrue(
        decided
            .objections()
            .getFirst()
            .endsWith("; PodDisruptionBudget keep-web allows 1 disruption now"),
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

  /** As of a Rollout, a DaemonSet, or of a kind that the responder does not know. */
  @Test
  void promise6AnIsolationIsRefusedIfThePodsThatItDeniesTooCannotBeCounted() {
    ResponseDecided decided = take(without("look"), new IsolatePod(), "web-1", Optional.empty());

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertEquals(
        List.of(
            "isolating the pod would deny web-2 too, because the network plugin has one set of"
                + " rules for them; whether any other pod serves is not known: HTTP 403: nodes is"
                + " forbidden"),
        decided.objections());
    cluster.delete(cluster.pod("shop", "web-2").orElseThrow(), Duration.ZERO);
    cluster.pods().stream()
        .filter(pod -> !pod.name().equals("web-1"))
        .forEach(pod -> run(pod.name(), "node-b"));
    assertEquals(
        ResponseOutcome.TAKEN,
        take(without("look"), new IsolatePod(), "web-1", Optional.empty()).outcome(),
        "it denies no other pod");
  }

  /** The owner of a detached pod is unknown once its label is removed. */
  @Test
  void promise11APodThatWasIsolatedBeforeIsIsolatedAgainAlsoIfTheOthersCannotBeCounted() {
    cluster.isolate(cluster.pod("shop", "web-1").orElseThrow(), Map.of());

    ResponseDecided decided = take(without("look"), new IsolatePod(), "web-1", Optional.empty());

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided::explanation);
  }

  /** They serve no requests, and their pods are never deleted. */
  @Test
  void aPodOfAJobIsIsolatedAlsoIfThatDeniesItsOtherPods() {
    for (String name : List.of("batch-1", "batch-2")) {
      cluster.run(Pods.of("shop", name).owner("Job", "batch").build());
    }

    assertEquals(
        ResponseOutcome.TAKEN,
        take(without("look"), new IsolatePod(), "batch-1", Optional.empty()).outcome());
  }

  /** It would cost more than the one pod for which an isolation does not wait for ever. */
  @Test
  void promise12AnIsolationThatDeniesOthersTooIsNeverTakenWithoutItsSlots() {
    run("web-3", "node-b");
    run("web-4", "node-b");
    now = TestAlerts.AT.plusSeconds(580);
    Ledger.Key other = new Ledger.Key("isolate-pod", "uid-of-web-3");
    assertTrue(ledger.takeSlots(SLOTS, other, now, Duration.ofMinutes(2), 2, 2));

    assertThrows(Unavailable.class, () -> take(new IsolatePod(), "web-1"));
  }

  /** Its deletion ends what its isolation denies the others. */
  @Test
  void promise12TheIsolatedPodItselfIsDeleted() {
    cluster.run(Pods.of("shop", "db-0").owner("StatefulSet", "db").build());
    cluster.run(Pods.of("shop", "db-1").owner("StatefulSet", "db").build());
    cluster.run(Pods.of("shop", "db-2").owner("StatefulSet", "db").node("node-b").build());
    cluster.budget("shop/StatefulSet/db", new DisruptionBudget("keep-db", 2));
    assertEquals(ResponseOutcome.TAKEN, take(new IsolatePod(), "db-0").outcome());
    now = now.plusSeconds(180);
    cluster.delete(cluster.pod("shop", "db-2").orElseThrow(), Duration.ZERO);

    assertEquals(ResponseOutcome.TAKEN, take(new DeletePod(), "db-0").outcome());
  }

  @Test
  void promise11AnIsolationIsTakenAlsoIfThePodsThatItDeniesTooCannotBeNamed() {
    cluster.run(Pods.of("shop", "db-1").owner("Deployment", "db").build());

    ResponseDecided decided = take(without("podsOn"), new IsolatePod(), "db-1", Optional.empty());

    assertEquals(ResponseOutcome.TAKEN, decided.outcome());
    assertTrue(
        decided
            .explanation()
            .endsWith(
                "; which other pods the network plugin denies too cannot be read: HTTP 403: nodes"
                    + " is forbidden"),
        decided::explanation);
  }

  @Test
  void podsThatAPolicyAllowsTrafficAreNotSaidToBeDenied() {
    run("web-3", "node-b");
    cluster.allow("NetworkPolicy web selects the other pods of its workload");

    assertFalse(
        take(new IsolatePod(), "web-1").explanation().contains("the network plugin also denies"));
  }

  /** It would be a greater outage than the one that the guard prevents. */
  @Test
  void promise12AWorkloadIsNotPausedBecauseTheIsolationOfItsPodIsRefused() {
    List<ResponseDecided> decided =
        respond(
            cluster,
            List.of(new IsolatePod(), new DeletePod()),
            "web-1",
            Optional.of(new PauseWorkload(Duration.ofHours(4), true)));

    assertEquals(
        List.of("isolate-pod REFUSED", "delete-pod TAKEN"),
        decided.stream().map(one -> one.action() + " " + one.outcome()).toList());
  }

  /** Anyone who can create pods can name a Job as their owner. */
  @Test
  void promise7APodThatOnlyClaimsToBeOfAJobIsNone() {
    cluster.runClaiming(Pods.of("shop", "web-0").owner("Job", "web").build());

    ResponseDecided decided = take(without("look"), new IsolatePod(), "web-0", Optional.empty());

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
  }

  @Test
  void promise12AnIsolationTakesASlotOfABudgetForEachPodThatItDeniesToo() {
    for (String name : List.of("web-3", "web-4")) {
      run(name, "node-b");
    }
    cluster.budget("shop/Deployment/web", new DisruptionBudget("keep-web", 2));
    assertEquals(ResponseOutcome.TAKEN, take(new IsolatePod(), "web-1").outcome());

    Ledger.Key other = new Ledger.Key("delete-pod", "uid-of-web-3");
    String slots = "disrupting/shop/keep-web";
    assertFalse(ledger.takeSlot(slots, other, now, Duration.ofMinutes(2), 2), "both are taken");
    assertTrue(ledger.takeSlot(slots, other, now, Duration.ofMinutes(2), 3));
  }

  @Test
  void aPodWhoseIsolationIsRefusedIsContainedByTheStrongerActionOfItsPlaybook() {
    ResponseDecided decided =
        take(cluster, new IsolatePod(), "web-1", Optional.of(new DeletePod()));

    assertEquals("delete-pod", decided.action());
    assertEquals(ResponseOutcome.TAKEN, decided.outcome());
  }

  /** The next attempt may isolate it, which keeps the evidence. */
  @Test
  void promise6APodIsNotDeletedBecauseTheOthersCannotBeCountedForAMoment() {
    run("web-3", "node-b");
    AtomicInteger looks = new AtomicInteger();
    Cluster restarting =
        (Cluster)
            Proxy.newProxyInstance(
                Cluster.class.getClassLoader(),
                new Class<?>[] {Cluster.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("look") && looks.getAndIncrement() == 0) {
                    throw new Unavailable("HTTP 429: too many requests");
                  }
                  return List.of("reads", "deniedWith").contains(method.getName())
                      ? InvocationHandler.invokeDefault(proxy, method, arguments)
                      : method.invoke(cluster, arguments);
                });

    ResponseDecided decided =
        take(restarting, new IsolatePod(), "web-1", Optional.of(new DeletePod()));

    assertEquals("isolate-pod REFUSED", decided.action() + " " + decided.outcome());
    assertTrue(cluster.pod("shop", "web-1").isPresent());
  }

  /** Replicas may move while the alert is fresh, and the isolation is possible then. */
  @Test
  void aRefusedIsolationIsDecidedAgainAlsoIfThePodsOfTheWorkloadWereDeletedTooOften() {
    for (String name : List.of("web-3", "web-4", "web-5")) {
      run(name, "node-a");
    }
    for (String name : List.of("web-2", "web-3", "web-4")) {
      assertEquals(
          ResponseOutcome.TAKEN,
          take(cluster, new IsolatePod(), name, Optional.of(new DeletePod())).outcome());
    }
    List<DelayedMessage> sent = new ArrayList<>();

    List<ResponseDecided> decided =
        respond(
            (message, delay) -> sent.add(message),
            cluster,
            List.of(new IsolatePod()),
            "web-1",
            Optional.of(new DeletePod()));

    assertEquals(1, sent.size(), decided::toString);
    assertTrue(
        decided.getFirst().objections().toString().contains("delete-pod is impossible"),
        decided::toString);
  }

  @Test
  void promise12WherePodsHaveTheirOwnRulesNoneIsDeniedToo() {
    Cluster.Peers apart = cluster.look(cluster.pod("shop", "web-1").orElseThrow());
    assertEquals(1, apart.withPod());
    cluster.sharesRules(false);

    assertEquals(ResponseOutcome.TAKEN, take(new IsolatePod(), "web-1").outcome());
  }
}
