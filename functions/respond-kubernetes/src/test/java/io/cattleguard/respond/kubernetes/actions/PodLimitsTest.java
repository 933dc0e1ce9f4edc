package io.cattleguard.respond.kubernetes.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.Severity;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.Messages;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Limits;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
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
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Isolations wait for a slot as in AWS, by messages with a delay. */
final class PodLimitsTest {
  private static final Duration LATENCY = Duration.ofMillis(20);

  private Instant now = TestAlerts.AT;
  private final InMemoryCluster cluster = new InMemoryCluster(() -> now, Duration.ofSeconds(2));
  private final Messages messages = new Messages(() -> now);
  private final List<ResponseDecided> told = new ArrayList<>();
  private Cluster port = cluster;
  private Duration freshness = Duration.ofMinutes(10);

  /** The time of each isolation, since the first alert, by pod. */
  private final Map<String, Duration> isolated = new TreeMap<>();

  private Responder responder() {
    return new Responder(
        new Playbooks(
            List.of(
                new Playbook(
                    "test",
                    EventPattern.compile(
                        JsonMapper.builder().build().valueToTree(Map.of("score", List.of(85)))),
                    Mode.ENFORCE,
                    freshness,
                    List.of(new IsolatePod()),
                    new Budget(Budget.Per.WORKLOAD, 100, Duration.ofMinutes(10)))),
            Actions.registered(),
            new Limits(
                Set.of(),
                Map.of(Budget.Per.WORKLOAD, 20, Budget.Per.NAMESPACE, 20, Budget.Per.CLUSTER, 20),
                Limits.DEFAULT.repeatOffender(),
                Limits.DEFAULT.circuitBreaker(),
                Map.of())),
        Places.of(KubernetesScope.class, KubernetesScope.of(port, Optional.of("blue"))),
        ledger,
        ResponderSettings.DEFAULT,
        () -> now,
        messages);
  }

  private final InMemoryLedger ledger = new InMemoryLedger();

  private void run(int pods) {
    for (int i = 1; i <= pods; i++) {
      cluster.run(Pods.of("shop", "web-" + i).uid("uid-" + i).build());
    }
  }

  private void alert(Responder responder, int pod) {
    String name = "web-" + pod;
    told.addAll(
        responder.respond(
            TestAlerts.scored(
                TestAlerts.alert("a" + pod, "Reverse shell", Severity.CRITICAL)
                    .at(now)
                    .target(
                        TestAlerts.reverseShell("x").target().toBuilder()
                            .pod(name)
                            .podUid("uid-" + pod)
                            .build())
                    .build(),
                85),
            now,
            false));
    note();
  }

  private void note() {
    for (Pod pod : cluster.pods()) {
      if (cluster.isolation(pod).inForce()) {
        isolated.putIfAbsent(pod.name(), Duration.between(TestAlerts.AT, now));
      }
    }
  }

  private void deliverUntil(Responder responder, Instant end) {
    while (!messages.nextDue().isAfter(end.minus(LATENCY))) {
      now = messages.nextDue().plus(LATENCY);
      messages.deliver(responder, told::add);
      note();
    }
    now = end;
  }

  /** The outcomes within forty minutes of alerts about all pods, four seconds apart. */
  private void attack(int pods) {
    Responder responder = responder();
    for (int i = 1; i <= pods; i++) {
      deliverUntil(responder, TestAlerts.AT.plusSeconds(4L * (i - 1)));
      alert(responder, i);
    }
    deliverUntil(responder, now.plus(Duration.ofMinutes(40)));
  }

  private List<ResponseDecided> toldOf(int pod) {
    return told.stream().filter(one -> one.scored().alert().id().equals("a" + pod)).toList();
  }

  private void allAreIsolatedInTime(int pods) {
    for (int i = 1; i <= pods; i++) {
      Duration when = isolated.get("web-" + i);
      assertTrue(when != null, "web-" + i + " is never isolated: " + isolated);
      assertTrue(when.compareTo(freshness.plusSeconds(4L * (i - 1))) <= 0, "too late: " + isolated);
      assertEquals(
          ResponseOutcome.TAKEN, toldOf(i).getLast().outcome(), toldOf(i).getLast().explanation());
    }
  }

  @Test
  void promise12AvailabilityPostponesNoIsolationForGoodWhereABudgetAllowsNone() {
    run(5);
    cluster.budget("shop/Deployment/web", new DisruptionBudget("keep-web", 0));

    attack(5);

    allAreIsolatedInTime(5);
    Duration second = isolated.getOrDefault("web-2", Duration.ZERO);
    assertTrue(
        second.compareTo(Duration.ofMinutes(3)) >= 0 && second.compareTo(Duration.ofMinutes(4)) < 0,
        "one after another: " + isolated);
    List<String> late =
        told.stream()
            .map(ResponseDecided::explanation)
            .filter(text -> text.startsWith("no longer waiting for a slot, because the alert"))
            .toList();
    assertFalse(late.isEmpty(), told.toString());
    assertTrue(
        late.getFirst().contains("PodDisruptionBudget keep-web allows no disruption"),
        late.getFirst());
    assertTrue(late.getFirst().contains("isolated by a NetworkPolicy"), late.getFirst());
  }

  /** The pods that may be isolated at once are fewer than those that wait. */
  @Test
  void promise12AvailabilityPostponesNoIsolationForGoodWhereABudgetAllowsOne() {
    run(9);
    cluster.budget("shop/Deployment/web", new DisruptionBudget("keep-web", 1));

    attack(9);

    allAreIsolatedInTime(9);
  }

  @Test
  void promise12AvailabilityPostponesNoIsolationForGoodWhereBudgetsCannotBeRead() {
    run(5);
    port =
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
                  return method.invoke(cluster, arguments);
                });

    attack(5);

    allAreIsolatedInTime(5);
  }

  @Test
  void promise12AvailabilityPostponesNoIsolationForGoodInAShortFreshness() {
    freshness = Duration.ofMinutes(1);
    run(3);
    cluster.budget("shop/Deployment/web", new DisruptionBudget("keep-web", 0));

    attack(3);

    allAreIsolatedInTime(3);
  }
}
