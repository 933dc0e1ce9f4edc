package io.cattleguard.respond.kubernetes.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.events.trait.Trait;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Objection;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.NoCluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests which guards object. A row is one situation: a sentence, and the guards that object to an
 * isolation and to a deletion.
 */
final class PodGuardsTest {
  private static final String NAME = "web-1";
  private static final String NONE = "";

  /**
   * A pod that may be isolated and deleted, and an alert about it; each row changes one property.
   */
  record Case(
      KubernetesScope scope,
      Target target,
      Fact<Optional<Pod>> pod,
      Fact<Cluster.Peers> peers,
      Fact<List<DisruptionBudget>> budgets,
      Fact<Optional<String>> sensorNode,
      Fact<Optional<String>> deniedToo,
      boolean rehearsal) {
    private static final Case SOUND =
        new Case(
            new KubernetesScope(new NoCluster(), Optional.of("blue"), Set.of("bank")),
            Target.builder().cluster("blue").node("node-a").namespace("shop").pod(NAME).build(),
            new Fact.Known<>(Optional.of(Pods.of("shop", NAME).build())),
            new Fact.Known<>(new Cluster.Peers(Set.of("other"), 1)),
            new Fact.Known<>(List.of(new DisruptionBudget("keep-web", 1))),
            new Fact.Unknown<>("not asked"),
            new Fact.Known<>(Optional.empty()),
            false);

    private Case about(UnaryOperator<Target.Builder> change) {
      return new Case(
          scope,
          change.apply(target.toBuilder()).build(),
          pod,
          peers,
          budgets,
          sensorNode,
          deniedToo,
          rehearsal);
    }

    private Case seen(Fact<Optional<Pod>> other) {
      return new Case(scope, target, other, peers, budgets, sensorNode, deniedToo, rehearsal);
    }

    private Case pod(UnaryOperator<Pods> change) {
      return seen(new Fact.Known<>(Optional.of(change.apply(Pods.of("shop", NAME)).build())));
    }

    private Case peers(Fact<Cluster.Peers> other) {
      return new Case(scope, target, pod, other, budgets, sensorNode, deniedToo, rehearsal);
    }

    private Case denying(Fact<Optional<String>> others) {
      return new Case(scope, target, pod, peers, budgets, sensorNode, others, rehearsal);
    }

    private Case budgets(Fact<List<DisruptionBudget>> other) {
      return new Case(scope, target, pod, peers, other, sensorNode, deniedToo, rehearsal);
    }

    /** The alert names the sensor's pod, and this is known about that pod's node. */
    private Case sentFrom(Fact<Optional<String>> node) {
      return new Case(
          scope,
          target.toBuilder().sensor("cattleguard/0b3f/sensor-x2x4k").build(),
          pod,
          peers,
          budgets,
          node,
          deniedToo,
          rehearsal);
    }

    private Case whereNodesAreProven() {
      return new Case(
          scope.withProvenNodesOnly(),
          target,
          pod,
          peers,
          budgets,
          sensorNode,
          deniedToo,
          rehearsal);
    }

    private Case isRehearsal() {
      return new Case(scope, target, pod, peers, budgets, sensorNode, deniedToo, true);
    }

    private Case inNoCluster() {
      KubernetesScope nowhere = KubernetesScope.of(new NoCluster(), Optional.empty());
      return new Case(nowhere, target, pod, peers, budgets, sensorNode, deniedToo, rehearsal);
    }

    private Situation<ObservedPod> situation() {
      return new Situation<>(
          TestAlerts.scored(
              TestAlerts.alert("a1", "r", Severity.CRITICAL).target(target).build(), 85),
          new Playbook(
              "test",
              EventPattern.compile(
                  JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85)))),
              Mode.ENFORCE,
              Duration.ofMinutes(10),
              List.of(),
              Budget.DEFAULT),
          new ObservedPod(scope, pod, peers, budgets, sensorNode, deniedToo),
          List.of(),
          new Fact.Known<>(false),
          TestAlerts.AT,
          false,
          rehearsal);
    }
  }

  private static Arguments row(String sentence, Case one, String isolate, String delete) {
    return arguments(sentence, one, isolate, delete);
  }

  private static Arguments both(String sentence, Case one, String guards) {
    return row(sentence, one, guards, guards);
  }

  static Stream<Arguments> situations() {
    Case sound = Case.SOUND;
    return Stream.of(
        both("a pod that may be acted on", sound, NONE),
        both("an alert of another cluster", sound.about(t -> t.cluster("green")), "cluster"),
        both("an alert of no cluster", sound.about(t -> t.cluster(null)), "cluster"),
        both(
            "an alert of any cluster where there is none to mix up",
            sound.inNoCluster().about(t -> t.cluster("green")),
            NONE),
        both("an alert without a pod", sound.about(t -> t.pod(null)), "pod named"),
        both("an alert without a namespace", sound.about(t -> t.namespace(null)), "pod named"),
        both(
            "a namespace that is always protected",
            sound.about(t -> t.namespace("kube-system")),
            "protected namespace"),
        both(
            "a namespace that is protected here",
            sound.about(t -> t.namespace("bank")),
            "protected namespace"),
        both("a pod that is gone", sound.seen(new Fact.Known<>(Optional.empty())), "pod exists"),
        both("a pod that cannot be read", sound.seen(new Fact.Unknown<>("away")), "pod exists"),
        both(
            "a pod that cannot be read in a rehearsal",
            sound.seen(new Fact.Unknown<>("away")).isRehearsal(),
            NONE),
        both("the same UID", sound.about(t -> t.podUid("uid-of-web-1")), NONE),
        both("another UID", sound.about(t -> t.podUid("uid-of-another")), "same pod"),
        both(
            "the alert's container in a pod that is younger than the alert",
            sound
                .about(t -> t.containerId("4f1c0ffee001"))
                .pod(p -> p.createdAt(TestAlerts.AT.plusSeconds(60))),
            NONE),
        both(
            "too short an id of a container in a pod that is younger than the alert",
            sound
                .about(t -> t.containerId("4f1c0ffee00"))
                .pod(p -> p.createdAt(TestAlerts.AT.plusSeconds(60))),
            "same pod"),
        both(
            "too short an id from the kubelet in a pod that is younger than the alert",
            sound
                .about(t -> t.containerId("4f1c0ffee001"))
                .pod(p -> p.containerIds("4f1c0ffee00").createdAt(TestAlerts.AT.plusSeconds(60))),
            "same pod"),
        both(
            "a pod that is younger than the alert",
            sound.pod(p -> p.createdAt(TestAlerts.AT.plusMillis(1))),
            "same pod"),
        both(
            "a pod that was made within two seconds of the alert",
            sound.pod(p -> p.createdAt(TestAlerts.AT.minusMillis(1_999))),
            "same pod"),
        both(
            "a pod that was made two seconds before the alert",
            sound.pod(p -> p.createdAt(TestAlerts.AT.minusMillis(2_000))),
            NONE),
        both("another node", sound.about(t -> t.node("node-b")), "node"),
        both("no node", sound.about(t -> t.node(null)), "node"),
        both(
            "the node of the sensor's pod, whatever the event claims",
            sound
                .whereNodesAreProven()
                .about(t -> t.node("node-b"))
                .sentFrom(new Fact.Known<>(Optional.of("node-a"))),
            NONE),
        both(
            "a sensor on another node that claims the pod's",
            sound.whereNodesAreProven().sentFrom(new Fact.Known<>(Optional.of("node-b"))),
            "node"),
        both(
            "a sensor on another node where nodes may be claimed",
            sound.sentFrom(new Fact.Known<>(Optional.of("node-b"))),
            "node"),
        both(
            "a sensor's pod that is gone",
            sound.sentFrom(new Fact.Known<>(Optional.empty())),
            "node"),
        both(
            "a sensor's pod that cannot be read",
            sound.sentFrom(new Fact.Unknown<>("away")),
            "node"),
        both("a node that is only claimed", sound.whereNodesAreProven(), "node"),
        both("a static pod", sound.pod(Pods::mirror), "static pod"),
        row("a pod on its node's network", sound.pod(Pods::hostNetwork), "host network", NONE),
        row(
            "a pod that is being deleted",
            sound.pod(Pods::terminating),
            NONE,
            "already being deleted"),
        row(
            "a pod that is being deleted with a long grace, and serves alone",
            sound
                .pod(Pods::endsLate)
                .peers(new Fact.Known<>(new Cluster.Peers(Set.of("other"), 0))),
            NONE,
            "last ready replica"),
        row(
            "a pod that is being deleted with a long grace, and serves no more",
            sound
                .pod(pod -> pod.endsLate().notReady())
                .peers(new Fact.Known<>(new Cluster.Peers(Set.of("other"), 0)))
                .budgets(new Fact.Known<>(List.of(new DisruptionBudget("a", 0)))),
            NONE,
            NONE),
        row("a bare pod", sound.pod(Pods::bare), NONE, "owner"),
        row("a pod of a DaemonSet", sound.pod(p -> p.owner("DaemonSet", "a")), NONE, "owner"),
        row("a pod of a Job", sound.pod(p -> p.owner("Job", "a")), NONE, "owner"),
        row("a pod of a Node", sound.pod(p -> p.owner("Node", "a")), NONE, "owner"),
        row("a pod of a StatefulSet", sound.pod(p -> p.owner("StatefulSet", "a")), NONE, NONE),
        row("a pod of a ReplicaSet", sound.pod(p -> p.owner("ReplicaSet", "a")), NONE, NONE),
        row(
            "the last ready replica",
            sound.peers(new Fact.Known<>(new Cluster.Peers(Set.of("other"), 0))),
            NONE,
            "last ready replica"),
        row(
            "a detached pod, which is none of the ready replicas",
            sound
                .pod(Pods::detached)
                .peers(new Fact.Known<>(new Cluster.Peers(Set.of("other"), 0))),
            NONE,
            NONE),
        row(
            "replicas that cannot be counted",
            sound.peers(new Fact.Unknown<>("away")),
            NONE,
            "last ready replica"),
        row(
            "others would be denied too",
            sound.denying(new Fact.Known<>(Optional.of("web-2"))),
            "pods denied too",
            NONE),
        row(
            "whether others would be denied too cannot be read",
            sound.denying(new Fact.Unknown<>("away")),
            "pods denied too",
            NONE),
        row("no disruption budget", sound.budgets(new Fact.Known<>(List.of())), NONE, NONE),
        row(
            "one of two disruption budgets allows none",
            sound.budgets(
                new Fact.Known<>(
                    List.of(new DisruptionBudget("a", 1), new DisruptionBudget("b", 0)))),
            NONE,
            "disruption budget"),
        row(
            "disruption budgets that cannot be read",
            sound.budgets(new Fact.Unknown<>("away")),
            NONE,
            "disruption budget"),
        row(
            "much at once",
            sound
                .about(t -> t.cluster("green").namespace("kube-system").node("node-b"))
                .pod(p -> p.mirror().hostNetwork().bare().terminating()),
            "cluster, protected namespace, node, static pod, host network",
            "cluster, protected namespace, node, static pod, already being deleted, owner"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("situations")
  void exactlyTheseGuardsObject(String sentence, Case one, String isolate, String delete) {
    assertEquals(isolate, objecting(new IsolatePod(), one), sentence);
    assertEquals(delete, objecting(new DeletePod(), one), sentence);
  }

  /** Otherwise an error of the API server would cause a stronger action. */
  @Test
  void whatCannotBeReadAboutPodsThatAreDeniedTooIsReadAgain() {
    Case one = Case.SOUND.denying(new Fact.Unknown<>("away"));
    assertEquals(
        List.of(Objection.Kind.UNREAD),
        new IsolatePod()
            .guards().stream()
                .flatMap(guard -> guard.objection(one.situation()).stream())
                .map(Objection::kind)
                .toList());
  }

  /**
   * Then the alert's pod is deleted, so there is nothing to do; in doubt, the action is refused.
   */
  @Test
  void onlyAPodThatIsSurelyYoungerIsAReplacement() {
    assertEquals(Objection.Kind.GONE, samePod(TestAlerts.AT.plusMillis(1), TestAlerts.AT));
    assertEquals(Objection.Kind.REFUSES, samePod(TestAlerts.AT.minusMillis(1), TestAlerts.AT));
    assertEquals(Objection.Kind.REFUSES, samePod(TestAlerts.AT.minusSeconds(60), null));
  }

  private static Objection.Kind samePod(Instant createdAt, @Nullable Instant observedAt) {
    Situation<ObservedPod> situation = Case.SOUND.pod(p -> p.createdAt(createdAt)).situation();
    Situation<ObservedPod> other =
        with(
            situation,
            TestAlerts.alert("a1", "r", Severity.CRITICAL)
                .target(situation.scored().alert().target())
                .at(observedAt)
                .build());
    return new DeletePod()
        .guards().stream()
            .filter(guard -> guard.name().equals("same pod"))
            .findFirst()
            .flatMap(guard -> guard.objection(other))
            .orElseThrow()
            .kind();
  }

  /** As from a sensor that posts to up with a token that is bound to its node. */
  @Test
  void promise9ANodeThatTheAlertProvesIsTheOneThatCounts() {
    Case elsewhere = Case.SOUND.whereNodesAreProven().about(t -> t.node("node-b"));

    assertEquals("", objecting(new DeletePod(), verified(Case.SOUND.whereNodesAreProven())));
    assertEquals("node", objecting(new DeletePod(), verified(elsewhere)));
    assertEquals(
        "node",
        objecting(
            new DeletePod(), verified(elsewhere.sentFrom(new Fact.Known<>(Optional.of("node-a"))))),
        "whatever pod the event names");
  }

  private static Situation<ObservedPod> verified(Case one) {
    Situation<ObservedPod> claimed = one.situation();
    return with(
        claimed,
        TestAlerts.alert("a1", "r", Severity.CRITICAL)
            .target(claimed.scored().alert().target())
            .traits(List.of(Trait.NODE_VERIFIED.id()))
            .build());
  }

  private static Situation<ObservedPod> with(Situation<ObservedPod> situation, Alert alert) {
    return new Situation<>(
        TestAlerts.scored(alert, 85),
        situation.playbook(),
        situation.observed(),
        situation.allowances(),
        situation.halted(),
        situation.now(),
        situation.replayed(),
        situation.rehearsal());
  }

  private static String objecting(Action<?, ObservedPod> action, Case one) {
    return objecting(action, one.situation());
  }

  private static String objecting(Action<?, ObservedPod> action, Situation<ObservedPod> situation) {
    List<String> objecting =
        action.guards().stream()
            .filter(guard -> guard.objection(situation).isPresent())
            .map(Guard::name)
            .toList();
    return String.join(", ", objecting);
  }
}
