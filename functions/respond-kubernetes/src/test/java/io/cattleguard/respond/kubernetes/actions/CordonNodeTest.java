package io.cattleguard.respond.kubernetes.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Node;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class CordonNodeTest {
  private Instant now = TestAlerts.AT.plusSeconds(1);
  private final InMemoryCluster cluster = new InMemoryCluster(() -> now, Duration.ZERO);
  private final InMemoryLedger ledger = new InMemoryLedger();

  @BeforeEach
  void runThreeNodes() {
    List.of("node-a", "node-b", "node-c").forEach(cluster::addNode);
  }

  private Responder responder(CordonNode step) {
    return responder(cluster, step);
  }

  private Responder responder(Cluster port, CordonNode step) {
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
        Places.of(KubernetesScope.class, KubernetesScope.of(port, Optional.of("blue"))),
        ledger,
        ResponderSettings.DEFAULT,
        () -> now,
        millis -> now = now.plusMillis(millis));
  }

  private ResponseDecided enforce(CordonNode step, String id, String node) {
    return enforce(cluster, step, id, node);
  }

  private ResponseDecided enforce(Cluster port, CordonNode step, String id, String node) {
    Target target = Target.builder().cluster("blue").node(node).build();
    return responder(port, step)
        .respond(
            TestAlerts.scored(
                TestAlerts.alert(id, "Container escape", Severity.CRITICAL)
                    .target(target)
                    .build()
                    .seenOnNode(node),
                85),
            now,
            false)
        .getFirst();
  }

  private Node node(String name) {
    return cluster.node(name).orElseThrow();
  }

  private ResponseDecided released() {
    now = now.plus(Duration.ofHours(4));
    List<ResponseDecided> released = responder(new CordonNode()).releaseEnded(now);
    assertEquals(1, released.size(), released::toString);
    return released.getFirst();
  }

  @Test
  void theAlertsNodeIsCordonedUntilItsLeaseEnds() {
    ResponseDecided decided = enforce(new CordonNode(), "a1", "node-a");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals("node node-a (uid uid-of-node-a)", decided.target());
    assertEquals(
        "cordoned: no new pods are scheduled on the node; its running pods keep running",
        decided.explanation());
    assertTrue(node("node-a").unschedulable());
    assertFalse(node("node-a").taintedByUs());
    assertFalse(node("node-b").unschedulable());

    assertEquals("lease expired: the node takes new pods again", released().explanation());
    assertFalse(node("node-a").unschedulable());
  }

  @Test
  void theTaintComesAndGoesWithIt() {
    ResponseDecided decided =
        enforce(new CordonNode(Duration.ofHours(4), true, 10), "a1", "node-a");

    assertTrue(decided.explanation().contains("tainted with cattleguard.io/quarantine"));
    assertTrue(node("node-a").taintedByUs());
    assertEquals(ResponseOutcome.RELEASED, released().outcome());
    assertFalse(node("node-a").taintedByUs());
  }

  @Test
  void promise11ANodeThatIsUncordonedAfterItWasSeenIsNotToldAsCordoned() {
    cluster.cordonByHand("node-a", true);
    Cluster uncordoned =
        (Cluster)
            Proxy.newProxyInstance(
                Cluster.class.getClassLoader(),
                new Class<?>[] {Cluster.class},
                (proxy, method, arguments) -> {
                  Object result = method.invoke(cluster, arguments);
                  if (method.getName().equals("node")) {
                    cluster.cordonByHand("node-a", false);
                  }
                  return result;
                });

    ResponseDecided decided = enforce(uncordoned, new CordonNode(), "a1", "node-a");

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertTrue(decided.explanation().contains("was uncordoned meanwhile"), decided.explanation());
  }

  @Test
  void aPersonsCordonIsNotUndone() {
    cluster.cordonByHand("node-a", true);

    ResponseDecided decided = enforce(new CordonNode(), "a1", "node-a");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome());
    assertTrue(decided.explanation().contains("something else had cordoned"));
    now = now.plus(Duration.ofHours(4));
    assertEquals(List.of(), responder(new CordonNode()).releaseEnded(now));
    assertTrue(node("node-a").unschedulable());
  }

  @Test
  void aPersonsCordonStaysWhenTheTaintIsRemoved() {
    cluster.cordonByHand("node-a", true);
    enforce(new CordonNode(Duration.ofHours(4), true, 10), "a1", "node-a");
    assertTrue(node("node-a").taintedByUs());

    assertEquals(
        "lease expired: the node stays cordoned, because something else cordoned it; the taint was"
            + " removed",
        released().explanation());
    assertTrue(node("node-a").unschedulable());
    assertFalse(node("node-a").taintedByUs());
  }

  @Test
  void aSecondNodeWaitsUntilTheFirstIsReleased() {
    enforce(new CordonNode(), "a1", "node-a");

    ResponseDecided decided = enforce(new CordonNode(), "a2", "node-b");

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertTrue(
        decided
            .explanation()
            .contains("1 of 3 nodes are unschedulable already; at most 1 may be (10 %, and"),
        decided.explanation());
    assertFalse(node("node-b").unschedulable());
  }

  /** The first attempt's slot would end before every look sees the cordon of the second. */
  @Test
  void aNodeThatIsCordonedAgainKeepsItsPlaceUntilEveryLookSeesIt() {
    Cluster silent =
        (Cluster)
            Proxy.newProxyInstance(
                Cluster.class.getClassLoader(),
                new Class<?>[] {Cluster.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("cordon")) {
                    throw new Unavailable("no answer");
                  }
                  return method.invoke(cluster, arguments);
                });
    assertEquals(
        ResponseOutcome.FAILED, enforce(silent, new CordonNode(), "a1", "node-a").outcome());
    now = now.plusSeconds(90);
    assertEquals(ResponseOutcome.TAKEN, enforce(new CordonNode(), "a2", "node-a").outcome());

    now = now.plusSeconds(90);

    Duration visible = Duration.ofMinutes(2);
    assertFalse(
        ledger.takeSlot(
            "cordoning", new Ledger.Key("cordon-node", "uid-of-node-b"), now, visible, 1));
    assertTrue(
        ledger.takeSlot(
            "cordoning",
            new Ledger.Key("cordon-node", "uid-of-node-b"),
            now.plusSeconds(30),
            visible,
            1));
  }

  @Test
  void aNodeThatWasReplacedIsLeftAlone() {
    enforce(new CordonNode(), "a1", "node-a");
    cluster.run(new Node("node-a", "another", now, false, true, true, false, Set.of()));

    assertTrue(released().explanation().contains("another node has that name"));
    assertTrue(node("node-a").unschedulable());
  }

  @Test
  void cattleguardsOwnPodsOnTheNodeAreNamed() {
    cluster.run(Pods.of("cattleguard", "cattleguard-up-1").node("node-a").build());

    assertTrue(
        enforce(new CordonNode(), "a1", "node-a")
            .explanation()
            .endsWith(
                "; Cattleguard itself runs there (cattleguard-up-1) and would be restarted on"
                    + " another node"));
  }

  /** Two responders read at the same time, before either has cordoned its node. */
  @Test
  void concurrentCordonsLeaveOneNodeOfEachPool() {
    InMemoryCluster pools = new InMemoryCluster(() -> now, Duration.ZERO);
    pools.addNode("general-1");
    pools.addNode("general-2");
    for (int i = 0; i < 18; i++) {
      pools.run(
          new Node(
              "gpu-" + i, "gpu-" + i, Instant.EPOCH, false, true, false, false, Set.of("gpu")));
    }
    List<Node> before = pools.nodes();
    Cluster stale =
        (Cluster)
            Proxy.newProxyInstance(
                Cluster.class.getClassLoader(),
                new Class<?>[] {Cluster.class},
                (proxy, method, arguments) ->
                    method.getName().equals("nodes") ? before : method.invoke(pools, arguments));

    assertEquals(
        ResponseOutcome.TAKEN, enforce(stale, new CordonNode(), "a1", "general-1").outcome());
    assertThrows(Unavailable.class, () -> enforce(stale, new CordonNode(), "a2", "general-2"));

    assertFalse(pools.node("general-2").orElseThrow().unschedulable());
    assertEquals(ResponseOutcome.TAKEN, enforce(stale, new CordonNode(), "a3", "gpu-3").outcome());
  }

  @Test
  void anEndedCordonIsTakenAgainForTheNextAlert() {
    enforce(new CordonNode(), "a1", "node-a");
    cluster.cordonByHand("node-a", false);

    ResponseDecided decided = enforce(new CordonNode(), "a2", "node-a");

    assertEquals(ResponseOutcome.TAKEN, decided.outcome());
    assertTrue(decided.explanation().startsWith("taken again"), decided.explanation());
    assertTrue(node("node-a").unschedulable());
  }

  @Test
  void promise14ANodeThatAPersonUncordonedTwiceStaysUncordoned() {
    enforce(new CordonNode(), "a1", "node-a");
    cluster.cordonByHand("node-a", false);
    enforce(new CordonNode(), "a2", "node-a");
    cluster.cordonByHand("node-a", false);

    ResponseDecided decided = enforce(new CordonNode(), "a3", "node-a");

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertTrue(
        decided
            .explanation()
            .contains("a person, a controller or the intruder undid it 2 times within a day"),
        decided.explanation());
    assertFalse(node("node-a").unschedulable());
  }
}
