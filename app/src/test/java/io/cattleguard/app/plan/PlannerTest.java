package io.cattleguard.app.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.InMemoryCluster;
import io.cattleguard.respond.kubernetes.cluster.Node;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PlannerTest {
  private static final Instant NOW = Instant.parse("2026-03-02T09:15:00Z");

  @TempDir Path directory;
  private final InMemoryCluster cluster =
      new InMemoryCluster(InstantSource.fixed(NOW), Duration.ofSeconds(1));
  private int made;

  /** The properties in which pods differ. */
  private record Kind(boolean mirror, boolean terminating, boolean hostNetwork, boolean ready) {
    private static final Kind SOUND = new Kind(false, false, false, true);
  }

  private void run(String namespace, String kind, String name, int pods, Kind of) {
    for (int i = 0; i < pods; i++) {
      made++;
      String pod = kind.isEmpty() ? name : name + "-" + made;
      cluster.run(
          new Pod(
              namespace,
              pod,
              "uid-" + made,
              Optional.of("node-a"),
              NOW.minusSeconds(3_600),
              kind.isEmpty() ? Optional.empty() : Optional.of(new Pod.Owner(kind, name)),
              of.mirror,
              of.terminating,
              of.hostNetwork,
              of.ready,
              List.of("container" + made)));
    }
  }

  private ClusterPlan plan() {
    return PlanCommand.of(
        "blue",
        cluster,
        cluster.pods().stream().map(pod -> pod.namespace() + "/" + pod.name()).toList(),
        new Cluster.Enforcement(Cluster.Enforces.YES, "a test says so"),
        List.of(),
        Policy.read(directory),
        NOW);
  }

  private void playbook(String name, String condition, String steps) throws IOException {
    Files.writeString(
        directory.resolve("playbooks/" + name + ".yaml"),
        """
        name: %s
        when:
          alert: { class: [runtime]%s }
        steps: [%s]
        """
            .formatted(name, condition, steps));
  }

  private void policy() throws IOException {
    Policies.copyDefault(directory);
    for (Path file : Policies.files(directory.resolve("playbooks"))) {
      Files.delete(file);
    }
  }

  /** Each object with the guards that object, by action. */
  private static Map<String, String> answers(ClusterPlan plan, String action) {
    Map<String, String> answers = new TreeMap<>();
    for (ClusterPlan.Place place : plan.places()) {
      for (ClusterPlan.Answer answer : place.answers()) {
        if (answer.action().equals(action)) {
          answers.put(
              place.name(),
              String.join(
                  ", ", answer.objections().stream().map(ClusterPlan.Objection::guard).toList()));
        }
      }
    }
    return answers;
  }

  @Test
  void eachKindOfWorkloadIsNamedWithTheGuardsThatProtectIt() throws IOException {
    policy();
    playbook(
        "all",
        "",
        "{ isolate-pod: {} }, { delete-pod: {} }, { pause-workload: { outage: accepted } }");
    run("shop", "Deployment", "web", 3, Kind.SOUND);
    run("shop", "Deployment", "alone", 1, Kind.SOUND);
    run("shop", "Deployment", "starting", 2, new Kind(false, false, false, false));
    run("shop", "Deployment", "guarded", 3, Kind.SOUND);
    cluster.budget("shop/Deployment/guarded", new DisruptionBudget("keep-all", 0));
    run("shop", "StatefulSet", "db", 2, Kind.SOUND);
    run("shop", "ReplicaSet", "old", 2, Kind.SOUND);
    run("shop", "DaemonSet", "agent", 2, Kind.SOUND);
    run("shop", "Job", "nightly", 1, Kind.SOUND);
    run("shop", "", "bare", 1, Kind.SOUND);
    run("shop", "Deployment", "host", 2, new Kind(false, false, true, true));
    run("shop", "", "static", 1, new Kind(true, false, false, true));
    run("shop", "Deployment", "ending", 1, new Kind(false, true, false, true));
    run("kube-system", "Deployment", "dns", 2, Kind.SOUND);
    run("istio-system", "Deployment", "mesh", 2, Kind.SOUND);
    run("shop", "Rollout", "custom", 2, Kind.SOUND);
    ClusterPlan plan = plan();

    Map<String, String> isolations = answers(plan, "isolate-pod");
    assertEquals("", isolations.get("shop/Deployment/web"));
    assertEquals("", isolations.get("shop/Deployment/alone"));
    assertEquals("host network", isolations.get("shop/Deployment/host"));
    assertEquals("static pod", isolations.get("shop/Pod/static"));
    assertEquals("protected namespace", isolations.get("kube-system/Deployment/dns"));
    assertEquals("protected namespace", isolations.get("istio-system/Deployment/mesh"));
    assertEquals("", isolations.get("shop/DaemonSet/agent"));
    Map<String, String> deletions = answers(plan, "delete-pod");
    assertEquals("", deletions.get("shop/Deployment/web"));
    assertEquals("last ready replica", deletions.get("shop/Deployment/alone"));
    assertEquals("last ready replica", deletions.get("shop/Deployment/starting"));
    assertEquals("disruption budget", deletions.get("shop/Deployment/guarded"));
    assertEquals("", deletions.get("shop/StatefulSet/db"));
    assertEquals("", deletions.get("shop/ReplicaSet/old"));
    assertEquals("owner", deletions.get("shop/DaemonSet/agent"));
    assertTrue(
        deletions.getOrDefault("shop/Job/nightly", "").contains("owner"), deletions::toString);
    assertTrue(deletions.getOrDefault("shop/Pod/bare", "").contains("owner"), deletions::toString);
    assertTrue(
        deletions.getOrDefault("shop/Deployment/ending", "").contains("already being deleted"),
        deletions::toString);
    assertEquals(15, deletions.size(), deletions::toString);
    Map<String, String> pauses = answers(plan, "pause-workload");
    assertEquals("", pauses.get("shop/Deployment/web"));
    assertFalse(pauses.getOrDefault("shop/DaemonSet/agent", "").isEmpty(), pauses::toString);
  }

  @Test
  void nodesAreAskedAboutByActionsOnNodesOnly() throws IOException {
    policy();
    playbook("nodes", "", "{ cordon-node: {} }, { delete-pod: {} }");
    run("shop", "Deployment", "web", 2, Kind.SOUND);
    cluster.addNode("node-b");
    cluster.run(new Node("head", "uid-of-head", NOW, true, true, false, false, Set.of()));
    ClusterPlan plan = plan();

    Map<String, String> cordons = answers(plan, "cordon-node");
    assertEquals(Set.of("node head", "node node-a", "node node-b"), cordons.keySet());
    assertEquals("", cordons.get("node node-a"));
    assertEquals("control plane", cordons.get("node head"));
    assertEquals(Set.of("shop/Deployment/web"), answers(plan, "delete-pod").keySet());
  }

  @Test
  void aPlaybookForOneNamespaceConcernsNoOther() throws IOException {
    policy();
    playbook("pay", ", target: { namespace: [pay] }", "{ delete-pod: {} }");
    run("shop", "Deployment", "web", 2, Kind.SOUND);
    run("pay", "Deployment", "till", 2, Kind.SOUND);

    assertEquals(Set.of("pay/Deployment/till"), answers(plan(), "delete-pod").keySet());
  }

  @Test
  void stepsOfAnAccountAreNotOfTheCluster() throws IOException {
    policy();
    playbook("account", "", "{ quarantine-instance: {} }");
    run("shop", "Deployment", "web", 2, Kind.SOUND);
    ClusterPlan plan = plan();

    assertEquals(List.of(), plan.playbooks().getFirst().actions());
    JsonNode json = plan.toJson();
    assertEquals(
        List.of("cluster", "pods", "networkPolicies", "missingPermissions", "playbooks", "objects"),
        json.properties().stream().map(field -> field.getKey()).toList());
    assertEquals("[]", json.path("objects").get(0).path("answers").toString());
  }

  @Test
  void whatCannotBeReadIsAUsageError() {
    Shell.Result none = new Shell().run("plan", "--kubeconfig", "/nowhere");
    assertEquals(2, none.code());
    assertTrue(none.err().contains("--kubeconfig /nowhere: cannot be read"), none.err());
    assertEquals(2, new Shell().run("plan").code());
  }
}
