package io.cattleguard.respond.kubernetes.actions;

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
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.cattleguard.respond.ledger.InMemoryLedger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RevokeServiceAccountTest {
  private static final Pod POD = Pods.of("shop", "web-1").build();

  private Instant now = TestAlerts.AT.plusSeconds(1);
  private final InMemoryCluster cluster = new InMemoryCluster(() -> now, Duration.ZERO);
  private final Responder responder =
      new Responder(
          new Playbooks(
              List.of(
                  new Playbook(
                      "test",
                      EventPattern.compile(
                          JsonMapper.builder()
                              .build()
                              .valueToTree(Map.of("alert", Map.of("source", List.of("falco"))))),
                      Mode.ENFORCE,
                      Duration.ofMinutes(10),
                      List.of(new RevokeServiceAccount()),
                      Budget.DEFAULT)),
              Actions.registered()),
          Places.of(KubernetesScope.class, KubernetesScope.of(cluster, Optional.of("blue"))),
          new InMemoryLedger(),
          ResponderSettings.DEFAULT,
          () -> now,
          millis -> now = now.plusMillis(millis));

  private ResponseDecided enforce(Pod pod) {
    cluster.run(pod);
    Target target =
        Target.builder()
            .cluster("blue")
            .node("node-a")
            .namespace(pod.namespace())
            .pod(pod.name())
            .podUid(pod.uid())
            .build();
    return responder
        .respond(
            TestAlerts.scored(
                TestAlerts.alert("a1", "Stolen token", Severity.CRITICAL)
                    .target(target)
                    .build()
                    .seenOnNode("node-a"),
                85),
            now,
            false)
        .getFirst();
  }

  @Test
  void promise11TheTokensOfOnePodAreRevokedAndTheReaderIsToldWhatStillWorks() {
    cluster.run(Pods.of("shop", "web-2").build());

    ResponseDecided decided = enforce(POD);

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    for (String part :
        List.of(
            "can still read until the pod is deleted",
            "tokens that are not bound to the pod stay valid",
            "cloud sessions",
            "impersonate")) {
      assertTrue(decided.explanation().contains(part), decided.explanation());
    }
    assertEquals(Set.of(POD.uid()), cluster.revoked());

    now = now.plus(Duration.ofHours(4));
    assertEquals(ResponseOutcome.RELEASED, responder.releaseEnded(now).getFirst().outcome());
    assertEquals(Set.of(), cluster.revoked());
  }

  @Test
  void promise11WithoutThePolicyItFailsWithTheReasonAndLeavesNothing() {
    cluster.revocationIsUnenforced(Optional.of("the policy is not installed"));

    ResponseDecided decided = enforce(POD);

    assertEquals(ResponseOutcome.FAILED, decided.outcome(), decided.explanation());
    assertTrue(decided.explanation().contains("the policy is not installed"));
    assertEquals(Set.of(), cluster.revoked());
    now = now.plus(Duration.ofHours(4));
    assertEquals(List.of(), responder.releaseEnded(now));
  }

  @Test
  void theTokensOfAPodInAProtectedNamespaceAreNotRevoked() {
    ResponseDecided decided = enforce(Pods.of("kube-system", "dns-1").build());

    assertEquals(ResponseOutcome.REFUSED, decided.outcome(), decided.explanation());
    assertEquals(Set.of(), cluster.revoked());
  }
}
