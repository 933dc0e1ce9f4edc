package io.cattleguard.respond.kubernetes.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.events.Alert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Fact;
import io.cattleguard.respond.action.Guard;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Situation;
import io.cattleguard.respond.kubernetes.cluster.NoCluster;
import io.cattleguard.respond.kubernetes.cluster.Node;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests which guards object to a cordon. A row is one situation and the guards that object. */
final class NodeGuardsTest {
  private static final KubernetesScope BLUE =
      new KubernetesScope(new NoCluster(), Optional.of("blue"), Set.of());
  private static final Instant BEFORE = TestAlerts.AT.minusSeconds(3_600);

  private static Node node(String name) {
    return new Node(name, "uid-of-" + name, BEFORE, false, true, false, false, Set.of());
  }

  private static Node cordoned(String name) {
    return new Node(name, "uid-of-" + name, BEFORE, false, true, true, false, Set.of());
  }

  private static Node tainted(String name, String taint) {
    return new Node(name, "uid-of-" + name, BEFORE, false, true, false, false, Set.of(taint));
  }

  private static Target.Builder target() {
    return Target.builder().cluster("blue").node("node-a");
  }

  private static ObservedNode seen(Node node, Node... others) {
    List<Node> all = new ArrayList<>(List.of(others));
    all.add(node);
    return new ObservedNode(
        BLUE,
        new Fact.Known<>(Optional.of(node)),
        new Fact.Known<>(all),
        new Fact.Unknown<>("not asked"));
  }

  private static ObservedNode sound() {
    return seen(node("node-a"), node("node-b"));
  }

  private static ObservedNode sensorOn(Fact<Optional<String>> node) {
    return new ObservedNode(BLUE, sound().node(), sound().all(), node);
  }

  private static ObservedNode many(int nodes, int cordoned) {
    List<Node> all = new ArrayList<>(Collections.nCopies(nodes - cordoned - 1, node("node-b")));
    all.addAll(Collections.nCopies(cordoned, cordoned("node-c")));
    return seen(node("node-a"), all.toArray(new Node[0]));
  }

  static Stream<Arguments> situations() {
    Target.Builder bySensor = target().sensor("cattleguard/0b3f/sensor-x2x4k");
    return Stream.of(
        arguments("a node that may be cordoned", target(), sound(), ""),
        arguments("an alert of another cluster", target().cluster("green"), sound(), "cluster"),
        arguments("a finding of an account", target().account("1"), sound(), "cluster"),
        arguments("an alert without a node", target().node(null), sound(), "node named"),
        arguments(
            "a node that is gone",
            target(),
            new ObservedNode(
                BLUE, new Fact.Known<>(Optional.empty()), sound().all(), sound().sensorNode()),
            "node exists"),
        arguments(
            "a node that cannot be read",
            target(),
            new ObservedNode(
                BLUE, new Fact.Unknown<>("away"), new Fact.Unknown<>("away"), sound().sensorNode()),
            "node exists"),
        arguments(
            "a node that is younger than the alert",
            target(),
            seen(
                new Node(
                    "node-a",
                    "u",
                    TestAlerts.AT.plusMillis(1),
                    false,
                    true,
                    false,
                    false,
                    Set.of()),
                node("node-b")),
            "same node"),
        arguments(
            "the sensor's own node",
            bySensor,
            sensorOn(new Fact.Known<>(Optional.of("node-a"))),
            ""),
        arguments(
            "a sensor on another node",
            bySensor,
            sensorOn(new Fact.Known<>(Optional.of("node-b"))),
            "node"),
        arguments(
            "a sensor whose pod is gone",
            bySensor,
            sensorOn(new Fact.Known<>(Optional.empty())),
            "node"),
        arguments(
            "a sensor that cannot be read", bySensor, sensorOn(new Fact.Unknown<>("away")), "node"),
        arguments(
            "a node of the control plane",
            target(),
            seen(
                new Node("node-a", "u", BEFORE, true, true, false, false, Set.of()),
                node("node-b")),
            "control plane"),
        arguments("the only node", target(), seen(node("node-a")), "last schedulable node"),
        arguments(
            "the only node that is not cordoned",
            target(),
            seen(node("node-a"), cordoned("node-b")),
            "last schedulable node, share of nodes"),
        arguments(
            "the only one that is ready",
            target(),
            seen(
                node("node-a"),
                new Node("node-b", "v", BEFORE, false, false, false, false, Set.of())),
            "last schedulable node"),
        arguments(
            "beside it only the control plane",
            target(),
            seen(
                node("node-a"),
                new Node("node-b", "v", BEFORE, true, true, false, false, Set.of())),
            "last schedulable node"),
        arguments(
            "beside it only a node that keeps its pods away",
            target(),
            seen(node("node-a"), tainted("node-b", "gpu")),
            "last schedulable node"),
        arguments(
            "one of two nodes with the same taint",
            target(),
            seen(
                tainted("node-a", "pool=gpu:NoSchedule"), tainted("node-b", "pool=gpu:NoSchedule")),
            ""),
        arguments(
            "the last node of a pool that shares the taint's key with another pool",
            target(),
            seen(
                tainted("node-a", "pool=gpu:NoSchedule"),
                tainted("node-b", "pool=edge:NoSchedule")),
            "last schedulable node"),
        arguments(
            "another node whose taint has a stronger effect",
            target(),
            seen(tainted("node-a", "gpu:NoSchedule"), tainted("node-b", "gpu:NoExecute")),
            "last schedulable node"),
        arguments(
            "a node under pressure, whose pods cannot go to another one under pressure",
            target(),
            seen(
                tainted("node-a", "node.kubernetes.io/disk-pressure:NoSchedule"),
                tainted("node-b", "node.kubernetes.io/disk-pressure:NoSchedule")),
            "last schedulable node"),
        arguments(
            "a node that is cordoned already", target(), seen(cordoned("node-a"), node("b")), ""),
        arguments("one of nineteen is cordoned", target(), many(19, 1), "share of nodes"),
        arguments("one of twenty is cordoned", target(), many(20, 1), ""),
        arguments("two of twenty are cordoned", target(), many(20, 2), "share of nodes"),
        arguments(
            "nodes that cannot be listed",
            target(),
            new ObservedNode(
                BLUE, sound().node(), new Fact.Unknown<>("away"), sound().sensorNode()),
            "last schedulable node"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("situations")
  void exactlyTheseGuardsObject(
      String sentence, Target.Builder target, ObservedNode observed, String guards) {
    Target named = target.build();
    Alert alert = TestAlerts.alert("a1", "r", Severity.CRITICAL).target(named).build();
    String node = named.node();
    Alert proven = node == null || named.sensor() != null ? alert : alert.seenOnNode(node);
    assertEquals(guards, objecting(proven, observed, false), sentence);
  }

  /** Otherwise every client that may post alerts could cordon any node. */
  @Test
  void aNodeThatNoCredentialProvesIsNeverCordoned() {
    Alert claimed = TestAlerts.alert("a1", "r", Severity.CRITICAL).target(target().build()).build();
    assertEquals("node", objecting(claimed, sound(), false));
    assertEquals("", objecting(claimed, sound(), true), "a rehearsal of recorded events");
  }

  private static String objecting(Alert alert, ObservedNode observed, boolean rehearsal) {
    Situation<ObservedNode> situation =
        new Situation<>(
            TestAlerts.scored(alert, 85),
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
            rehearsal);
    return String.join(
        ", ",
        new CordonNode()
            .guards().stream()
                .filter(guard -> guard.objection(situation).isPresent())
                .map(Guard::name)
                .toList());
  }
}
