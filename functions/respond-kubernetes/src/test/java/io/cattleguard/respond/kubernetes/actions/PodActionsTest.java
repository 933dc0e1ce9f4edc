package io.cattleguard.respond.kubernetes.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.Acceptance;
import io.cattleguard.events.AcceptedAlert;
import io.cattleguard.events.Alert;
import io.cattleguard.events.AlertClass;
import io.cattleguard.events.AlertJson;
import io.cattleguard.events.Points;
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
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.action.Progress;
import io.cattleguard.respond.action.UndoRecord;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PodActionsTest {
  private static final String POD = "web-7c8d9f5b6d-x2x4k";
  private static final String PEER = "web-7c8d9f5b6d-p9p8z";

  private Instant now = TestAlerts.AT.plusSeconds(1);
  private final Watched cluster =
      new Watched(new InMemoryCluster(() -> now, Duration.ofSeconds(2)));
  private final InMemoryLedger ledger = new InMemoryLedger();

  @BeforeEach
  void runTwoReplicas() {
    cluster.simulated.run(Pods.of("shop", POD).build());
    cluster.simulated.run(Pods.of("shop", PEER).build());
  }

  /** A cluster that records each change, and fails on demand. */
  private static final class Watched {
    private static final Set<String> CHANGES = Set.of("delete", "evict", "isolate", "release");

    private final InMemoryCluster simulated;
    private final List<String> changes = new ArrayList<>();
    private boolean down;
    private boolean deaf;
    private boolean denied;
    private Map<String, String> noted = Map.of();

    private Watched(InMemoryCluster simulated) {
      this.simulated = simulated;
    }

    /** Intercepts all methods of the port. */
    private Cluster port() {
      return (Cluster)
          Proxy.newProxyInstance(
              Cluster.class.getClassLoader(),
              new Class<?>[] {Cluster.class},
              (proxy, method, arguments) -> {
                if (method.getName().equals("reads")) {
                  return InvocationHandler.invokeDefault(proxy, method, arguments);
                }
                if (CHANGES.contains(method.getName())) {
                  changes.add(method.getName() + " " + ((Pod) arguments[0]).uid());
                  if (deaf && !method.getName().equals("release")) {
                    return Cluster.Change.MADE;
                  }
                }
                if (down) {
                  throw new Unavailable("the API server is away");
                }
                if (denied && CHANGES.contains(method.getName())) {
                  throw new Denied("the policy says no (HTTP 422)");
                }
                Object answer = method.invoke(simulated, arguments);
                return answer instanceof Cluster.Detachment one
                    ? new Cluster.Detachment(one.labels(), noted, one.leavesController())
                    : answer;
              });
    }
  }

  private static Places places(Cluster cluster) {
    return Places.of(KubernetesScope.class, KubernetesScope.of(cluster, Optional.of("blue")));
  }

  private Responder responder(Mode mode, Action<?, ?>... steps) {
    return responder(mode, Budget.DEFAULT, steps);
  }

  private Responder responder(Mode mode, Budget budget, Action<?, ?>... steps) {
    JsonNode when =
        JsonMapper.builder()
            .build()
            .valueToTree(Map.of("alert", Map.of("source", List.of("falco"))));
    Playbook playbook =
        new Playbook(
            "test",
            EventPattern.compile(when),
            mode,
            Duration.ofMinutes(10),
            List.of(steps),
            budget);
    return new Responder(
        new Playbooks(List.of(playbook), Actions.registered()),
        places(cluster.port()),
        ledger,
        ResponderSettings.DEFAULT,
        () -> now,
        millis -> now = now.plusMillis(millis));
  }

  private static final Action<?, ?> DELETE = new DeletePod();
  private static final Action<?, ?> ISOLATE = new IsolatePod();

  private static ScoredAlert scored(Alert alert) {
    return new ScoredAlert(
        new AcceptedAlert(alert, "f00d", Acceptance.OPENED, 1, TestAlerts.AT, TestAlerts.AT, 1, 1),
        85,
        List.of(new Points(85, "a test")));
  }

  private ResponseDecided enforce(Action<?, ?> step, Alert alert) {
    List<ResponseDecided> decided =
        responder(Mode.ENFORCE, step).respond(scored(alert), now, false);
    assertEquals(1, decided.size());
    return decided.get(0);
  }

  private static Alert on(Target.Builder target) {
    return TestAlerts.alert("a1", "Reverse shell", Severity.CRITICAL)
        .target(target.build())
        .build();
  }

  private static Target.Builder web() {
    return TestAlerts.reverseShell("x").target().toBuilder();
  }

  private void refused(Alert alert, Action<?, ?> step, String objection) {
    ResponseDecided decided = enforce(step, alert);
    assertEquals(ResponseOutcome.REFUSED, decided.outcome(), decided.explanation());
    assertTrue(
        decided.objections().stream().anyMatch(one -> one.contains(objection)),
        () -> "expected '" + objection + "' among " + decided.objections());
    assertEquals(List.of(), cluster.changes);
  }

  @Test
  void promise5AnAlertThatComesAgainWhenItsPodIsGoneIsToldTheSame() {
    ScoredAlert alert = scored(TestAlerts.reverseShell("a1"));
    Responder responder = responder(Mode.ENFORCE, ISOLATE, DELETE);
    List<ResponseDecided> first = responder.respond(alert, now, false);
    int changes = cluster.changes.size();
    now = now.plusSeconds(7_200);

    List<ResponseDecided> again = responder.respond(alert, now, false);

    assertEquals(first, again);
    assertEquals(ResponseOutcome.TAKEN, again.get(1).outcome());
    assertEquals(changes, cluster.changes.size());
  }

  @Test
  void promise11AnEarlierReplacementIsNotTakenForThisOne() {
    Pod first = cluster.simulated.pod("shop", PEER).orElseThrow();
    cluster.simulated.delete(first, Duration.ZERO);
    now = now.plusSeconds(30);
    Instant before = now;

    ResponseDecided decided = enforce(DELETE, TestAlerts.reverseShell("a1"));

    assertEquals(ResponseOutcome.TAKEN, decided.outcome());
    assertTrue(
        Duration.between(before, now).compareTo(Duration.ofSeconds(2)) >= 0,
        "it waited until its own replacement was ready");
  }

  @Test
  void eachStepIsToldBeforeTheNextIsTaken() {
    List<String> order = new ArrayList<>();

    responder(Mode.ENFORCE, ISOLATE, DELETE)
        .respond(
            scored(TestAlerts.reverseShell("a1")),
            now,
            false,
            decided -> order.add(decided.action() + " told after " + cluster.changes.size()));

    assertEquals(List.of("isolate-pod told after 1", "delete-pod told after 2"), order);
  }

  @Test
  void anEnforcingPlaybookDeletesThatPodAndSeesItsReplacementReady() {
    ResponseDecided decided = enforce(DELETE, TestAlerts.reverseShell("a1"));

    assertEquals(ResponseOutcome.TAKEN, decided.outcome());
    assertEquals(List.of("delete uid-of-" + POD), cluster.changes);
    assertTrue(decided.explanation().contains("was ready after"), decided.explanation());
    assertEquals("pod shop/" + POD + " (uid uid-of-" + POD + ")", decided.target());
  }

  @Test
  void anObservingPlaybookTouchesNothingAndSaysWhatItWouldHaveDone() {
    ResponseDecided decided =
        responder(Mode.OBSERVE, DELETE)
            .respond(scored(TestAlerts.reverseShell("a1")), now, false)
            .get(0);

    assertEquals(ResponseOutcome.OBSERVED, decided.outcome());
    assertEquals(List.of(), cluster.changes);
    assertTrue(decided.explanation().startsWith("would have been taken"));
  }

  @Test
  void anApprovingPlaybookWaits() {
    ResponseDecided decided =
        responder(Mode.APPROVE, DELETE)
            .respond(scored(TestAlerts.reverseShell("a1")), now, false)
            .get(0);

    assertEquals(ResponseOutcome.AWAITING_APPROVAL, decided.outcome());
    assertEquals(List.of(), cluster.changes);
  }

  @Test
  void promise5WhoIsKilledBetweenADeletionAndItsSettlementDoesNotSayThatNothingWasDone() {
    Responder responder = responder(Mode.ENFORCE, DELETE);
    ScoredAlert alert = scored(TestAlerts.alert("a1", "r", Severity.CRITICAL).pod("gone").build());
    ledger.claim(new Ledger.Key("delete-pod", "uid-gone"), "a1", now, Duration.ofMinutes(2));

    ResponseDecided told = responder.respond(alert, now.plusSeconds(125), false).get(0);
    ResponseDecided again = responder.respond(alert, now.plusSeconds(129), false).get(0);

    assertEquals(ResponseOutcome.TAKEN, told.outcome());
    assertTrue(told.explanation().contains("interrupted"), told.explanation());
    assertTrue(told.target().contains("uid-gone"), told.target());
    assertEquals(told, again);
    assertEquals(0, cluster.changes.size());
  }

  @Test
  void promise5WhoIsKilledBetweenAnIsolationAndItsSettlementDoesNotSayThatNothingWasDone() {
    Responder responder = responder(Mode.ENFORCE, ISOLATE);
    Pod pod = cluster.simulated.pod("shop", POD).orElseThrow();
    ledger.claim(new Ledger.Key("isolate-pod", pod.uid()), "a1", now, Duration.ofMinutes(2));
    ledger.remember(
        new Containment(
            "isolate-pod",
            pod.uid(),
            new DetachedPod(pod, Map.of()).toJson(),
            "test",
            now,
            now.plusSeconds(3_600),
            AlertJson.write(scored(TestAlerts.reverseShell("a1"))).toString()));
    cluster.simulated.isolate(pod);

    ResponseDecided told =
        responder
            .respond(scored(TestAlerts.reverseShell("a1")), now.plusSeconds(3_000), false)
            .getFirst();

    assertEquals(ResponseOutcome.TAKEN, told.outcome());
    assertEquals(now.plusSeconds(3_600), told.leaseUntil());
    assertEquals(List.of(), cluster.changes);
  }

  @Test
  void promise5ARedeliveredAlertActsOnceAndIsToldTheSame() {
    Responder responder = responder(Mode.ENFORCE, DELETE);
    ScoredAlert scored = scored(TestAlerts.reverseShell("a1"));

    ResponseDecided first = responder.respond(scored, now, false).get(0);
    // The alert is redelivered before the pod's deletion is visible; the alert still names the pod.
    cluster.simulated.run(Pods.of("shop", POD).build());
    ResponseDecided second = responder.respond(scored, now, false).get(0);

    assertEquals(1, cluster.changes.size());
    assertEquals(first, second);
    assertEquals(first.id(), second.id());
  }

  @Test
  void promise5AnotherAlertOnAnIsolatedPodIsAnsweredByThatIsolation() {
    Responder responder = responder(Mode.ENFORCE, ISOLATE);
    responder.respond(scored(TestAlerts.reverseShell("a1")), now, false);

    assertEquals(List.of(), responder.respond(scored(TestAlerts.reverseShell("a2")), now, false));

    assertEquals(1, cluster.changes.size());
  }

  @Test
  void promise11AnIsolationThatSomethingElseUndidIsMadeAgainByTheNextAlert() {
    Responder responder = responder(Mode.ENFORCE, ISOLATE);
    responder.respond(scored(TestAlerts.reverseShell("a1")), now, false);
    Pod pod = cluster.simulated.pod("shop", POD).orElseThrow();
    cluster.simulated.release(pod);

    ResponseDecided again =
        responder.respond(scored(TestAlerts.reverseShell("a2")), now, false).getFirst();

    assertEquals(ResponseOutcome.TAKEN, again.outcome());
    assertTrue(again.explanation().startsWith("taken again"), again.explanation());
    assertTrue(cluster.simulated.isolation(pod).inForce());
  }

  private Map<String, String> labelsToRestore() {
    Pod pod = cluster.simulated.pod("shop", POD).orElseThrow();
    return DetachedPod.read(
            ledger.remembered(new Ledger.Key("isolate-pod", pod.uid())).orElseThrow().subject())
        .labels();
  }

  /** The pod's node can change the annotation, but none of the pod's labels. */
  @Test
  void promise10TheLabelsThatAReleaseRestoresAreThoseOfTheLedger() {
    Responder responder = responder(Mode.ENFORCE, ISOLATE);
    responder.respond(scored(TestAlerts.reverseShell("a1")), now, false);
    Map<String, String> labels = labelsToRestore();
    cluster.simulated.release(cluster.simulated.pod("shop", POD).orElseThrow());
    cluster.noted = Map.of("role", "payments-db");

    responder.respond(scored(TestAlerts.reverseShell("a2")), now, false);

    assertEquals(labels, labelsToRestore());
    assertFalse(labels.isEmpty());
  }

  /** Without a record in the ledger, a pod that was isolated before still gets its labels back. */
  @Test
  void promise10LabelsThatOnlyThePodNamesAreRestoredIfTheLedgerHasNone() {
    cluster.noted = Map.of("team", "shop");

    enforce(ISOLATE, TestAlerts.reverseShell("a1"));

    assertEquals("shop", labelsToRestore().get("team"));
  }

  /**
   * The holder of a stolen token can remove the label, and then do nothing that raises an alert.
   */
  @Test
  void promise11AnIsolationThatSomethingElseUndidIsReportedWithoutAnAlert() {
    Responder responder = responder(Mode.ENFORCE, ISOLATE);
    responder.respond(scored(TestAlerts.reverseShell("a1")), now, false);
    cluster.simulated.release(cluster.simulated.pod("shop", POD).orElseThrow());

    List<ResponseDecided> told = sweepFor(responder, 10);

    assertEquals(
        List.of(ResponseOutcome.FAILED), told.stream().map(ResponseDecided::outcome).toList());
    assertTrue(told.getFirst().explanation().startsWith("not fully in effect any more"));
  }

  @Test
  void aPodThatIsGoneHasLostNoIsolation() {
    Responder responder = responder(Mode.ENFORCE, ISOLATE);
    responder.respond(scored(TestAlerts.reverseShell("a1")), now, false);
    Pod pod = cluster.simulated.pod("shop", POD).orElseThrow();
    cluster.simulated.delete(pod, Duration.ofSeconds(1));
    now = now.plusSeconds(2);

    assertEquals(List.of(), sweepFor(responder, 20));
  }

  private List<ResponseDecided> sweepFor(Responder responder, int minutes) {
    List<ResponseDecided> told = new ArrayList<>();
    for (int minute = 0; minute < minutes; minute++) {
      now = now.plus(Duration.ofMinutes(1));
      responder.watch(now, told::add);
    }
    return told;
  }

  /** Policies add up, so a later one that allows traffic opens the pod again. */
  @Test
  void promise11APolicyThatOpensAnIsolatedPodIsToldAtTheNextAlert() {
    Responder responder = responder(Mode.ENFORCE, ISOLATE);
    responder.respond(scored(TestAlerts.reverseShell("a1")), now, false);
    cluster.simulated.allow("policy open allows all egress");

    ResponseDecided opened =
        responder.respond(scored(TestAlerts.reverseShell("a2")), now, false).getFirst();

    assertEquals(ResponseOutcome.FAILED, opened.outcome());
    assertTrue(
        opened.explanation().contains("incomplete: policy open allows all egress"),
        opened.explanation());
    int told = 0;
    for (int time = 3; time < 30; time++) {
      told += responder.respond(scored(TestAlerts.reverseShell("a" + time)), now, false).size();
    }
    assertTrue(told <= 5, told + " messages");
  }

  @Test
  void anIsolationThatAnotherPolicyUnderminesIsNotMadeAgainWithoutEndEither() {
    cluster.simulated.allow("a test's policy allows it");
    Responder responder = responder(Mode.ENFORCE, ISOLATE);
    Pod pod = cluster.simulated.pod("shop", POD).orElseThrow();
    for (int time = 0; time < 6; time++) {
      responder.respond(scored(TestAlerts.reverseShell("a" + time)), now, false);
      cluster.simulated.release(pod);
    }

    assertEquals(4, cluster.changes.size(), cluster.changes::toString);
  }

  @Test
  void anIsolationIsMadeAgainThreeTimesADayAndThenLeftToPeople() {
    Responder responder = responder(Mode.ENFORCE, ISOLATE);
    responder.respond(scored(TestAlerts.reverseShell("a0")), now, false);
    Pod pod = cluster.simulated.pod("shop", POD).orElseThrow();
    for (int time = 1; time <= 3; time++) {
      cluster.simulated.release(pod);
      assertEquals(
          ResponseOutcome.TAKEN,
          responder
              .respond(scored(TestAlerts.reverseShell("a" + time)), now, false)
              .getFirst()
              .outcome());
    }
    cluster.simulated.release(pod);

    ResponseDecided fourth =
        responder.respond(scored(TestAlerts.reverseShell("a4")), now, false).getFirst();

    assertEquals(ResponseOutcome.REFUSED, fourth.outcome());
    assertTrue(
        fourth
            .explanation()
            .contains("a person, a controller or the intruder undid it 4 times within a day"),
        fourth.explanation());
    assertFalse(cluster.simulated.isolation(pod).inForce());
  }

  @Test
  void promise5WhileAnotherHoldsTheActionTheAlertIsToBeDeliveredAgain() {
    ledger.claim(
        new Ledger.Key("delete-pod", "uid-of-" + POD), "other", now, Duration.ofMinutes(1));

    assertThrows(Unavailable.class, () -> enforce(DELETE, TestAlerts.reverseShell("a1")));
    assertEquals(List.of(), cluster.changes);
  }

  @Test
  void promise6AClusterThatDoesNotAnswerMeansThatNothingIsTouched() {
    cluster.down = true;

    refused(TestAlerts.reverseShell("a1"), DELETE, "cannot read the pod");
  }

  private Pod[] replicas(int count) {
    Pod[] pods = new Pod[count];
    for (int i = 0; i < count; i++) {
      pods[i] = Pods.of("shop", "web-7c8d9f5b6d-r" + i).uid("replica-" + i).build();
      cluster.simulated.run(pods[i]);
    }
    return pods;
  }

  private List<ResponseDecided> isolateAndDelete(Responder responder, Pod pod) {
    return responder.respond(about("of-" + pod.uid(), pod.name(), pod.uid()), now, false);
  }

  @Test
  void aBudgetCountsObjectsSoThatEachOfThreePodsIsIsolatedAndDeleted() {
    Responder responder = responder(Mode.ENFORCE, ISOLATE, DELETE);
    Pod[] pods = replicas(4);

    for (int i = 0; i < 3; i++) {
      for (ResponseDecided decided : isolateAndDelete(responder, pods[i])) {
        assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.objections().toString());
      }
    }
    for (ResponseDecided decided : isolateAndDelete(responder, pods[3])) {
      assertEquals(ResponseOutcome.REFUSED, decided.outcome());
      assertEquals(
          "the playbook's budget is used up: 3 of 3 objects within 10 min",
          decided.objections().getFirst());
    }
  }

  /** A cluster that blocks in each deletion until the test lets it continue. */
  private Cluster halting(Runnable during) {
    return (Cluster)
        Proxy.newProxyInstance(
            Cluster.class.getClassLoader(),
            new Class<?>[] {Cluster.class},
            (proxy, method, arguments) -> {
              if (Set.of("delete", "evict").contains(method.getName())) {
                during.run();
              }
              return method.invoke(cluster.simulated, arguments);
            });
  }

  private Responder deleting(Cluster where) {
    return taking(where, DELETE);
  }

  private Responder taking(Cluster where, Action<?, ?> step) {
    Playbook playbook =
        new Playbook(
            "test",
            EventPattern.compile(
                JsonMapper.builder()
                    .build()
                    .valueToTree(Map.of("alert", Map.of("source", List.of("falco"))))),
            Mode.ENFORCE,
            Duration.ofMinutes(10),
            List.of(step),
            Budget.DEFAULT);
    return new Responder(
        new Playbooks(List.of(playbook), Actions.registered()),
        Places.of(KubernetesScope.class, KubernetesScope.of(where, Optional.of("blue"))),
        ledger,
        ResponderSettings.DEFAULT,
        () -> now,
        millis -> now = now.plusMillis(millis));
  }

  private ScoredAlert about(String id, String pod, String uid) {
    return scored(
        TestAlerts.alert(id, "Reverse shell", Severity.CRITICAL)
            .target(web().pod(pod).podUid(uid).build())
            .build());
  }

  /** The second alert of the pod must not give back the slot that the first one holds. */
  @Test
  void twoAlertsOfOnePodNeverFreeAPlaceForTheLastReplica() {
    String uid = cluster.simulated.pod("shop", POD).orElseThrow().uid();
    String peer = cluster.simulated.pod("shop", PEER).orElseThrow().uid();
    List<String> during = new ArrayList<>();
    Responder other = responder(Mode.ENFORCE, DELETE);
    deleting(
            halting(
                () -> {
                  during.add(outcome(other, about("a2", POD, uid)));
                  during.add(outcome(other, about("a3", PEER, peer)));
                }))
        .respond(about("a1", POD, uid), now, false);

    assertEquals(List.of("unavailable", "unavailable"), during);
    assertTrue(cluster.simulated.pod("shop", PEER).isPresent(), "the last replica stays");
  }

  @Test
  void aDisruptionBudgetHoldsForRespondersThatLookAtTheSameMoment() {
    replicas(1);
    cluster.simulated.budget("shop/Deployment/web", new DisruptionBudget("keep-web", 1));
    String uid = cluster.simulated.pod("shop", POD).orElseThrow().uid();
    String peer = cluster.simulated.pod("shop", PEER).orElseThrow().uid();
    List<String> during = new ArrayList<>();
    Responder other = responder(Mode.ENFORCE, DELETE);
    deleting(halting(() -> during.add(outcome(other, about("a2", PEER, peer)))))
        .respond(about("a1", POD, uid), now, false);

    assertEquals(List.of("unavailable"), during);
    assertEquals("taken", outcome(other, about("a2", PEER, peer)), "its turn comes");
  }

  /** The status of a budget shows only later that a detached pod has left it. */
  @Test
  void promise12APodIsNotDeletedRightAfterAnIsolationTookAnotherOneFromItsBudget() {
    replicas(1);
    cluster.simulated.budget("shop/Deployment/web", new DisruptionBudget("keep-web", 1));
    String peer = cluster.simulated.pod("shop", PEER).orElseThrow().uid();
    assertEquals(ResponseOutcome.TAKEN, enforce(ISOLATE, TestAlerts.reverseShell("a1")).outcome());
    Responder other = responder(Mode.ENFORCE, DELETE);

    assertEquals("unavailable", outcome(other, about("a2", PEER, peer)));
    assertTrue(cluster.simulated.pod("shop", PEER).isPresent());
    now = now.plus(Duration.ofMinutes(2));
    assertEquals("taken", outcome(other, about("a2", PEER, peer)), "the status is right by then");
  }

  /** It keeps its labels, so Kubernetes counts it as healthy, although it does not serve. */
  @Test
  void promise12APodThatIsIsolatedWithoutBeingDetachedIsMissingInItsBudget() {
    replicas(1);
    cluster.simulated.budget("shop/Deployment/web", new DisruptionBudget("keep-web", 1));
    String peer = cluster.simulated.pod("shop", PEER).orElseThrow().uid();
    enforce(new IsolatePod(Duration.ofHours(4), false), TestAlerts.reverseShell("a1"));

    ScoredAlert second = about("a2", PEER, peer);
    assertEquals("refused", outcome(responder(Mode.ENFORCE, DELETE), second));
    now = now.plus(Duration.ofMinutes(9));
    assertEquals("refused", outcome(responder(Mode.ENFORCE, DELETE), about("a3", PEER, peer)));
    assertTrue(cluster.simulated.pod("shop", PEER).isPresent());
  }

  /** If two pods were isolated one after the other, none would serve. */
  @Test
  void promise12ASecondIsolationWaitsForTheReplacementOfTheFirstPod() {
    assertEquals(ResponseOutcome.TAKEN, enforce(ISOLATE, TestAlerts.reverseShell("a1")).outcome());

    assertEquals("unavailable", isolatedNow("a2", PEER), "both were looked at before");
    now = now.plus(Duration.ofMinutes(2));
    assertEquals("taken", isolatedNow("a3", PEER), "the replacement serves");
  }

  @Test
  void promise12ASecondIsolationWaitsThreeMinutesForAReplacementThatDoesNotServe() {
    enforce(ISOLATE, TestAlerts.reverseShell("a1"));
    String replacement = theReplacementNeverServes();

    assertEquals("unavailable", isolatedNow("a2", PEER));
    now = now.plus(Duration.ofMinutes(2));
    assertEquals("unavailable", isolatedNow("a3", PEER));
    now = now.plus(Duration.ofMinutes(1));
    assertEquals("taken", isolatedNow("a4", PEER), "a compromised pod is not left for ever");
    assertTrue(cluster.simulated.pod("shop", replacement).isPresent());
  }

  private String theReplacementNeverServes() {
    Pod replacement =
        cluster.simulated.pods().stream()
            .filter(pod -> !Set.of(POD, PEER).contains(pod.name()))
            .findFirst()
            .orElseThrow();
    cluster.simulated.run(Pods.of("shop", replacement.name()).notReady().build());
    return replacement.name();
  }

  @Test
  void promise12ASecondIsolationWaitsWhereADisruptionBudgetAllowsNone() {
    replicas(3);
    cluster.simulated.budget("shop/Deployment/web", new DisruptionBudget("keep-web", 0));
    assertEquals(ResponseOutcome.TAKEN, enforce(ISOLATE, TestAlerts.reverseShell("a1")).outcome());

    assertEquals("unavailable", isolatedNow("a2", PEER));
    now = now.plus(Duration.ofMinutes(2));
    assertEquals("unavailable", isolatedNow("a3", PEER));
    now = now.plus(Duration.ofMinutes(1));
    assertEquals("taken", isolatedNow("a4", PEER));
  }

  @Test
  void promise12AsManyPodsAreIsolatedAtOnceAsADisruptionBudgetAllows() {
    replicas(3);
    cluster.simulated.budget("shop/Deployment/web", new DisruptionBudget("keep-web", 2));

    assertEquals("taken", isolatedNow("a1", POD));
    assertEquals("taken", isolatedNow("a2", PEER));
    assertEquals("unavailable", isolatedNow("a3", "web-7c8d9f5b6d-r0"));
    now = now.plus(Duration.ofMinutes(2));
    assertEquals("taken", isolatedNow("a4", "web-7c8d9f5b6d-r0"));
  }

  @Test
  void promise6WhereBudgetsCannotBeReadPodsAreIsolatedOneAfterAnother() {
    replicas(3);
    Cluster unread =
        (Cluster)
            Proxy.newProxyInstance(
                Cluster.class.getClassLoader(),
                new Class<?>[] {Cluster.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("reads")) {
                    return InvocationHandler.invokeDefault(proxy, method, arguments);
                  }
                  if (method.getName().equals("disruptionBudgets")) {
                    throw new Unavailable("no answer");
                  }
                  return method.invoke(cluster.simulated, arguments);
                });
    Responder responder = taking(unread, ISOLATE);
    String uid = cluster.simulated.pod("shop", POD).orElseThrow().uid();
    String peer = cluster.simulated.pod("shop", PEER).orElseThrow().uid();

    assertEquals("taken", outcome(responder, about("a1", POD, uid)));
    assertEquals("unavailable", outcome(responder, about("a2", PEER, peer)));
  }

  /** Neither is a replica of the other. */
  @Test
  void podsOfADaemonSetAreIsolatedAtOnce() {
    for (int i = 0; i < 3; i++) {
      cluster.simulated.run(
          Pods.of("shop", "agent-" + i).uid("agent-" + i).owner("DaemonSet", "agent").build());
      assertEquals("taken", isolatedNow("a" + i, "agent-" + i));
    }
  }

  /** A pod that is detached already serves nobody, so its second isolation takes no slot. */
  @Test
  void aPodThatIsDetachedTakesNoFurtherPlace() {
    assertEquals("taken", isolatedNow("a1", POD));
    Pod pod = cluster.simulated.pod("shop", POD).orElseThrow();
    cluster.simulated.isolate(pod, Map.of("app", "web"));

    assertEquals(
        List.of(),
        new IsolatePod()
            .concurrencyLimits(
                new ObservedPod(
                    KubernetesScope.of(cluster.simulated, Optional.empty()),
                    new Fact.Known<>(Optional.of(pod)),
                    new Fact.Unknown<>("away"),
                    new Fact.Unknown<>("away"),
                    new Fact.Unknown<>("away"),
                    new Fact.Known<>(Optional.empty()))));
  }

  /** A detached pod takes no slots: its deletion leaves as many pods that serve as before. */
  @Test
  void promise12APodThatAReleasePutsBackInThisMomentIsNotDeletedAsADetachedOne() {
    String uid = cluster.simulated.pod("shop", POD).orElseThrow().uid();
    assertEquals("taken", isolatedNow("a1", POD));
    Pod isolated = cluster.simulated.pod("shop", POD).orElseThrow();
    assertTrue(isolated.detached());
    Cluster released =
        (Cluster)
            Proxy.newProxyInstance(
                Cluster.class.getClassLoader(),
                new Class<?>[] {Cluster.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("reads")) {
                    return InvocationHandler.invokeDefault(proxy, method, arguments);
                  }
                  Object result = method.invoke(cluster.simulated, arguments);
                  if (method.getName().equals("pod")) {
                    cluster.simulated.release(isolated, Map.of("app", "web"));
                  }
                  return result;
                });

    assertEquals("failed", outcome(deleting(released), about("a2", POD, uid)));

    assertTrue(cluster.simulated.pod("shop", POD).isPresent(), "it serves again");
  }

  /** What was refused has no effect on the cluster, so the next action need not wait for it. */
  @Test
  void anIsolationThatWasRefusedGivesItsPlacesBack() {
    Cluster gone =
        (Cluster)
            Proxy.newProxyInstance(
                Cluster.class.getClassLoader(),
                new Class<?>[] {Cluster.class},
                (proxy, method, arguments) ->
                    method.getName().equals("isolate")
                        ? Cluster.Change.GONE
                        : method.invoke(cluster.simulated, arguments));
    String uid = cluster.simulated.pod("shop", POD).orElseThrow().uid();
    assertEquals("refused", outcome(taking(gone, ISOLATE), about("a1", POD, uid)));

    assertEquals("taken", isolatedNow("a2", PEER));
  }

  /** For example, the next step of the playbook deleted it. */
  @Test
  void promise11APodThatIsGoneBeforeItsIsolationShowsIsNotContained() {
    Cluster gone =
        (Cluster)
            Proxy.newProxyInstance(
                Cluster.class.getClassLoader(),
                new Class<?>[] {Cluster.class},
                (proxy, method, arguments) -> {
                  Object result = method.invoke(cluster.simulated, arguments);
                  if (method.getName().equals("isolate")) {
                    Pod unversioned = Pod.read(((Pod) arguments[0]).toJson());
                    cluster.simulated.delete(unversioned, Duration.ofSeconds(1));
                  }
                  return result;
                });
    String uid = cluster.simulated.pod("shop", POD).orElseThrow().uid();

    List<ResponseDecided> told = taking(gone, ISOLATE).respond(about("a1", POD, uid), now, false);

    assertEquals(
        List.of("refused: the pod is gone, so it needs no isolation"),
        told.stream().map(one -> one.outcome().jsonName() + ": " + one.explanation()).toList());
    assertEquals(List.of(), ledger.live());
  }

  @Test
  void anIsolationThatWasDeniedGivesItsPlacesBack() {
    cluster.denied = true;
    assertEquals("failed", isolatedNow("a1", POD));
    cluster.denied = false;

    assertEquals("taken", isolatedNow("a2", PEER));
  }

  /** The API server may have isolated the pod before it stopped to answer. */
  @Test
  void anIsolationWithoutAnAnswerKeepsItsPlaces() {
    Cluster silent =
        (Cluster)
            Proxy.newProxyInstance(
                Cluster.class.getClassLoader(),
                new Class<?>[] {Cluster.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("isolate")) {
                    throw new Unavailable("no answer");
                  }
                  return method.invoke(cluster.simulated, arguments);
                });
    String uid = cluster.simulated.pod("shop", POD).orElseThrow().uid();
    assertEquals("failed", outcome(taking(silent, ISOLATE), about("a1", POD, uid)));

    assertEquals("unavailable", isolatedNow("a2", PEER));
  }

  private String isolatedNow(String id, String name) {
    Pod pod = cluster.simulated.pod("shop", name).orElseThrow();
    return outcome(
        responder(Mode.ENFORCE, ISOLATE),
        scored(
            TestAlerts.alert(id, "Reverse shell", Severity.CRITICAL)
                .at(now)
                .target(web().pod(name).podUid(pod.uid()).build())
                .build()));
  }

  /** The compromised pod is contained, whatever the budget of its workload allows. */
  @Test
  void anIsolationDoesNotWaitForADisruptionBudget() {
    cluster.simulated.budget("shop/Deployment/web", new DisruptionBudget("keep-web", 0));

    assertEquals(ResponseOutcome.TAKEN, enforce(ISOLATE, TestAlerts.reverseShell("a1")).outcome());
  }

  private String outcome(Responder responder, ScoredAlert scored) {
    try {
      return responder.respond(scored, now, false).getFirst().outcome().jsonName();
    } catch (Unavailable e) {
      return "unavailable";
    }
  }

  /** Otherwise an attacker who forges alerts could isolate all pods, one per workload. */
  @Test
  void anHourlyCapOfTheClusterHoldsOverAllPlaybooksAndWorkloads() {
    Responder responder =
        responder(
            Mode.ENFORCE, new Budget(Budget.Per.WORKLOAD, 100, Duration.ofMinutes(10)), ISOLATE);
    List<ResponseOutcome> outcomes = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      Pod pod =
          Pods.of("team-" + i, "app-" + i).uid("u" + i).owner("Deployment", "app-" + i).build();
      cluster.simulated.run(pod);
      ScoredAlert alert =
          scored(
              TestAlerts.alert("a" + i, "Reverse shell", Severity.CRITICAL)
                  .target(
                      web().namespace(pod.namespace()).pod(pod.name()).podUid(pod.uid()).build())
                  .build());
      ResponseDecided decided = responder.respond(alert, now, false).getFirst();
      outcomes.add(decided.outcome());
    }

    assertEquals(20, Collections.frequency(outcomes, ResponseOutcome.TAKEN));
    assertEquals(4, Collections.frequency(outcomes, ResponseOutcome.REFUSED));
  }

  @Test
  void promise7AllGuardsAreAskedAndAllObjectionsTold() {
    cluster.simulated.run(
        Pods.of("kube-system", POD)
            .bare()
            .mirror()
            .hostNetwork()
            .terminating()
            .node("node-b")
            .createdAt(now.plusSeconds(60))
            .build());
    ledger.halt(new Ledger.Halt(true, "ann@example.com", "a test", Instant.EPOCH));
    Alert alert =
        TestAlerts.alert("a1", "r", Severity.HIGH)
            .target(
                Target.builder()
                    .cluster("green")
                    .node("node-a")
                    .namespace("kube-system")
                    .pod(POD)
                    .build())
            .alertClass(AlertClass.HEALTH)
            .build();

    ResponseDecided decided = enforce(DELETE, alert);

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    String all = String.join("\n", decided.objections());
    for (String objection :
        List.of(
            "kill switch is on",
            "class health",
            "cluster green",
            "namespace kube-system is protected",
            "it is a replacement",
            "node node-a",
            "already being deleted",
            "static",
            "the pod has no controller",
            "no ready replica of")) {
      assertTrue(all.contains(objection), () -> objection + " is not among\n" + all);
    }
    assertEquals(List.of(), cluster.changes);
  }

  @Test
  void promise8AReplayedEventIsObservedOnly() {
    ResponseDecided decided =
        responder(Mode.ENFORCE, DELETE)
            .respond(scored(TestAlerts.reverseShell("a1")), now, true)
            .get(0);

    assertEquals(ResponseOutcome.OBSERVED, decided.outcome());
    assertEquals(List.of(), cluster.changes);
  }

  @Test
  void promise8AnAlertOlderThanThePlaybooksFreshnessIsObservedOnly() {
    now = TestAlerts.AT.plus(Duration.ofMinutes(10)).plusSeconds(1);

    ResponseDecided decided = enforce(DELETE, TestAlerts.reverseShell("a1"));

    assertEquals(ResponseOutcome.OBSERVED, decided.outcome());
    assertTrue(decided.objections().get(0).contains("10 min old"), decided.objections().toString());
    assertEquals(List.of(), cluster.changes);
  }

  @Test
  void promise9AnAlertFromAnotherClusterIsRefused() {
    refused(on(web().cluster("green")), DELETE, "comes from cluster green");
    refused(on(web().cluster(null)), DELETE, "does not come from a cluster's sensor");
    refused(on(web().account("111122223333")), DELETE, "comes from account 111122223333");
  }

  @Test
  void promise9AnAlertFromANodeThatDoesNotRunThePodIsRefused() {
    refused(on(web().node("node-b")), DELETE, "comes from node node-b; the pod runs on node-a");
    refused(on(web().node(null)), DELETE, "does not name a node");
  }

  @Test
  void promise10AnIsolationEndsWithItsLeaseAndItsUndoIsTold() {
    Responder responder = responder(Mode.ENFORCE, ISOLATE);
    ResponseDecided isolated =
        responder.respond(scored(TestAlerts.reverseShell("a1")), now, false).get(0);
    assertEquals(ResponseOutcome.TAKEN, isolated.outcome());
    Instant until = now.plus(Duration.ofHours(4));
    assertEquals(until, isolated.leaseUntil());
    Pod pod = cluster.simulated.pod("shop", POD).orElseThrow();

    assertEquals(List.of(), responder.releaseEnded(until.minusSeconds(1)));
    assertTrue(cluster.simulated.isolation(pod).inForce());

    List<ResponseDecided> released = responder.releaseEnded(until);
    assertEquals(ResponseOutcome.RELEASED, released.get(0).outcome());
    assertEquals("f00d", released.get(0).scored().accepted().fingerprint());
    assertFalse(cluster.simulated.isolation(pod).inForce());
    assertEquals(List.of(), responder.releaseEnded(until), "once");
  }

  @Test
  void promise11AnIsolationIsTakenOnlyWhereItIsKnownToBeEnforced() {
    replicas(2);
    cluster.simulated.enforces(
        new Cluster.Enforcement(Cluster.Enforces.UNKNOWN, "the plugin is not known"));
    ResponseDecided requested = enforce(ISOLATE, TestAlerts.reverseShell("a1"));
    assertEquals(ResponseOutcome.REQUESTED, requested.outcome());
    assertTrue(requested.explanation().contains("the plugin is not known"));
    assertTrue(requested.leaseUntil() != null, "it is undone all the same");

    cluster.simulated.enforces(
        new Cluster.Enforcement(Cluster.Enforces.NO, "aws-node does not enforce it"));
    ResponseDecided failed = enforce(ISOLATE, on(web().pod(PEER).podUid("uid-of-" + PEER)));
    assertEquals(ResponseOutcome.FAILED, failed.outcome());
    assertTrue(failed.explanation().contains("aws-node does not enforce it"));
    assertTrue(failed.leaseUntil() != null, "it is undone all the same");
  }

  @Test
  void promise11AnIsolationThatAnotherPolicyUndermines() {
    cluster.simulated.allow("policy dns allows something");

    ResponseDecided failed = enforce(ISOLATE, TestAlerts.reverseShell("a1"));

    assertEquals(ResponseOutcome.FAILED, failed.outcome());
    assertTrue(failed.explanation().contains("policy dns allows something"));
  }

  @Test
  void theSettingOfAClusterIsTheLastWordOnEnforcement() {
    Pod pod = cluster.simulated.pod("shop", POD).orElseThrow();
    assertEquals(
        Cluster.Enforces.NO,
        new KubernetesScope(
                cluster.simulated, Optional.empty(), Set.of(), Optional.of(false), false)
            .enforcement(pod)
            .answer());
    cluster.simulated.enforces(new Cluster.Enforcement(Cluster.Enforces.NO, "no sign of it"));
    assertEquals(
        Cluster.Enforces.YES,
        new KubernetesScope(cluster.simulated, Optional.empty(), Set.of(), Optional.of(true), false)
            .enforcement(pod)
            .answer());
    assertEquals(
        Cluster.Enforces.NO,
        KubernetesScope.of(cluster.simulated, Optional.empty()).enforcement(pod).answer());
  }

  @Test
  void theNextStepRunsAfterAnIsolationThatIsNotEnforced() {
    cluster.simulated.enforces(new Cluster.Enforcement(Cluster.Enforces.NO, "no plugin does it"));

    List<ResponseDecided> decided =
        responder(Mode.ENFORCE, ISOLATE, DELETE)
            .respond(scored(TestAlerts.reverseShell("a1")), now, false);

    assertEquals(ResponseOutcome.FAILED, decided.get(0).outcome());
    assertEquals(ResponseOutcome.TAKEN, decided.get(1).outcome(), decided.get(1).explanation());
  }

  @Test
  void promise12AnIsolatedPodIsReplacedAndThenDeleted() {
    Pod pod = cluster.simulated.pod("shop", POD).orElseThrow();
    List<ResponseDecided> decided =
        responder(Mode.ENFORCE, ISOLATE, DELETE)
            .respond(scored(TestAlerts.reverseShell("a1")), now, false);

    assertEquals(ResponseOutcome.TAKEN, decided.get(0).outcome());
    assertTrue(
        decided.get(0).explanation().contains("detached from Deployment/web, which replaces it"),
        decided.get(0).explanation());
    assertEquals(ResponseOutcome.TAKEN, decided.get(1).outcome());
    assertEquals(
        "pod deleted; " + PEER + " of the same workload is ready", decided.get(1).explanation());
    assertEquals(2, cluster.simulated.pods().size());
    assertTrue(cluster.simulated.pod("shop", pod.name()).isEmpty());
  }

  /** The single replica is isolated, and its replacement is still starting. */
  @Test
  void aDetachedPodIsDeletedAlthoughNoOtherReplicaIsReadyYet() {
    cluster.simulated.delete(cluster.simulated.pod("shop", PEER).orElseThrow(), Duration.ZERO);
    cluster.simulated.pods().stream()
        .filter(pod -> !pod.name().equals(POD))
        .forEach(pod -> cluster.simulated.run(Pods.of("shop", pod.name()).notReady().build()));

    List<ResponseDecided> decided =
        responder(Mode.ENFORCE, ISOLATE, DELETE)
            .respond(scored(TestAlerts.reverseShell("a1")), now, false);

    assertEquals(ResponseOutcome.TAKEN, decided.get(1).outcome(), decided.get(1).explanation());
  }

  @Test
  void promise12OfTwoPodsTheOtherIsNotDeletedWhileOneIsIsolated() {
    enforce(new IsolatePod(Duration.ofHours(4), false), TestAlerts.reverseShell("a1"));

    ResponseDecided decided = enforce(DELETE, on(web().pod(PEER).podUid("uid-of-" + PEER)));

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertTrue(
        decided.objections().getFirst().contains("would leave no ready replica"),
        decided.objections().toString());
  }

  @Test
  void promise10ASecondAttemptKeepsTheLabelsThatTheFirstOneRemoved() {
    Pod pod = cluster.simulated.pod("shop", POD).orElseThrow();
    ledger.remember(
        new Containment(
            "isolate-pod",
            pod.uid(),
            new DetachedPod(pod, Map.of("tier", "front")).toJson(),
            "test",
            now.minusSeconds(60),
            now.plusSeconds(3_600),
            AlertJson.write(scored(TestAlerts.reverseShell("a0"))).toString()));

    enforce(ISOLATE, TestAlerts.reverseShell("a1"));

    assertEquals(
        Map.of("tier", "front", "app", "web"),
        DetachedPod.labels(
            ledger.remembered(new Ledger.Key("isolate-pod", pod.uid())).orElseThrow().subject()));
  }

  @Test
  void aReleasedPodIsBackInItsController() {
    Responder responder = responder(Mode.ENFORCE, ISOLATE);
    responder.respond(scored(TestAlerts.reverseShell("a1")), now, false);
    assertEquals(3, cluster.simulated.pods().size());

    ResponseDecided released = responder.releaseEnded(now.plus(Duration.ofHours(5))).getFirst();

    assertEquals(
        "lease expired: the pod is back on the network with its labels; Deployment/web takes it"
            + " back and may delete it or its replacement",
        released.explanation());
    assertEquals(2, cluster.simulated.pods().size());
    assertFalse(cluster.simulated.pod("shop", POD).orElseThrow().detached());
  }

  @Test
  void promise10AReleaseThatFailsIsTriedAgain() {
    Responder responder = responder(Mode.ENFORCE, ISOLATE);
    responder.respond(scored(TestAlerts.reverseShell("a1")), now, false);
    Instant until = now.plus(Duration.ofHours(4));

    cluster.down = true;
    assertEquals(ResponseOutcome.FAILED, responder.releaseEnded(until).get(0).outcome());
    cluster.down = false;
    assertEquals(List.of(), responder.releaseEnded(until.plusSeconds(59)));
    assertEquals(
        ResponseOutcome.RELEASED, responder.releaseEnded(until.plusSeconds(60)).get(0).outcome());
  }

  @Test
  void aPodOfAStatefulSetIsNeverDeletedByForce() {
    cluster.simulated.run(Pods.of("shop", POD).owner("StatefulSet", "db").build());
    cluster.simulated.run(Pods.of("shop", PEER).owner("StatefulSet", "db").build());

    refused(on(web()), new DeletePod(Duration.ZERO), "never deleted by force");
    assertEquals(ResponseOutcome.TAKEN, enforce(DELETE, TestAlerts.reverseShell("a2")).outcome());
  }

  @Test
  void promise11ADeniedActionIsToldAsADenialAndLeavesNothingToUndo() {
    cluster.denied = true;

    for (Action<?, ?> action : List.of(ISOLATE, DELETE)) {
      ResponseDecided decided = enforce(action, TestAlerts.reverseShell("a1"));
      assertEquals(ResponseOutcome.FAILED, decided.outcome());
      assertEquals("denied: the policy says no (HTTP 422)", decided.explanation());
    }
    assertEquals(List.of(), ledger.endedBy(Instant.MAX));
  }

  /** An isolation that failed to be complete is retried by the next alert, and denied then. */
  @Test
  void promise10ADeniedRetryLeavesTheReleaseOfAnEarlierIsolation() {
    Pod pod = cluster.simulated.pod("shop", POD).orElseThrow();
    cluster.simulated.isolate(pod);
    ledger.remember(
        new Containment(
            "isolate-pod",
            pod.uid(),
            pod.toJson(),
            "test",
            now.minusSeconds(60),
            now.plusSeconds(3_600),
            AlertJson.write(scored(TestAlerts.reverseShell("a0"))).toString()));
    cluster.denied = true;
    enforce(ISOLATE, TestAlerts.reverseShell("a1"));
    cluster.denied = false;

    Responder responder = responder(Mode.ENFORCE, ISOLATE);
    assertEquals(
        ResponseOutcome.RELEASED,
        responder.releaseEnded(now.plus(Duration.ofHours(5))).getFirst().outcome());
    assertFalse(cluster.simulated.isolation(pod).inForce());
  }

  @Test
  void promise10ADeniedReleaseIsTriedAgain() {
    Responder responder = responder(Mode.ENFORCE, ISOLATE);
    responder.respond(scored(TestAlerts.reverseShell("a1")), now, false);
    Instant until = now.plus(Duration.ofHours(4));

    cluster.denied = true;
    ResponseDecided denied = responder.releaseEnded(until).getFirst();
    assertEquals(ResponseOutcome.FAILED, denied.outcome());
    assertTrue(denied.explanation().contains("the policy says no"), denied.explanation());
    cluster.denied = false;
    assertEquals(
        ResponseOutcome.RELEASED,
        responder.releaseEnded(until.plusSeconds(60)).getFirst().outcome());
  }

  @Test
  void promise11ADeleteThatTheClusterTookAndDidNotDoIsAFailure() {
    cluster.deaf = true;

    ResponseDecided decided = enforce(DELETE, TestAlerts.reverseShell("a1"));

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertTrue(decided.explanation().contains("still existed after"), decided.explanation());
  }

  @Test
  void promise11AnIsolationThatIsNotSeenIsAFailure() {
    cluster.deaf = true;

    assertEquals(ResponseOutcome.FAILED, enforce(ISOLATE, TestAlerts.reverseShell("a1")).outcome());
  }

  @Test
  void promise11ADeletionWhoseReplacementIsNotReadyInTimeIsOnlyRequested() {
    Watched slow = new Watched(new InMemoryCluster(() -> now, Duration.ofMinutes(5)));
    slow.simulated.run(Pods.of("shop", POD).build());
    slow.simulated.run(Pods.of("shop", PEER).build());
    Responder responder =
        new Responder(
            new Playbooks(
                List.of(
                    new Playbook(
                        "slow",
                        EventPattern.compile(
                            JsonMapper.builder()
                                .build()
                                .valueToTree(Map.of("alert", Map.of("source", List.of("falco"))))),
                        Mode.ENFORCE,
                        Duration.ofMinutes(10),
                        List.of(DELETE),
                        Budget.DEFAULT)),
                Actions.registered()),
            places(slow.port()),
            ledger,
            ResponderSettings.DEFAULT,
            () -> now,
            millis -> now = now.plusMillis(millis));

    ResponseDecided decided =
        responder.respond(scored(TestAlerts.reverseShell("a1")), now, false).get(0);

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome());
    assertTrue(decided.explanation().contains("no replacement was ready"), decided.explanation());
  }

  @Test
  void theLastReadyReplicaIsNotDeletedButMayBeIsolated() {
    cluster.simulated.run(Pods.of("shop", PEER).notReady().build());

    refused(TestAlerts.reverseShell("a1"), DELETE, "no ready replica of");
    assertEquals(ResponseOutcome.TAKEN, enforce(ISOLATE, TestAlerts.reverseShell("a1")).outcome());
  }

  @Test
  void twoPodsOfOneWorkloadAreNotDeletedAtTheSameTimeWhereNoneWouldBeLeft() {
    // Another responder is deleting the peer, which the cluster still shows as ready.
    String limit = "disrupting/shop/Deployment/web";
    Ledger.Key peer = new Ledger.Key("delete-pod", "uid-of-" + PEER);
    assertTrue(ledger.takeSlot(limit, peer, now, Duration.ofMinutes(2), 1));

    assertThrows(Unavailable.class, () -> enforce(DELETE, TestAlerts.reverseShell("a1")));
    assertEquals(List.of(), cluster.changes);

    ledger.giveBack(limit, peer);
    assertEquals(ResponseOutcome.TAKEN, enforce(DELETE, TestAlerts.reverseShell("a1")).outcome());
  }

  @Test
  void aDeletionThatIsOverLeavesRoomForTheNext() {
    assertEquals(ResponseOutcome.TAKEN, enforce(DELETE, TestAlerts.reverseShell("a1")).outcome());

    assertTrue(
        ledger.takeSlot(
            "disrupting/shop/Deployment/web",
            new Ledger.Key("isolate-pod", "next"),
            now,
            Duration.ofMinutes(2),
            1));
  }

  @Test
  void aDisruptionBudgetThatAllowsNothingHoldsADeletion() {
    cluster.simulated.budget("shop/Deployment/web", new DisruptionBudget("keep-web", 0));

    refused(TestAlerts.reverseShell("a1"), DELETE, "PodDisruptionBudget keep-web allows 0");
  }

  /** The budget allowed one when the guards looked. */
  @Test
  void promise12ABudgetThatIsUsedUpMeanwhileRefusesTheDeletion() {
    cluster.simulated.budget("shop/Deployment/web", new DisruptionBudget("keep-web", 1));
    ScoredAlert alert = scored(TestAlerts.reverseShell("a1"));
    Cluster spent =
        (Cluster)
            Proxy.newProxyInstance(
                Cluster.class.getClassLoader(),
                new Class<?>[] {Cluster.class},
                (proxy, method, arguments) ->
                    method.getName().equals("evict")
                        ? Cluster.Change.REFUSED_BY_BUDGET
                        : method.invoke(cluster.simulated, arguments));

    ResponseDecided decided = deleting(spent).respond(alert, now, false).getFirst();

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertEquals(
        List.of(
            "PodDisruptionBudget keep-web allows no disruption any more; the pod was not deleted"),
        decided.objections());
    assertTrue(cluster.simulated.pod("shop", POD).isPresent());
  }

  @Test
  void aPodIsEvictedWhereExactlyOneBudgetSelectsIt() {
    cluster.simulated.budget("shop/Deployment/web", new DisruptionBudget("a", 1));
    assertEquals(ResponseOutcome.TAKEN, enforce(DELETE, TestAlerts.reverseShell("a1")).outcome());
    cluster.simulated.budget("shop/Deployment/web", new DisruptionBudget("b", 1));
    enforce(DELETE, on(web().pod(PEER).podUid("uid-of-" + PEER)));

    assertEquals(List.of("evict uid-of-" + POD, "delete uid-of-" + PEER), cluster.changes);
  }

  @Test
  void podsThatNothingOrTheWrongControllerOwnsAreNotDeleted() {
    cluster.simulated.run(Pods.of("shop", POD).bare().build());
    refused(TestAlerts.reverseShell("a1"), DELETE, "the pod has no controller");

    cluster.simulated.run(Pods.of("shop", POD).owner("DaemonSet", "agent").build());
    refused(TestAlerts.reverseShell("a1"), DELETE, "belongs to DaemonSet/agent");
  }

  @Test
  void aPodThatUsesItsNodesNetworkIsNotIsolated() {
    cluster.simulated.run(Pods.of("shop", POD).hostNetwork().build());

    refused(TestAlerts.reverseShell("a1"), ISOLATE, "a NetworkPolicy cannot isolate");
  }

  @Test
  void aReplacementThatBearsTheNameIsInnocent() {
    cluster.simulated.run(
        Pods.of("shop", POD)
            .uid("uid-new")
            .createdAt(TestAlerts.AT.plusSeconds(1))
            .containerIds("other")
            .build());

    refused(TestAlerts.reverseShell("a1"), DELETE, "it is a replacement");
    refused(on(web().podUid("uid-old")), DELETE, "about pod uid uid-old");
  }

  @Test
  void aPodWhoseCreationIsTooCloseToTellIsSpared() {
    cluster.simulated.run(
        Pods.of("shop", POD)
            .createdAt(TestAlerts.AT.minusSeconds(1))
            .containerIds("other")
            .build());

    refused(TestAlerts.reverseShell("a1"), DELETE, "it may be a replacement");
  }

  @Test
  void aRestartedContainerDoesNotHideItsPod() {
    cluster.simulated.run(Pods.of("shop", POD).containerIds("restarted").build());

    assertEquals(ResponseOutcome.TAKEN, enforce(ISOLATE, TestAlerts.reverseShell("a1")).outcome());
  }

  @Test
  void anAlertWithoutATimeOrFromTheFutureDoesNotAct() {
    assertEquals(
        ResponseOutcome.OBSERVED,
        enforce(DELETE, TestAlerts.alert("a1", "r", Severity.HIGH).at(now.plusSeconds(300)).build())
            .outcome());
    assertEquals(List.of(), cluster.changes);
  }

  @Test
  void anAlertThatNamesNoPodIsRefused() {
    refused(on(web().pod(null)), DELETE, "does not name a pod");
    refused(on(web().pod("gone")), DELETE, "pod shop/gone no longer exists");
  }

  @Test
  void aBudgetThatIsSpentHoldsTheNextAction() {
    Responder responder =
        responder(
            Mode.ENFORCE, new Budget(Budget.Per.NAMESPACE, 1, Duration.ofMinutes(10)), ISOLATE);
    responder.respond(scored(TestAlerts.reverseShell("a1")), now, false);

    ResponseDecided second =
        responder
            .respond(
                scored(TestAlerts.alert("a2", "r", Severity.CRITICAL).pod(PEER).build()),
                now,
                false)
            .get(0);

    assertEquals(ResponseOutcome.REFUSED, second.outcome());
    assertTrue(second.objections().get(0).contains("budget is used up: 1 of 1"));
    assertEquals(1, cluster.changes.size());
  }

  @Test
  void theKillSwitchThrownWhileAnAlertIsOnItsWayStopsItRightBeforeActing() {
    InMemoryLedger late = new InMemoryLedger();
    Ledger thrownAfterTheFirstLook = haltedAfterTheFirstLook(late);
    Responder responder =
        new Responder(
            new Playbooks(
                List.of(
                    new Playbook(
                        "p",
                        EventPattern.compile(
                            JsonMapper.builder()
                                .build()
                                .valueToTree(Map.of("alert", Map.of("source", List.of("falco"))))),
                        Mode.ENFORCE,
                        Duration.ofMinutes(10),
                        List.of(DELETE),
                        Budget.DEFAULT)),
                Actions.registered()),
            places(cluster.port()),
            thrownAfterTheFirstLook,
            ResponderSettings.DEFAULT,
            () -> now,
            millis -> now = now.plusMillis(millis));

    ResponseDecided decided =
        responder.respond(scored(TestAlerts.reverseShell("a1")), now, false).get(0);

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertEquals(List.of(), cluster.changes);
  }

  /** A ledger that reports "not halted" once, and "halted" afterwards. */
  private static Ledger haltedAfterTheFirstLook(Ledger delegate) {
    AtomicBoolean asked = new AtomicBoolean();
    return (Ledger)
        Proxy.newProxyInstance(
            Ledger.class.getClassLoader(),
            new Class<?>[] {Ledger.class},
            (proxy, method, arguments) ->
                method.getName().equals("halted")
                    ? asked.getAndSet(true)
                    : method.invoke(delegate, arguments));
  }

  /** Only a part of the isolation is lost; its release would open the rest, too. */
  @Test
  void promise10AnIsolationThatIsLostInPartIsNotReleasedWhileTheAttackGoesOn() {
    Responder responder = responder(Mode.ENFORCE, ISOLATE);
    responder.respond(scored(TestAlerts.reverseShell("a0")), now, false);
    Pod pod = cluster.simulated.pod("shop", POD).orElseThrow();
    cluster.simulated.allow("NetworkPolicy dns allows port 53");
    List<ResponseDecided> told = new ArrayList<>();

    for (int minute = 1; minute <= 6 * 60; minute++) {
      now = now.plus(Duration.ofMinutes(1));
      if (minute % 10 == 0) {
        Alert alert =
            TestAlerts.alert("a" + minute, "Reverse shell", Severity.CRITICAL)
                .at(now)
                .target(web().build())
                .build();
        boolean unused = responder.respond(scored(alert), now, false, told::add);
      }
      responder.releaseEnded(now, told::add);
      responder.watch(now, told::add);
    }

    assertEquals(
        List.of(), told.stream().filter(one -> one.outcome() == ResponseOutcome.RELEASED).toList());
    assertTrue(cluster.simulated.isolation(pod).inForce());
  }

  /** A StatefulSet starts no other pod of that name before the old one is gone. */
  @Test
  void promise11AnEndingPodOfAStatefulSetIsNotReplacedByAnOlderReplica() {
    cluster.simulated.run(Pods.of("shop", "db-0").owner("StatefulSet", "db").build());
    cluster.simulated.run(Pods.of("shop", "db-1").owner("StatefulSet", "db").build());
    Pod ending = Pods.of("shop", "db-0").owner("StatefulSet", "db").endsLate().build();
    KubernetesScope scope = KubernetesScope.of(cluster.port(), Optional.of("blue"));
    ObservedPod observed =
        new ObservedPod(
            scope,
            new Fact.Known<>(Optional.of(ending)),
            new Fact.Known<>(cluster.simulated.look(ending)),
            new Fact.Known<>(List.of()),
            new Fact.Known<>(Optional.empty()),
            new Fact.Known<>(Optional.empty()));
    DeletePod delete = new DeletePod();

    var pending = (Progress.Pending) delete.take(scope, observed, undo(ending));
    // The pod is gone, and its replacement is not ready yet.
    now = now.plusMillis(1_500);
    var seen = delete.verify(scope, pending.state(), undo(ending), Duration.ofMillis(1_500));

    assertFalse(seen instanceof Progress.Done, () -> seen.toString());
  }

  /** Such as an update of the VPC CNI's add-on that resets its settings. */
  @Test
  void promise11AnIsolationThatTheNetworkPluginNoLongerEnforcesIsReported() {
    Responder responder = responder(Mode.ENFORCE, ISOLATE);
    responder.respond(scored(TestAlerts.reverseShell("a1")), now, false);
    cluster.simulated.enforces(
        new Cluster.Enforcement(Cluster.Enforces.NO, "aws-node does not enforce NetworkPolicy"));

    List<ResponseDecided> told = sweepFor(responder, 20);
    Alert alert =
        TestAlerts.alert("a2", "Reverse shell", Severity.CRITICAL)
            .at(now)
            .target(web().build())
            .build();
    told.addAll(responder.respond(scored(alert), now, false));

    assertFalse(told.isEmpty());
  }

  /** The budget is one that selects the pod only since its labels were changed. */
  @Test
  void aBudgetThatWasNotReadIsNamedInWords() {
    Cluster relabelled =
        (Cluster)
            Proxy.newProxyInstance(
                Cluster.class.getClassLoader(),
                new Class<?>[] {Cluster.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("reads")) {
                    return InvocationHandler.invokeDefault(proxy, method, arguments);
                  }
                  return method.getName().equals("delete")
                      ? Cluster.Change.REFUSED_BY_BUDGET
                      : method.invoke(cluster.simulated, arguments);
                });
    Pod pod = cluster.simulated.pod("shop", POD).orElseThrow();
    KubernetesScope scope = KubernetesScope.of(relabelled, Optional.of("blue"));
    ObservedPod observed = ObservedPod.withPeers(scope, scored(TestAlerts.reverseShell("a1")));
    assertEquals(Optional.of(pod), observed.subject());

    var done = (Progress.Done) new DeletePod().take(scope, observed, undo(pod));

    assertTrue(done.explanation().contains("PodDisruptionBudget"), done.explanation());
  }

  private UndoRecord undo(Pod pod) {
    return UndoRecord.resumed(
        ledger,
        new Containment(
            "delete-pod", pod.uid(), pod.toJson(), "test", now, now.plusSeconds(60), "{}"));
  }
}
