package io.cattleguard.respond.kubernetes.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.cattleguard.respond.ledger.InMemoryLedger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the shipped playbooks in enforce mode against a persistent intruder. */
final class ShippedPlaybooksTest {
  private Instant now = TestAlerts.AT.plusSeconds(1);
  private final InMemoryCluster cluster = new InMemoryCluster(() -> now, Duration.ofSeconds(2));
  private final InMemoryLedger ledger = new InMemoryLedger();
  private int alerts;

  private static Playbooks shipped(String... names) {
    Playbooks all =
        Playbooks.read(new PolicyFiles(Path.of(System.getProperty("cattleguard.root"), "policy")));
    List<Playbook> some =
        all.all().stream().filter(one -> List.of(names).contains(one.name())).toList();
    assertEquals(names.length, some.size());
    return new Playbooks(some, all.actions(), all.limits()).in(Mode.ENFORCE);
  }

  private Responder responder(String playbook) {
    return new Responder(
        shipped(playbook),
        Places.of(KubernetesScope.class, KubernetesScope.of(cluster, Optional.of("blue"))),
        ledger,
        ResponderSettings.DEFAULT,
        () -> now,
        millis -> now = now.plusMillis(millis));
  }

  private Pod run(String kind, String name) {
    cluster.run(Pods.of("shop", name).owner(kind, "web").build());
    now = now.plusSeconds(10);
    return cluster.pod("shop", name).orElseThrow();
  }

  private Pod run(String name) {
    return run("Deployment", name);
  }

  private static String technique(String playbook) {
    return switch (playbook) {
      case "container-escape" -> "T1611";
      case "kill-chain" -> "T1552";
      case "reverse-shell" -> "T1059.004";
      case "cryptominer" -> "T1496";
      case "data-destruction" -> "T1486";
      case "web-shell" -> "T1505.003";
      default -> throw new IllegalArgumentException(playbook);
    };
  }

  private List<ResponseDecided> alert(Responder responder, String playbook, Pod pod) {
    alerts++;
    ScoredAlert scored =
        TestAlerts.scored(
            TestAlerts.alert("a" + alerts, "r", Severity.CRITICAL)
                .attack(List.of(), List.of(technique(playbook)))
                .network(TestAlerts.reverseShell("x").network())
                .target(
                    Target.builder()
                        .cluster("blue")
                        .node("node-a")
                        .namespace("shop")
                        .pod(pod.name())
                        .podUid(pod.uid())
                        .workload(pod.workload().replaceFirst("^shop/", ""))
                        .build())
                .at(now)
                .build(),
            95);
    return responder.respond(scored, now, false);
  }

  private boolean runs(Pod pod) {
    return cluster
        .pod("shop", pod.name())
        .filter(now -> now.uid().equals(pod.uid()))
        .filter(now -> !now.terminating())
        .isPresent();
  }

  private boolean isPaused(String kind) {
    return cluster.workload("shop", new Pod.Owner(kind, "web")).orElseThrow().isPaused();
  }

  /** Four times, as often as the action is taken again in a day. */
  private void undoEachIsolation(Responder responder, String playbook, Pod pod) {
    for (int time = 0; time <= 3; time++) {
      List<ResponseDecided> told = alert(responder, playbook, pod);
      assertTrue(cluster.isolation(pod).inForce(), told::toString);
      assertTrue(runs(pod), told::toString);
      cluster.release(pod);
    }
  }

  @ParameterizedTest
  @CsvSource({"container-escape", "kill-chain"})
  void promise11APodWhoseIsolationAnIntruderUndoesAgainAndAgainIsDeleted(String playbook) {
    Pod pod = run("web-1");
    run("web-2");
    Responder responder = responder(playbook);
    undoEachIsolation(responder, playbook, pod);

    List<ResponseDecided> told = alert(responder, playbook, pod);

    assertEquals("delete-pod", told.getLast().action());
    assertEquals(ResponseOutcome.TAKEN, told.getLast().outcome(), told.getLast().explanation());
    assertFalse(runs(pod));
    assertFalse(isPaused("Deployment"));
  }

  @Test
  void promise11WhereNoStepHelpsAnyMoreTheWorkloadOfAnIntruderIsPaused() {
    Pod pod = run("StatefulSet", "web-0");
    Responder responder = responder("reverse-shell");
    undoEachIsolation(responder, "reverse-shell", pod);

    List<ResponseDecided> told = alert(responder, "reverse-shell", pod);

    assertEquals("pause-workload", told.getLast().action(), told::toString);
    assertEquals(ResponseOutcome.TAKEN, told.getLast().outcome(), told::toString);
    assertTrue(isPaused("StatefulSet"));
  }

  @Test
  void promise12AStepThatHelpsIsTakenRatherThanAnOutage() {
    Pod pod = run("StatefulSet", "web-0");
    Responder responder = responder("reverse-shell");
    undoEachIsolation(responder, "reverse-shell", pod);
    run("StatefulSet", "web-1");

    List<ResponseDecided> told = alert(responder, "reverse-shell", pod);

    assertEquals("delete-pod", told.getLast().action(), told::toString);
    assertFalse(runs(pod));
    assertFalse(isPaused("StatefulSet"), "to delete the pod is enough");
  }

  @ParameterizedTest
  @CsvSource({
    "container-escape,  delete-pod",
    "kill-chain,        delete-pod",
    "cryptominer,       isolate-pod",
    "reverse-shell,     pause-workload",
    "data-destruction,  pause-workload",
    "web-shell,         pause-workload",
  })
  void theFourthPodOfAWorkloadIsAnsweredToo(String playbook, String answer) {
    Responder responder = responder(playbook);
    for (int i = 1; i <= 3; i++) {
      Pod pod = run("web-" + i);
      run("web-peer-" + i);
      assertEquals(
          ResponseOutcome.TAKEN, alert(responder, playbook, pod).getLast().outcome(), playbook);
    }
    Pod fourth = run("web-4");

    List<ResponseDecided> told = alert(responder, playbook, fourth);

    assertEquals(
        List.of(answer),
        told.stream()
            .filter(one -> one.outcome() == ResponseOutcome.TAKEN)
            .map(ResponseDecided::action)
            .distinct()
            .toList(),
        told::toString);
    assertEquals(answer.equals("pause-workload"), isPaused("Deployment"));
  }
}
