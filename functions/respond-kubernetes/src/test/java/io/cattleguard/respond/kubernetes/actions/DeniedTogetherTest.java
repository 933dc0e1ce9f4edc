package io.cattleguard.respond.kubernetes.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.delay.DelayedMessage;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.cattleguard.respond.ledger.InMemoryLedger;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Isolations where the network plugin denies all pods whose names begin alike, as the VPC CNI. */
final class DeniedTogetherTest {
  private static final String DENIES_WEB =
      "isolating the pod would also deny traffic to the other pods of shop/Deployment/web and those"
          + " that replace it, because the network plugin has one set of rules for pods whose names"
          + " begin alike";

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
              return method.getName().equals("reads")
                  ? InvocationHandler.invokeDefault(proxy, method, arguments)
                  : method.invoke(cluster, arguments);
            });
  }

  @Test
  void promise12AnIsolationThatDeniesTheOtherPodsOfTheWorkloadIsRefused() {
    ResponseDecided decided = take(new IsolatePod(), "web-1");

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertEquals(List.of(DENIES_WEB), decided.objections());
  }

  /** Also one that starts on another node is denied, and stays so after the release. */
  @Test
  void promise12AnOnlyPodIsNotIsolatedBecauseItsReplacementWouldBeDenied() {
    cluster.run(Pods.of("shop", "db-1").owner("Deployment", "db").build());

    assertEquals(ResponseOutcome.REFUSED, take(new IsolatePod(), "db-1").outcome());
  }

  @Test
  void aPodWhoseIsolationIsRefusedIsContainedByTheStrongerActionOfItsPlaybook() {
    ResponseDecided decided =
        take(cluster, new IsolatePod(), "web-1", Optional.of(new DeletePod()));

    assertEquals("delete-pod", decided.action());
    assertEquals(ResponseOutcome.TAKEN, decided.outcome());
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

  /** They serve no requests, and their pods are never deleted. */
  @Test
  void aPodOfAJobIsIsolatedAlsoIfThatDeniesItsOtherPods() {
    for (String name : List.of("batch-1", "batch-2")) {
      cluster.run(Pods.of("shop", name).owner("Job", "batch").build());
    }

    ResponseDecided decided = take(new IsolatePod(), "batch-1");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome());
    assertTrue(
        decided
            .explanation()
            .endsWith("; the network plugin also denies every pod whose name begins with batch-"),
        decided::explanation);
  }

  /** Anyone who can create Jobs can give one a name with which the names of other pods begin. */
  @Test
  void promise12APodOfAJobIsNotIsolatedIfThatDeniesPodsOfAnotherWorkload() {
    cluster.run(Pods.of("shop", "web-x").owner("Job", "web").build());

    ResponseDecided decided = take(new IsolatePod(), "web-x");

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertEquals(
        List.of(
            "isolating the pod would also deny traffic to web-1, web-2, because the network plugin"
                + " has one set of rules for pods whose names begin alike"),
        decided.objections());
  }

  /** Anyone who can create pods can name a Job as their owner. */
  @Test
  void promise7APodThatOnlyClaimsToBeOfAJobIsNone() {
    cluster.run(Pods.of("shop", "batch-1").owner("Job", "batch").build());
    cluster.runClaiming(Pods.of("shop", "batch-0").owner("Job", "batch").build());

    assertEquals(ResponseOutcome.REFUSED, take(new IsolatePod(), "batch-0").outcome());
  }

  /** Anyone who can change a pod can name its owner, and so refuse its isolation. */
  @Test
  void promise7APodThatOnlyClaimsToBeOfADeploymentIsIsolated() {
    cluster.runClaiming(Pods.of("shop", "tool-0").owner("Deployment", "tool").build());

    assertEquals(ResponseOutcome.TAKEN, take(new IsolatePod(), "tool-0").outcome());
  }

  @Test
  void promise12APodWithoutAControllerIsIsolatedIfItIsAlone() {
    cluster.run(Pods.of("shop", "tool-1").bare().build());
    cluster.run(Pods.of("shop", "web-9").bare().build());

    assertEquals(ResponseOutcome.TAKEN, take(new IsolatePod(), "tool-1").outcome());
    assertEquals(ResponseOutcome.REFUSED, take(new IsolatePod(), "web-9").outcome());
  }

  /** Otherwise the holder of a stolen token could end an isolation for good. */
  @Test
  void promise11APodThatWasIsolatedBeforeIsIsolatedAgain() {
    cluster.isolate(cluster.pod("shop", "web-1").orElseThrow(), Map.of());

    ResponseDecided decided = take(new IsolatePod(), "web-1");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided::explanation);
  }

  /** The next attempt may isolate it, which keeps the evidence. */
  @Test
  void promise6APodIsNotDeletedBecauseTheNetworkPluginCannotBeReadForAMoment() {
    ResponseDecided decided =
        take(without("sharesRules"), new IsolatePod(), "web-1", Optional.of(new DeletePod()));

    assertEquals("isolate-pod REFUSED", decided.action() + " " + decided.outcome());
    assertEquals(
        List.of(
            "cannot find out whether isolating the pod denies other pods too: HTTP 403: nodes is"
                + " forbidden"),
        decided.objections());
    assertTrue(cluster.pod("shop", "web-1").isPresent());
  }

  @Test
  void podsThatAPolicyAllowsTrafficAreNotSaidToBeDenied() {
    cluster.run(Pods.of("shop", "batch-1").owner("Job", "batch").build());
    cluster.allow("NetworkPolicy web selects the other pods of its workload");

    assertFalse(
        take(new IsolatePod(), "batch-1").explanation().contains("the network plugin also denies"));
  }

  /** A person may delete the pod by hand meanwhile, or the limit may allow the deletion again. */
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
    cluster.sharesRules(false);

    ResponseDecided decided = take(new IsolatePod(), "web-1");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome());
    assertFalse(decided.explanation().contains("the network plugin also denies"));
  }
}
