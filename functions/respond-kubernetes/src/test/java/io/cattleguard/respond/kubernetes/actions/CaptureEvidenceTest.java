package io.cattleguard.respond.kubernetes.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.pattern.EventPattern;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.ResponseDecided;
import io.cattleguard.events.ResponseOutcome;
import io.cattleguard.events.ScoredAlert;
import io.cattleguard.events.Severity;
import io.cattleguard.events.Target;
import io.cattleguard.events.TestAlerts;
import io.cattleguard.respond.Places;
import io.cattleguard.respond.Responder;
import io.cattleguard.respond.ResponderSettings;
import io.cattleguard.respond.action.Action;
import io.cattleguard.respond.action.Actions;
import io.cattleguard.respond.action.Budget;
import io.cattleguard.respond.action.Mode;
import io.cattleguard.respond.action.Playbook;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.evidence.EvidenceChain;
import io.cattleguard.respond.evidence.EvidenceStore;
import io.cattleguard.respond.evidence.InMemoryEvidenceStore;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.cattleguard.respond.ledger.InMemoryLedger;
import io.cattleguard.respond.ledger.Ledger;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class CaptureEvidenceTest {
  private Instant now = TestAlerts.AT.plusSeconds(1);
  private final InMemoryCluster cluster = new InMemoryCluster(() -> now, Duration.ZERO);
  private final InMemoryLedger ledger = new InMemoryLedger();
  private final InMemoryEvidenceStore kept = new InMemoryEvidenceStore();
  private Optional<EvidenceStore> store = Optional.of(kept);
  private Budget budget = new Budget(Budget.Per.CLUSTER, 100, Duration.ofMinutes(10));

  @BeforeEach
  void runPods() {
    for (int i = 1; i <= 8; i++) {
      cluster.run(Pods.of("shop", "web-" + i).owner("Deployment", "web" + i).build());
    }
  }

  private List<ResponseDecided> enforce(String id, String pod, Action<?, ?>... steps) {
    Playbook playbook =
        new Playbook(
            "test",
            EventPattern.compile(
                JsonMapper.builder()
                    .build()
                    .valueToTree(Map.of("alert", Map.of("source", List.of("falco"))))),
            Mode.ENFORCE,
            Duration.ofMinutes(10),
            List.of(steps),
            budget);
    KubernetesScope scope = KubernetesScope.of(cluster, Optional.of("blue"));
    return new Responder(
            new Playbooks(List.of(playbook), Actions.registered()),
            Places.of(KubernetesScope.class, store.map(scope::keepingEvidence).orElse(scope)),
            ledger,
            ResponderSettings.DEFAULT,
            () -> now,
            millis -> now = now.plusMillis(millis))
        .respond(alert(id, pod), now, false);
  }

  private static ScoredAlert alert(String id, String pod) {
    Target target =
        Target.builder().cluster("blue").node("node-a").namespace("shop").pod(pod).build();
    return TestAlerts.scored(
        TestAlerts.alert(id, "Reverse shell", Severity.CRITICAL).target(target).build(), 85);
  }

  private EvidenceChain.Report report() {
    return new EvidenceChain(kept, EvidenceChain.idOf(alert("a1", "web-1"))).verify();
  }

  @Test
  void whatIsKnownOfThePodIsStoredAndWhatCouldNotBeHadIsNamed() {
    ResponseDecided decided = enforce("a1", "web-1", new CaptureEvidence()).getFirst();

    assertEquals(ResponseOutcome.TAKEN, decided.outcome(), decided.explanation());
    EvidenceChain.Manifest manifest = report().manifests().getFirst();
    assertEquals(List.of(), report().faults());
    assertTrue(decided.explanation().contains(manifest.sha256()), decided.explanation());
    assertTrue(
        decided.explanation().endsWith("; not captured: logs (simulated pods have none)"),
        decided.explanation());
    assertTrue(manifest.content().path("parts").has("pod.json"));
    assertTrue(manifest.content().path("parts").has("alert.json"));
    assertEquals("a1", manifest.content().path("alert").asText());
    assertEquals("uid-of-web-1", manifest.content().path("object").path("uid").asText());
    assertEquals(List.of(), ledger.live());
  }

  @Test
  void evidenceUsesUpNoBudgetOfContainments() {
    budget = new Budget(Budget.Per.CLUSTER, 1, Duration.ofMinutes(10));
    assertEquals(
        ResponseOutcome.TAKEN, enforce("a1", "web-1", new CaptureEvidence()).getFirst().outcome());

    List<ResponseDecided> second = enforce("a2", "web-2", new CaptureEvidence(), new IsolatePod());
    List<ResponseDecided> third = enforce("a3", "web-3", new CaptureEvidence(), new IsolatePod());

    assertEquals(
        List.of(ResponseOutcome.REFUSED, ResponseOutcome.TAKEN),
        second.stream().map(ResponseDecided::outcome).toList(),
        second::toString);
    assertEquals(
        List.of(ResponseOutcome.REFUSED, ResponseOutcome.REFUSED),
        third.stream().map(ResponseDecided::outcome).toList(),
        third::toString);
    assertEquals(1, report().manifests().size());
  }

  @Test
  void aStoreThatFailsStopsNoContainment() {
    store =
        Optional.of(
            (EvidenceStore)
                Proxy.newProxyInstance(
                    EvidenceStore.class.getClassLoader(),
                    new Class<?>[] {EvidenceStore.class},
                    (proxy, method, arguments) -> {
                      if (method.getName().equals("within")) {
                        return proxy;
                      }
                      throw new Unavailable("the disk is full");
                    }));
    for (int i = 1; i <= 7; i++) {
      List<ResponseDecided> decided =
          enforce("a" + i, "web-" + i, new CaptureEvidence(), new IsolatePod());
      assertEquals(ResponseOutcome.FAILED, decided.get(0).outcome());
      assertEquals(
          "the evidence could not be stored: the disk is full", decided.get(0).explanation());
      assertEquals(ResponseOutcome.TAKEN, decided.get(1).outcome(), decided::toString);
    }
  }

  @Test
  void ofOneNoisyWorkloadNoMoreIsCapturedThanThePlaybooksBudgetAndTheContainmentKeepsItsOwn() {
    budget = new Budget(Budget.Per.WORKLOAD, 1, Duration.ofMinutes(10));
    for (int i = 1; i <= 3; i++) {
      cluster.run(Pods.of("shop", "noisy-" + i).owner("Deployment", "noisy").build());
    }
    for (int i = 1; i <= 3; i++) {
      enforce("a" + i, "noisy-" + i, new CaptureEvidence());
    }
    assertEquals(1, ledger.spentByOthers(List.of(hourlyCap())).values().iterator().next());

    List<ResponseDecided> told = enforce("a4", "noisy-1", new IsolatePod());

    assertEquals(ResponseOutcome.TAKEN, told.getFirst().outcome(), told.getFirst().explanation());
  }

  private Ledger.Spent hourlyCap() {
    return new Ledger.Spent("capture-evidence/hourly-cap", "", now.minus(Duration.ofMinutes(50)));
  }

  @Test
  void withoutAStoreTheCaptureIsRefusedAndTheNextStepIsTaken() {
    store = Optional.empty();

    List<ResponseDecided> decided = enforce("a1", "web-1", new CaptureEvidence(), new IsolatePod());

    assertEquals(List.of("there is no store for evidence"), decided.get(0).objections());
    assertEquals(ResponseOutcome.TAKEN, decided.get(1).outcome());
  }
}
