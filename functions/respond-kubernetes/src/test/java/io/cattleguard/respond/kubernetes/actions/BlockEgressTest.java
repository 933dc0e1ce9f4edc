package io.cattleguard.respond.kubernetes.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.cidr.Cidr;
import io.cattleguard.edge.operators.Operators;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ObservedConnection;
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
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.LateCheck;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.EgressBlock;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.cattleguard.respond.ledger.Containment;
import io.cattleguard.respond.ledger.InMemoryLedger;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class BlockEgressTest {
  private static final String PEER = "203.0.113.7";
  private static final Pod POD = Pods.of("shop", "web-1").build();

  private BlockEgress block = new BlockEgress(Duration.ofHours(4), true);
  private Limits limits = Limits.DEFAULT;
  private Instant now = TestAlerts.AT.plusSeconds(1);
  private final InMemoryCluster cluster = new InMemoryCluster(() -> now, Duration.ZERO);
  private final InMemoryLedger ledger = new InMemoryLedger();

  @BeforeEach
  void runAPod() {
    cluster.run(POD);
  }

  private Responder responder(Cluster port) {
    Playbook playbook =
        new Playbook(
            "test",
            EventPattern.compile(
                JsonMapper.builder()
                    .build()
                    .valueToTree(Map.of("alert", Map.of("source", List.of("falco"))))),
            Mode.ENFORCE,
            Duration.ofMinutes(10),
            List.of(block),
            Budget.DEFAULT);
    return new Responder(
        new Playbooks(List.of(playbook), Actions.registered()),
        Places.of(KubernetesScope.class, KubernetesScope.of(port, Optional.of("blue"), limits)),
        ledger,
        ResponderSettings.DEFAULT,
        () -> now,
        millis -> now = now.plusMillis(millis));
  }

  private ResponseDecided enforce(String id, Pod pod, ObservedConnection network) {
    return enforce(cluster, id, pod, network);
  }

  private ResponseDecided enforce(Cluster port, String id, Pod pod, ObservedConnection network) {
    Target target =
        Target.builder()
            .cluster("blue")
            .node("node-a")
            .namespace(pod.namespace())
            .pod(pod.name())
            .podUid(pod.uid())
            .build();
    return responder(port)
        .respond(
            TestAlerts.scored(
                TestAlerts.alert(id, "Beacon", Severity.CRITICAL)
                    .target(target)
                    .network(network)
                    .build()
                    .seenOnNode("node-a"),
                85),
            now,
            false)
        .getFirst();
  }

  private static ObservedConnection to(String peer) {
    return new ObservedConnection(peer, 443, "tcp", "outbound");
  }

  private ResponseDecided enforce() {
    return enforce("a1", POD, to(PEER));
  }

  private ResponseDecided released() {
    now = now.plus(Duration.ofHours(4));
    List<ResponseDecided> released = responder(cluster).releaseEnded(now);
    assertEquals(1, released.size(), released::toString);
    return released.getFirst();
  }

  @Test
  void theWorkloadIsDeniedThePeerUntilTheLeaseEndsAndTheReaderIsToldWhatStillWorks() {
    ResponseDecided decided = enforce();

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    assertEquals(
        "egress of the workload of pod shop/web-1 (uid uid-of-Deployment/web) to 203.0.113.7",
        decided.target());
    for (String part :
        List.of(
            "denies the pods of shop/Deployment/web connections to 203.0.113.7",
            "connections that were already open may persist",
            "other addresses stay reachable",
            "undo this one before you restrict the egress")) {
      assertTrue(decided.explanation().contains(part), decided.explanation());
    }
    assertEquals(Map.of("uid-of-Deployment/web", PEER), cluster.deniedPeers());
    assertEquals(1, ledger.live().size());

    assertEquals(
        "lease expired: connections to 203.0.113.7 are allowed again", released().explanation());
    assertEquals(Map.of(), cluster.deniedPeers());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10.0.0.7 | is not an address on the internet",
        "100.64.0.9 | is not an address on the internet",
        "169.254.169.254 | is not an address on the internet",
        "127.0.0.1 | is not an address on the internet",
        "::1 | is not an address on the internet",
        "fe80::1 | is not an address on the internet",
        "fd00::7 | is not an address on the internet",
        "255.255.255.255 | is not an address on the internet",
        "evil.example.com | does not name the address of a peer",
        "203.0.113.0/24 | does not name the address of a peer",
      })
  void promise6APeerThatIsNoPublicAddressIsNotDenied(String peer, String objection) {
    ResponseDecided decided = enforce("a1", POD, to(peer));

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertTrue(decided.explanation().contains(objection), decided.explanation());
    assertEquals(Map.of(), cluster.deniedPeers());
  }

  @Test
  void promise6APlaybookThatDoesNotAcceptAnEffectOnAllPodsDeniesNothing() {
    block = new BlockEgress();

    ResponseDecided decided = enforce();

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertTrue(
        decided.explanation().contains("it would have to say 'workload-wide: accepted'"),
        decided.explanation());
    assertEquals(Map.of(), cluster.deniedPeers());
  }

  /** Root on a node can choose the address that an alert names. */
  @ParameterizedTest
  @CsvSource({
    "203.0.113.7, 203.0.113.0/24",
    "::ffff:203.0.113.7, 203.0.113.0/24",
    "2001:db8::7, 2001:db8::/32"
  })
  void promise6AnAddressThatTheWorkloadNeedsIsNeverDenied(String peer, String network) {
    limits =
        new Limits(
            limits.protectedNamespaces(),
            limits.hourly(),
            limits.repeatOffender(),
            limits.circuitBreaker(),
            limits.networkPolicy(),
            Operators.DEFAULT,
            Stream.of("203.0.113.0/24", "2001:db8::/32")
                .map(one -> Cidr.parse(one).orElseThrow())
                .toList());

    ResponseDecided decided = enforce("a1", POD, to(peer));

    assertEquals(ResponseOutcome.REFUSED, decided.outcome());
    assertTrue(
        decided.explanation().contains("is in " + network + ", which never-deny"),
        decided.explanation());
    assertEquals(Map.of(), cluster.deniedPeers());
    assertEquals(ResponseOutcome.TAKEN, enforce("a2", POD, to("198.51.100.9")).outcome());
  }

  /** A row: a sentence, the change of the situation, and the expected objection. */
  static Stream<Arguments> objections() {
    return Stream.of(
        row(
            "another policy selects the pods: one more would allow what it denies",
            test -> test.cluster.governEgress("NetworkPolicy strict decides on the egress"),
            "could allow more than now: NetworkPolicy strict decides on the egress"),
        row(
            "nothing enforces policies",
            test ->
                test.cluster.enforces(
                    new Cluster.Enforcement(Cluster.Enforces.NO, "flannel does not")),
            "the policy would deny nothing: flannel does not"),
        row(
            "the workload is denied another peer already",
            test -> {
              Cluster.Change unused =
                  test.cluster.blockEgress(
                      new EgressBlock(
                          test.cluster.workload(POD).orElseThrow(), POD, "198.51.100.9"));
            },
            "is denied 198.51.100.9 already, and a second policy would allow it again"));
  }

  private static Arguments row(
      String sentence, Consumer<BlockEgressTest> before, String objection) {
    return Arguments.of(sentence, before, objection);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("objections")
  void promise6WhatAPolicyCannotDenyIsNotTouched(
      String sentence, Consumer<BlockEgressTest> before, String objection) {
    before.accept(this);
    Map<String, String> denied = cluster.deniedPeers();

    ResponseDecided decided = enforce();

    assertEquals(ResponseOutcome.REFUSED, decided.outcome(), sentence);
    assertTrue(decided.explanation().contains(objection), decided.explanation());
    assertEquals(denied, cluster.deniedPeers());
    assertEquals(List.of(), ledger.live());
  }

  @Test
  void aPodOfNoWorkloadAnInboundConnectionAndAPodThatOnlyClaimsItsOwnerAreRefused() {
    Pod bare = Pods.of("shop", "bare").bare().build();
    cluster.run(bare);
    assertTrue(enforce("a1", bare, to(PEER)).explanation().contains("belongs to no controller"));

    ObservedConnection inbound = new ObservedConnection(PEER, 443, "tcp", "inbound");
    assertTrue(enforce("a2", POD, inbound).explanation().contains("an inbound connection"));

    Pod claiming = Pods.of("shop", "web-9").build();
    cluster.runClaiming(claiming);
    assertTrue(
        enforce("a3", claiming, to(PEER))
            .explanation()
            .contains("the pod is not one of the workload"));
    assertEquals(Map.of(), cluster.deniedPeers());
  }

  @Test
  void promise11WhatCannotBeKnownIsRequestedAndNotTaken() {
    cluster.enforces(new Cluster.Enforcement(Cluster.Enforces.UNKNOWN, "no plugin was found"));

    ResponseDecided decided = enforce();

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome());
    assertTrue(
        decided.explanation().contains("may still be possible: no plugin was found"),
        decided.explanation());
    assertEquals(ResponseOutcome.RELEASED, released().outcome());
  }

  /** The policy that a person makes at the same moment restricts the pods again. */
  @Test
  void aPolicyThatTurnsOutToAllowMoreThanBeforeIsWithdrawn() {
    Cluster racing =
        (Cluster)
            Proxy.newProxyInstance(
                Cluster.class.getClassLoader(),
                new Class<?>[] {Cluster.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("blockEgress")) {
                    cluster.governEgress("NetworkPolicy strict decides on the egress");
                  }
                  return method.invoke(cluster, arguments);
                });

    ResponseDecided decided = enforce(racing, "a1", POD, to(PEER));

    assertEquals(ResponseOutcome.FAILED, decided.outcome());
    assertTrue(decided.explanation().startsWith("withdrawn"), decided.explanation());
    assertEquals(Map.of(), cluster.deniedPeers());
    assertEquals(List.of(), ledger.live());
  }

  /** A person may have made the policy its own since the check began. */
  @Test
  void promise14ACheckOfAnEndedBlockWithdrawsNothing() {
    enforce();
    Containment before = ledger.live().getFirst();
    cluster.governEgress("NetworkPolicy strict decides on the egress");

    assertThrows(
        Unavailable.class,
        () ->
            block.verify(
                KubernetesScope.of(cluster, Optional.of("blue"), limits),
                before.subject(),
                LateCheck.of(ledger, before, 0),
                Duration.ofSeconds(5)));

    assertEquals(1, cluster.deniedPeers().size());
    assertEquals(List.of(before), ledger.live());
  }

  /** Policies add up, so the peer is reachable again, and no alert may follow. */
  @Test
  void promise11APolicyThatIsAddedLaterAndAllowsThePeerIsReportedWithoutAnAlert() {
    enforce();
    cluster.governEgress("NetworkPolicy open allows all egress of the pods");
    Responder responder = responder(cluster);
    List<ResponseDecided> told = new ArrayList<>();

    for (int minute = 0; minute < 20; minute++) {
      now = now.plus(Duration.ofMinutes(1));
      responder.watch(now, told::add);
    }

    assertEquals(
        List.of(ResponseOutcome.FAILED), told.stream().map(ResponseDecided::outcome).toList());
  }

  /**
   * Root on one node can name several peers of one workload at once. Each attempt sees no policy
   * yet, and all but the first are denied.
   */
  @Test
  void promise9FailuresOfPodsOfOneNodeDoNotOpenTheBreakerOfOthers() {
    Cluster racing =
        (Cluster)
            Proxy.newProxyInstance(
                Cluster.class.getClassLoader(),
                new Class<?>[] {Cluster.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("blockEgress")) {
                    throw new Denied(
                        "the NetworkPolicy exists and does not deny this peer; delete it");
                  }
                  return method.invoke(cluster, arguments);
                });
    for (int n = 0; n < 5; n++) {
      Pod pod = Pods.of("shop-" + n, "web-1").uid("uid-" + n).build();
      cluster.run(pod);
      assertEquals(
          ResponseOutcome.FAILED,
          enforce(racing, "a" + n, pod, to("203.0.113." + (10 + n))).outcome());
    }

    assertEquals(ResponseOutcome.TAKEN, enforce("b1", POD, to(PEER)).outcome());
  }
}
