package io.cattleguard.respond.kubernetes.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.delay.DelayQueue;
import io.cattleguard.respond.delay.DelayedMessage;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.cattleguard.respond.kubernetes.cluster.Workload;
import io.cattleguard.respond.ledger.InMemoryLedger;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PauseWorkloadTest {
  private static final String PAUSE = "pause-workload: { outage: accepted }";
  private static final String WEB = "shop/Deployment/web";

  @TempDir private Path directory;

  private Instant now = TestAlerts.AT.plusSeconds(1);
  private final InMemoryCluster cluster = new InMemoryCluster(() -> now, Duration.ofSeconds(2));
  private final InMemoryLedger ledger = new InMemoryLedger();

  /** Changes the cluster's description of a workload. */
  private UnaryOperator<Workload> seen = is -> is;

  /** An event that happens right after a pause. */
  private Runnable afterwards = () -> {};

  @BeforeEach
  void runThreeReplicas() {
    for (String name : List.of("web-1", "web-2", "web-3")) {
      cluster.run(Pods.of("shop", name).build());
    }
  }

  private Cluster port() {
    return (Cluster)
        Proxy.newProxyInstance(
            Cluster.class.getClassLoader(),
            new Class<?>[] {Cluster.class},
            (proxy, method, arguments) -> {
              Object result = method.invoke(cluster, arguments);
              if (method.getName().equals("pause")) {
                afterwards.run();
              }
              return result instanceof Optional<?> found
                      && found.isPresent()
                      && found.get() instanceof Workload is
                  ? Optional.of(seen.apply(is))
                  : result;
            });
  }

  private Responder responder(String steps, String budget) throws IOException {
    Files.createDirectories(directory.resolve("playbooks"));
    Files.writeString(
        directory.resolve("playbooks/one.yaml"),
        """
        name: one
        when: { alert: { class: [runtime] } }
        mode: enforce
        steps:
          - %s
        budget: %s
        """
            .formatted(steps, budget));
    return new Responder(
        Playbooks.read(new PolicyFiles(directory)),
        Places.of(KubernetesScope.class, KubernetesScope.of(port(), Optional.of("blue"))),
        ledger,
        ResponderSettings.DEFAULT,
        () -> now,
        millis -> now = now.plusMillis(millis));
  }

  private Responder responder() throws IOException {
    return responder(PAUSE, "{ per: workload, max: 3, window: 10m }");
  }

  private ResponseDecided alert(Responder responder, String id, String pod) {
    Target target =
        Target.builder()
            .cluster("blue")
            .node("node-a")
            .namespace("shop")
            .pod(pod)
            .workload("Deployment/web")
            .build();
    List<ResponseDecided> decided =
        responder.respond(
            TestAlerts.scored(
                TestAlerts.alert(id, "Web shell", Severity.CRITICAL).target(target).at(now).build(),
                85),
            now,
            false);
    assertEquals(1, decided.size(), decided::toString);
    return decided.getFirst();
  }

  private Workload web() {
    return cluster.workload("shop", new Pod.Owner("Deployment", "web")).orElseThrow();
  }

  private String released() throws IOException {
    now = now.plus(Duration.ofHours(4));
    List<ResponseDecided> released = responder().releaseEnded(now);
    assertEquals(1, released.size(), released::toString);
    return released.getFirst().explanation();
  }

  @Test
  void theWorkloadHasNoPodsUntilTheLeaseEndsAndThenAsManyAsBefore() throws IOException {
    ResponseDecided decided = alert(responder(), "a1", "web-1");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals("scaled from 3 to 0 and no pod is left", decided.explanation());
    assertEquals("workload shop/Deployment/web (uid uid-of-Deployment/web)", decided.target());
    assertEquals(0, web().pods());

    assertEquals("lease expired: the workload is scaled to 3 again", released());
    assertEquals(3, web().pods());
  }

  @Test
  void whatSomethingElseScaledSinceIsLeftAsItIs() throws IOException {
    alert(responder(), "a1", "web-1");
    cluster.scaleBy("kubectl", WEB, 1);
    cluster.scaleBy("kubectl", WEB, 0);

    assertTrue(released().contains("something else has changed the workload since"));
    assertEquals(0, web().replicas());
  }

  @Test
  void promise14AWorkloadThatAPersonScaledBackTwiceKeepsItsPods() throws IOException {
    alert(responder(), "a1", "web-1");
    cluster.scaleBy("kubectl", WEB, 3);
    alert(responder(), "a2", running());
    cluster.scaleBy("kubectl", WEB, 3);

    ResponseDecided third = alert(responder(), "a3", running());

    assertEquals(ResponseOutcome.REFUSED, third.outcome(), third.explanation());
    assertTrue(
        third
            .explanation()
            .contains("a person, a controller or the intruder undid it 2 times within a day"),
        third.explanation());
    assertEquals(3, web().replicas());
  }

  private String running() {
    now = now.plusSeconds(120);
    return cluster.pods().stream()
        .filter(pod -> pod.workload().equals(WEB) && !pod.terminating())
        .findFirst()
        .orElseThrow()
        .name();
  }

  @Test
  void theDetachedPodsOfAPausedWorkloadAreTold() throws IOException {
    Pod detached = cluster.pod("shop", "web-1").orElseThrow();
    cluster.isolate(detached, cluster.detachment(detached).labels());

    ResponseDecided decided = alert(responder(), "a1", "web-2");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(
        "scaled from 3 to 0 and no pod is left; 1 detached pod of it remains, isolated: web-1",
        decided.explanation());
  }

  @Test
  void aWorkloadThatNoReleaseMayStartAgainIsNotPaused() throws IOException {
    cluster.scaleBy("kubectl", WEB, 1_001);

    ResponseDecided decided = alert(responder(), "a1", "web-1");

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertTrue(
        decided.explanation().contains("the workload wants 1001 pods, and the admission policy"),
        decided.explanation());
    assertEquals(1_001, web().replicas());
  }

  @Test
  void promise11AWorkloadThatIsScaledBackIsOnlyRequested() throws IOException {
    afterwards = () -> cluster.scaleBy("argocd-controller", WEB, 3);
    seen =
        is ->
            new Workload(
                is.namespace(),
                is.kind(),
                is.name(),
                is.uid(),
                is.replicas(),
                is.pods(),
                is.pausedByUs(),
                is.changedBy(),
                is.schedule(),
                List.of("Argo CD manages it"));

    ResponseDecided decided = alert(responder(), "a1", "web-1");

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome());
    assertEquals(
        "scaled from 3 to 0, but argocd-controller has scaled it back: stop that first; Argo CD"
            + " manages it",
        decided.explanation());
    assertTrue(released().contains("something else has changed"));
    assertEquals(3, web().replicas());
  }

  @Test
  void promise11PodsThatDoNotEndAreOnlyRequested() throws IOException {
    seen =
        is ->
            new Workload(
                is.namespace(),
                is.kind(),
                is.name(),
                is.uid(),
                is.replicas(),
                1,
                is.pausedByUs(),
                is.changedBy(),
                is.schedule(),
                List.of());

    ResponseDecided decided = alert(responder(), "a1", "web-1");

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome());
    assertTrue(decided.explanation().contains("pods were still running"), decided.explanation());
    assertEquals("lease expired: the workload is scaled to 3 again", released());
  }

  /** The status of a workload counts no pod that is terminating. */
  @Test
  void promise11ThePodOfTheAlertHasEndedToo() throws IOException {
    seen =
        is ->
            new Workload(
                is.namespace(),
                is.kind(),
                is.name(),
                is.uid(),
                is.replicas(),
                0,
                is.pausedByUs(),
                is.changedBy(),
                is.schedule(),
                List.of());

    ResponseDecided decided = alert(responder(), "a1", "web-1");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(Optional.empty(), cluster.pod("shop", "web-1"));
  }

  @Test
  void promise11PodsThatAreTerminatingAreWaitedFor() throws IOException {
    ResponseDecided decided = alert(responder(), "a1", "web-1");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(List.of(), cluster.pods());
  }

  @Test
  void promise11APausedWorkloadWhosePodsStillRunIsOnlyRequested() throws IOException {
    seen = is -> is.wanting(0);

    ResponseDecided decided = alert(responder(), "a1", "web-1");

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    assertTrue(decided.explanation().contains("pods were still running"), decided.explanation());
  }

  @Test
  void aWorkloadWithoutPodsStaysLikeThat() throws IOException {
    seen = is -> is.wanting(0);

    assertTrue(alert(responder(), "a1", "web-1").explanation().contains("nothing to do"));
    now = now.plus(Duration.ofHours(4));
    assertEquals(List.of(), responder().releaseEnded(now));
  }

  /** The playbook has budget {per: workload, max: 3, window: 10m, then: pause-workload}. */
  @Test
  void aWorkloadWhosePodsAreCompromisedAgainAndAgainIsPausedOnceTheBudgetIsUsedUp()
      throws IOException {
    Responder responder =
        responder(
            "delete-pod: {}", "{ per: workload, max: 2, window: 10m, then: { " + PAUSE + " } }");
    for (int i = 0; i < 2; i++) {
      String pod = cluster.pods().stream().filter(Pod::ready).findFirst().orElseThrow().name();
      ResponseDecided deleted = alert(responder, "d" + i, pod);
      assertEquals("delete-pod", deleted.action());
      assertEquals(ResponseOutcome.TAKEN, deleted.outcome(), deleted.explanation());
      now = now.plusSeconds(5);
    }

    ResponseDecided third = alert(responder, "d3", "web-3");

    assertEquals("pause-workload", third.action(), third.explanation());
    assertEquals(ResponseOutcome.TAKEN, third.outcome(), third.explanation());
    assertEquals(0, web().pods());
    assertEquals("lease expired: the workload is scaled to 3 again", released());
  }

  /** A budget must not leave the fourth pod of a DaemonSet without any containment. */
  @Test
  void aPodWhoseWorkloadCannotBePausedWaitsForTheBudgetInstead() throws IOException {
    for (int i = 1; i <= 2; i++) {
      cluster.run(
          Pods.of("shop", "agent-" + i).owner("DaemonSet", "agent").uid("agent-" + i).build());
    }
    List<DelayedMessage> sent = new ArrayList<>();
    Responder unused =
        responder(
            "isolate-pod: {}", "{ per: workload, max: 1, window: 5m, then: { " + PAUSE + " } }");
    Responder responder =
        new Responder(
            Playbooks.read(new PolicyFiles(directory)),
            Places.of(KubernetesScope.class, KubernetesScope.of(port(), Optional.of("blue"))),
            ledger,
            ResponderSettings.DEFAULT,
            () -> now,
            (DelayQueue) (message, delay) -> sent.add(message));
    List<ResponseDecided> told = new ArrayList<>();
    for (int i = 1; i <= 2; i++) {
      Target target =
          Target.builder()
              .cluster("blue")
              .node("node-a")
              .namespace("shop")
              .pod("agent-" + i)
              .build();
      told.addAll(
          responder.respond(
              TestAlerts.scored(
                  TestAlerts.alert("a" + i, "Web shell", Severity.CRITICAL)
                      .target(target)
                      .at(now)
                      .build(),
                  85),
              now,
              false));
    }
    Pod second = cluster.pod("shop", "agent-2").orElseThrow();
    assertFalse(cluster.isolation(second).inForce());
    assertTrue(
        told.getLast().explanation().contains("pause-workload is impossible: "), told::toString);

    for (int i = 0; i < 40 && !sent.isEmpty(); i++) {
      now = now.plusSeconds(30);
      List<DelayedMessage> due = List.copyOf(sent);
      sent.clear();
      due.forEach(message -> responder.again(message, now, told::add));
    }

    assertTrue(cluster.isolation(second).inForce(), told::toString);
    assertEquals(
        1,
        told.stream().filter(one -> one.explanation().contains("is impossible")).count(),
        told::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "DaemonSet,workload that can be paused",
    "Node,workload that can be paused",
    "Rollout,workload that can be paused",
    "Deployment,''",
    "StatefulSet,''",
    "ReplicaSet,''",
    "Job,''",
  })
  void onlyWorkloadsWithANumberOfPodsArePaused(String kind, String guards) {
    assertEquals(
        guards, objecting(new PauseWorkload(Duration.ofHours(1), true), "shop", kind, true));
  }

  @Test
  void theOtherGuardsOfAPauseObject() {
    PauseWorkload accepted = new PauseWorkload(Duration.ofHours(1), true);
    assertEquals("outage accepted", objecting(new PauseWorkload(), "shop", "Deployment", true));
    assertEquals("protected namespace", objecting(accepted, "kube-system", "Deployment", true));
    assertEquals("workload that can be paused", objecting(accepted, "shop", "Deployment", false));
    assertEquals("workload that can be paused", objecting(accepted, "shop", "", true));
  }

  /** A user who may create pods may name any controller as the owner of one. */
  @Test
  void aPodThatOnlyClaimsItsOwnerDoesNotPauseItsWorkload() throws IOException {
    cluster.runClaiming(Pods.of("shop", "evil-1").build());

    ResponseDecided decided = alert(responder(), "a1", "evil-1");

    assertEquals(ResponseOutcome.REFUSED, decided.outcome(), decided.explanation());
    assertTrue(
        decided
            .explanation()
            .contains(
                "the pod is not one of the workload: the selector of shop/Deployment/web does not"
                    + " match its labels"),
        decided.explanation());
    assertEquals(3, web().replicas());
  }

  /**
   * An annotation records its former controller, and any user who may change the pod can write such
   * an annotation.
   */
  @Test
  void aPodThatAnIsolationTookOutOfItsWorkloadDoesNotPauseIt() throws IOException {
    Pod pod = cluster.pod("shop", "web-1").orElseThrow();
    Cluster.Change unused = cluster.isolate(pod, cluster.detachment(pod).labels());

    ResponseDecided decided = alert(responder(), "a1", "web-1");

    assertEquals(ResponseOutcome.REFUSED, decided.outcome(), decided.explanation());
    assertTrue(decided.explanation().contains(Workload.DETACHED), decided.explanation());
    assertEquals(3, web().replicas());
  }

  @Test
  void whetherThePodIsOneOfTheWorkloadMustBeKnown() {
    PauseWorkload accepted = new PauseWorkload(Duration.ofHours(1), true);
    assertEquals(
        "pod of the workload",
        objecting(
            accepted,
            "shop",
            "Deployment",
            is -> new ObservedWorkload(is.pod(), is.workload(), new Fact.Unknown<>("no answer"))));
  }

  private String objecting(PauseWorkload action, String namespace, String kind, boolean exists) {
    return objecting(
        action,
        namespace,
        kind,
        is ->
            exists
                ? is
                : new ObservedWorkload(is.pod(), new Fact.Known<>(Optional.empty()), is.foreign()));
  }

  private String objecting(
      PauseWorkload action,
      String namespace,
      String kind,
      UnaryOperator<ObservedWorkload> changed) {
    Pods pods = Pods.of(namespace, "a").bare();
    Pod pod = kind.isEmpty() ? pods.build() : pods.owner(kind, "a").build();
    InMemoryCluster here = new InMemoryCluster(() -> now, Duration.ZERO);
    here.run(pod);
    KubernetesScope scope = new KubernetesScope(here, Optional.of("blue"), Set.of());
    ScoredAlert scored =
        TestAlerts.scored(
            TestAlerts.alert("a1", "r", Severity.CRITICAL)
                .target(
                    Target.builder()
                        .cluster("blue")
                        .node("node-a")
                        .namespace(namespace)
                        .pod("a")
                        .build())
                .build(),
            85);
    ObservedWorkload observed = changed.apply(action.look(scope, scored));
    Situation<ObservedWorkload> situation =
        new Situation<>(
            scored,
            new Playbook(
                "test",
                EventPattern.compile(
                    JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85)))),
                Mode.ENFORCE,
                Duration.ofMinutes(10),
                List.of(),
                Budget.DEFAULT),
            observed,
            List.of(),
            new Fact.Known<>(false),
            TestAlerts.AT,
            false,
            false);
    return String.join(
        ", ",
        action.guards().stream()
            .filter(guard -> guard.objection(situation).isPresent())
            .map(Guard::name)
            .toList());
  }

  /** Root on one node can send alerts of pods of many workloads. */
  @Test
  void promise9FailuresOfPodsOfOneNodeDoNotOpenTheBreakerOfOthers() throws IOException {
    Responder responder = responder();
    afterwards =
        () -> {
          throw new Denied("said so");
        };
    for (int n = 0; n < 5; n++) {
      cluster.run(Pods.of("shop", "api-" + n).owner("Deployment", "api-" + n).build());
      assertEquals(ResponseOutcome.FAILED, alert(responder, "a" + n, "api-" + n).outcome());
    }
    afterwards = () -> {};

    assertEquals(ResponseOutcome.TAKEN, alert(responder, "b1", "web-1").outcome());
  }
}
