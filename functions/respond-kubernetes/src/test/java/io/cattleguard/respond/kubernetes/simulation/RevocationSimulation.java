package io.cattleguard.respond.kubernetes.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
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
import io.cattleguard.respond.kubernetes.actions.KubernetesScope;
import io.cattleguard.respond.kubernetes.actions.RevokeServiceAccount;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.cattleguard.respond.ledger.InMemoryLedger;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Random alerts, true and forged, about pods whose tokens may be revoked, in a cluster whose policy
 * comes and goes. It has dice of its own, so that other simulations of a seed stay what they are.
 */
final class RevocationSimulation {
  private final Random random;
  private Instant now = TestAlerts.AT.plusSeconds(1);
  private final InMemoryCluster cluster = new InMemoryCluster(() -> now, Duration.ZERO);
  private final Set<String> mayBeRevoked = new HashSet<>();
  private final Set<String> everRevoked = new HashSet<>();
  private final Responder responder =
      new Responder(
          new Playbooks(
              List.of(
                  new Playbook(
                      "revoke",
                      EventPattern.compile(
                          JsonMapper.builder()
                              .build()
                              .valueToTree(Map.of("alert", Map.of("source", List.of("falco"))))),
                      Mode.ENFORCE,
                      Duration.ofMinutes(10),
                      List.of(new RevokeServiceAccount(Duration.ofMinutes(30))),
                      new Budget(Budget.Per.CLUSTER, 100, Duration.ofHours(1)))),
              Actions.registered()),
          Places.of(KubernetesScope.class, KubernetesScope.of(cluster, Optional.of("blue"))),
          new InMemoryLedger(),
          ResponderSettings.DEFAULT,
          () -> now,
          millis -> now = now.plusMillis(millis));

  RevocationSimulation(long seed) {
    this.random = new Random(seed);
  }

  /** Whether anything was revoked. */
  boolean run() {
    for (int i = 0; i < 40; i++) {
      now = now.plusSeconds(random.nextInt(300));
      if (random.nextInt(6) == 0) {
        cluster.revocationIsUnenforced(
            random.nextBoolean() ? Optional.of("not installed") : Optional.empty());
      }
      alert(i);
      tell(responder.releaseEnded(now));
      check();
    }
    cluster.revocationIsUnenforced(Optional.empty());
    for (int i = 0; i < 10; i++) {
      now = now.plus(Duration.ofMinutes(31));
      tell(responder.releaseEnded(now));
    }
    assertEquals(Set.of(), cluster.revoked(), "undone in the end");
    return !everRevoked.isEmpty();
  }

  private void alert(int number) {
    String namespace = random.nextInt(4) == 0 ? "kube-system" : "shop";
    Pod pod =
        Pods.of(namespace, "web-" + random.nextInt(8)).node("node-" + random.nextInt(2)).build();
    Pod is = cluster.pod(namespace, pod.name()).orElse(pod);
    cluster.run(is);
    boolean forged = random.nextInt(4) == 0;
    boolean namesake = random.nextInt(5) == 0;
    String node = forged ? "node-of-another" : is.node().orElseThrow();
    if (namespace.equals("shop") && !forged && !namesake) {
      mayBeRevoked.add(is.uid());
    }
    Target target =
        Target.builder()
            .cluster("blue")
            .node(node)
            .namespace(namespace)
            .pod(is.name())
            .podUid(namesake ? "another-uid" : is.uid())
            .build();
    tell(
        responder.respond(
            TestAlerts.scored(
                TestAlerts.alert("a" + number, "Stolen token", Severity.CRITICAL)
                    .target(target)
                    .at(now)
                    .build()
                    .seenOnNode(node),
                85),
            now,
            false));
    if (random.nextInt(5) == 0) {
      cluster.delete(cluster.pod(namespace, is.name()).orElseThrow(), Duration.ZERO);
    }
  }

  private static void tell(List<ResponseDecided> told) {
    for (ResponseDecided one : told) {
      assertTrue(one.outcome() != ResponseOutcome.TAKEN, one::explanation);
    }
  }

  private void check() {
    everRevoked.addAll(cluster.revoked());
    assertTrue(
        mayBeRevoked.containsAll(cluster.revoked()),
        () -> cluster.revoked() + " are not all among " + mayBeRevoked);
  }
}
