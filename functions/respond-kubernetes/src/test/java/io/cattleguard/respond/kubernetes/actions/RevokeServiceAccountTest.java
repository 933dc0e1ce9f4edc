package io.cattleguard.respond.kubernetes.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.cattleguard.respond.ledger.InMemoryLedger;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

final class RevokeServiceAccountTest {
  private static final Pod POD = Pods.of("shop", "web-1").build();

  private Instant now = TestAlerts.AT.plusSeconds(1);
  private final InMemoryCluster cluster = new InMemoryCluster(() -> now, Duration.ZERO);
  private final InMemoryLedger ledger = new InMemoryLedger();

  /** The cluster's responses to the next calls of a method, instead of or after the call. */
  private final Map<String, Deque<Supplier<Object>>> answers = new HashMap<>();

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
          Places.of(KubernetesScope.class, KubernetesScope.of(faulty(), Optional.of("blue"))),
          ledger,
          ResponderSettings.DEFAULT,
          () -> now,
          millis -> now = now.plusMillis(millis));

  private Cluster faulty() {
    return (Cluster)
        Proxy.newProxyInstance(
            Cluster.class.getClassLoader(),
            new Class<?>[] {Cluster.class},
            (proxy, method, arguments) -> {
              Deque<Supplier<Object>> next = answers.getOrDefault(method.getName(), NONE);
              return next.isEmpty() ? method.invoke(cluster, arguments) : next.remove().get();
            });
  }

  private static final Deque<Supplier<Object>> NONE = new ArrayDeque<>();

  private void next(String method, Supplier<Object> answer) {
    answers.computeIfAbsent(method, key -> new ArrayDeque<>()).add(answer);
  }

  /** Ends a process in the middle of a call. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private ResponseDecided enforce(Pod pod) {
    cluster.run(pod);
    return told(pod).getLast();
  }

  private List<ResponseDecided> told(Pod pod) {
    return told("a1", pod);
  }

  /** An attempt whose process is killed right after the API server recorded the revocation. */
  private void beginAndKill() {
    cluster.run(POD);
    next(
        "revokeTokens",
        () -> {
          assertEquals(Cluster.Change.MADE, cluster.revokeTokens(POD));
          throw new Killed();
        });
    assertThrows(Killed.class, () -> told(POD));
    assertEquals(Set.of(POD.uid()), cluster.revoked());
    now = now.plusSeconds(125);
  }

  private List<ResponseDecided> told(String id, Pod pod) {
    Target target =
        Target.builder()
            .cluster("blue")
            .node("node-a")
            .namespace(pod.namespace())
            .pod(pod.name())
            .podUid(pod.uid())
            .build();
    return responder.respond(
        TestAlerts.scored(
            TestAlerts.alert(id, "Stolen token", Severity.CRITICAL)
                .target(target)
                .at(now)
                .build()
                .seenOnNode("node-a"),
            85),
        now,
        false);
  }

  private List<ResponseDecided> afterTheLease() {
    now = now.plus(Duration.ofHours(5));
    return responder.releaseEnded(now);
  }

  @Test
  void promise11TheTokensOfOnePodAreRevokedAndTheReaderIsToldWhatStillWorks() {
    cluster.run(Pods.of("shop", "web-2").build());

    ResponseDecided decided = enforce(POD);

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    for (String part :
        List.of(
            "can still read, also Secrets, until the pod is deleted",
            "the kubelets' own API",
            "aggregated APIs",
            "AWS STS",
            "tokens that are not bound to the pod",
            "those in Secrets",
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
    assertEquals(List.of(), afterTheLease());
  }

  @Test
  void theTokensOfAPodInAProtectedNamespaceAreNotRevoked() {
    ResponseDecided decided = enforce(Pods.of("kube-system", "dns-1").build());

    assertEquals(ResponseOutcome.REFUSED, decided.outcome(), decided.explanation());
    assertEquals(Set.of(), cluster.revoked());
  }

  @Test
  void promise11ItIsToldWhenTheApiServerWasSeenToDeny() {
    cluster.revocationDeniesAfter(Duration.ofSeconds(3));
    Instant begun = now;

    ResponseDecided decided = enforce(POD);

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    assertFalse(now.isBefore(begun.plusSeconds(3)), now::toString);
  }

  @Test
  void promise11WhatTheApiServerDoesNotDenyIsAFailureThatIsUndone() {
    cluster.revocationDeniesAfter(Duration.ofHours(9));

    ResponseDecided decided = enforce(POD);

    assertEquals(ResponseOutcome.FAILED, decided.outcome(), decided.explanation());
    assertTrue(decided.explanation().contains("was not seen to deny"), decided.explanation());
    assertEquals(ResponseOutcome.RELEASED, afterTheLease().getFirst().outcome());
    assertEquals(Set.of(), cluster.revoked());
  }

  @Test
  void promise11APolicyThatIsRemovedMeanwhileIsAFailureThatIsUndone() {
    next(
        "revokeTokens",
        () -> {
          cluster.revocationIsUnenforced(Optional.of("the policy is not installed"));
          return cluster.revokeTokens(POD);
        });

    ResponseDecided decided = enforce(POD);

    assertEquals(ResponseOutcome.FAILED, decided.outcome(), decided.explanation());
    assertTrue(decided.explanation().contains("denies nothing"), decided.explanation());
    assertEquals(ResponseOutcome.RELEASED, afterTheLease().getFirst().outcome());
    assertEquals(Set.of(), cluster.revoked());
  }

  @Test
  void aRevocationThatIsDeniedFailsWithTheReasonAndLeavesNoLease() {
    next("revokeTokens", () -> denied("a policy says no (HTTP 422)"));

    ResponseDecided decided = enforce(POD);

    assertEquals(ResponseOutcome.FAILED, decided.outcome(), decided.explanation());
    assertTrue(decided.explanation().contains("a policy says no"), decided.explanation());
    assertEquals(List.of(), ledger.live());
  }

  private static Object denied(String why) {
    throw new Denied(why);
  }

  /** Otherwise the change of the first attempt would never be undone. */
  @Test
  void promise10WhatAnAttemptRevokedBeforeADenialIsUndone() {
    beginAndKill();
    next("revokeTokens", () -> denied("a policy says no (HTTP 422)"));

    ResponseDecided decided = told(POD).getLast();

    assertEquals(ResponseOutcome.FAILED, decided.outcome(), decided.explanation());
    assertEquals(ResponseOutcome.RELEASED, afterTheLease().getFirst().outcome());
    assertEquals(Set.of(), cluster.revoked());
  }

  @Test
  void promise5AnAttemptThatWasKilledIsRepeatedAndDoesTheSame() {
    beginAndKill();

    ResponseDecided decided = told(POD).getLast();

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    assertEquals(1, ledger.live().size());
    assertEquals(ResponseOutcome.RELEASED, afterTheLease().getFirst().outcome());
    assertEquals(Set.of(), cluster.revoked());
  }

  @Test
  void promise11AnInterruptedRevocationOfAPodThatIsGoneIsToldAsWhatItIs() {
    beginAndKill();
    assertEquals(Cluster.Change.MADE, cluster.delete(POD, Duration.ZERO));

    ResponseDecided decided = told(POD).getLast();

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    assertEquals(ResponseOutcome.RELEASED, afterTheLease().getFirst().outcome());
    assertEquals(Set.of(), cluster.revoked());
  }

  @Test
  void promise11AnInterruptedRevocationThatNothingDeniesIsNoSuccess() {
    beginAndKill();
    assertEquals(Cluster.Change.MADE, cluster.delete(POD, Duration.ZERO));
    cluster.revocationIsUnenforced(Optional.of("the policy is not installed"));

    ResponseDecided decided = told(POD).getLast();

    assertNotEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    assertEquals(ResponseOutcome.RELEASED, afterTheLease().getFirst().outcome());
    assertEquals(Set.of(), cluster.revoked());
  }

  @Test
  void aPodThatIsGoneHasNoTokensToRevoke() {
    next("revokeTokens", () -> Cluster.Change.GONE);

    ResponseDecided decided = enforce(POD);

    assertEquals(ResponseOutcome.REFUSED, decided.outcome(), decided.explanation());
    assertEquals(List.of(), ledger.live());
  }

  @Test
  void promise10OfAPodThatIsGoneSinceAnEarlierAttemptNothingIsLeft() {
    beginAndKill();
    next("revokeTokens", () -> Cluster.Change.GONE);

    ResponseDecided decided = told(POD).getLast();

    assertEquals(ResponseOutcome.REFUSED, decided.outcome(), decided.explanation());
    assertEquals(Set.of(), cluster.revoked());
    assertEquals(List.of(), ledger.live());
  }

  /** The API server evaluates the policy once per record, for each change in the cluster. */
  @Test
  void promise12ManyRevocationsDoNotSlowTheApiServerDown() {
    for (int i = 0; i < 19; i++) {
      Pod other = Pods.of("shop", "other-" + i).build();
      cluster.run(other);
      cluster.revokeByHand(other);
    }
    assertEquals(ResponseOutcome.REQUESTED, enforce(POD).outcome());

    Pod next = Pods.of("bank", "web-2").build();
    cluster.run(next);
    ResponseDecided decided = told("a2", next).getLast();

    assertEquals(ResponseOutcome.REFUSED, decided.outcome(), decided.explanation());
    assertTrue(decided.explanation().contains("20 pods"), decided.explanation());
    assertEquals(20, cluster.revoked().size());
    assertEquals(1, ledger.live().size());
    assertEquals(ResponseOutcome.RELEASED, afterTheLease().getFirst().outcome());
    assertEquals(ResponseOutcome.REQUESTED, told("a3", next).getLast().outcome());
  }

  @Test
  void whatAPersonRevokedIsToldAndNotUndone() {
    cluster.run(POD);
    cluster.revokeByHand(POD);

    ResponseDecided decided = enforce(POD);

    assertEquals(ResponseOutcome.REQUESTED, decided.outcome(), decided.explanation());
    assertTrue(decided.explanation().contains("a person has revoked"), decided.explanation());
    assertEquals(List.of(), ledger.live());
    assertEquals(List.of(), afterTheLease());
    assertEquals(Set.of(POD.uid()), cluster.revoked());
  }

  @Test
  void anUndoOfWhatAPersonRemovedIsDone() {
    ResponseDecided unused = enforce(POD);
    assertEquals(Cluster.Change.MADE, cluster.restoreTokens(POD));

    ResponseDecided released = afterTheLease().getFirst();

    assertEquals(ResponseOutcome.RELEASED, released.outcome(), released.explanation());
    assertTrue(released.explanation().contains("already removed"), released.explanation());
    assertEquals(List.of(), ledger.live());
  }

  @Test
  void promise10AnUndoThatIsDeniedIsKeptAndRetried() {
    ResponseDecided unused = enforce(POD);
    next("restoreTokens", () -> denied("a policy says no (HTTP 403)"));

    assertEquals(ResponseOutcome.FAILED, afterTheLease().getFirst().outcome());
    assertEquals(1, ledger.live().size());

    assertEquals(ResponseOutcome.RELEASED, afterTheLease().getFirst().outcome());
    assertEquals(Set.of(), cluster.revoked());
  }

  @Test
  void theTokensOfADeletedPodAreReleasedWithTheLease() {
    ResponseDecided unused = enforce(POD);
    assertEquals(Cluster.Change.MADE, cluster.delete(POD, Duration.ZERO));

    assertEquals(ResponseOutcome.RELEASED, afterTheLease().getFirst().outcome());
    assertEquals(Set.of(), cluster.revoked());
  }

  @Test
  void theNextAlertRevokesAgainWhatWasRemovedAndChangesNothingThatHolds() {
    ResponseDecided unused = enforce(POD);
    assertEquals(List.of(), told("a2", POD));
    assertEquals(Cluster.Change.MADE, cluster.restoreTokens(POD));

    now = now.plusSeconds(30);
    ResponseDecided again = told("a3", POD).getLast();

    assertEquals(ResponseOutcome.REQUESTED, again.outcome(), again.explanation());
    assertEquals(Set.of(POD.uid()), cluster.revoked());
  }

  @Test
  void promise8AnOldAlertRevokesNothing() {
    cluster.run(POD);
    Target target =
        Target.builder().cluster("blue").node("node-a").namespace("shop").pod("web-1").build();
    List<ResponseDecided> old =
        responder.respond(
            TestAlerts.scored(
                TestAlerts.alert("old", "Stolen token", Severity.CRITICAL)
                    .target(target)
                    .at(now.minus(Duration.ofMinutes(11)))
                    .build()
                    .seenOnNode("node-a"),
                85),
            now,
            false);

    assertEquals(ResponseOutcome.OBSERVED, old.getLast().outcome(), old.getLast().explanation());
    assertEquals(Set.of(), cluster.revoked());
  }
}
