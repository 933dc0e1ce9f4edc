package io.cattleguard.app.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.server.UpOnApiServerTest;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** {@code plan} over the test cluster in {@code CATTLEGUARD_TEST_KUBECONFIG}. */
@Tag("cluster")
@EnabledIfEnvironmentVariable(
    named = UpOnApiServerTest.KUBECONFIG,
    matches = ".+",
    disabledReason = "it names no API server that is meant for tests")
final class PlanOnApiServerTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** With one node; each further node has one more of the DaemonSet. */
  private static final int PODS = 13;

  @TempDir Path policy;
  @TempDir Path answers;

  private static String workload(String kind, String name, int replicas, boolean hostNetwork) {
    String count = kind.equals("DaemonSet") ? "" : "  replicas: " + replicas + "\n";
    String service = kind.equals("StatefulSet") ? "  serviceName: " + name + "\n" : "";
    return "---\napiVersion: apps/v1\nkind: "
        + kind
        + "\nmetadata: { name: "
        + name
        + " }\nspec:\n"
        + count
        + service
        + """
          selector: { matchLabels: { app: %s } }
          template:
            metadata: { labels: { app: %s } }
            spec:
              hostNetwork: %s
              containers: [{ name: main, image: registry.example.com/main }]
        """
            .formatted(name, name, hostNetwork);
  }

  private static final String OTHERS =
      """
      ---
      apiVersion: policy/v1
      kind: PodDisruptionBudget
      metadata: { name: guarded }
      spec: { maxUnavailable: 0, selector: { matchLabels: { app: guarded } } }
      ---
      apiVersion: v1
      kind: Pod
      metadata: { name: bare }
      spec: { containers: [{ name: main, image: registry.example.com/main }] }
      """;

  @Test
  void eachKindOfWorkloadOfARealClusterIsNamedRightly() throws Exception {
    Policies.copyDefault(policy);
    for (Path file : Policies.files(policy.resolve("playbooks"))) {
      Files.delete(file);
    }
    Files.writeString(
        policy.resolve("playbooks/all.yaml"),
        """
        name: all
        when: { alert: { class: [runtime] } }
        steps: [{ isolate-pod: {} }, { delete-pod: {} }, { pause-workload: { outage: accepted } }, { cordon-node: {} }]
        """);
    Path kubeconfig = Path.of(System.getenv(UpOnApiServerTest.KUBECONFIG));
    String namespace = "plan-" + UUID.randomUUID().toString().substring(0, 8);
    kubectl(kubeconfig, "", "create", "namespace", namespace);
    try {
      String yaml =
          workload("Deployment", "web", 2, false)
              + workload("Deployment", "alone", 1, false)
              + workload("Deployment", "guarded", 2, false)
              + workload("Deployment", "host", 2, true)
              + workload("StatefulSet", "db", 2, false)
              + workload("ReplicaSet", "old", 2, false)
              + workload("DaemonSet", "agent", 0, false)
              + OTHERS;
      kubectl(kubeconfig, yaml, "-n", namespace, "create", "-f", "-");
      awaitPods(kubeconfig, namespace);
      Shell.Result result =
          new Shell()
              .run(
                  "plan",
                  "--kubeconfig",
                  kubeconfig.toString(),
                  "--policy",
                  policy.toString(),
                  "--json");
      assertEquals(0, result.code(), result.err());
      Map<String, String> isolations = answers(result.json(), namespace, "isolate-pod");
      assertEquals("", isolations.get("Deployment/web"));
      assertEquals("", isolations.get("DaemonSet/agent"));
      assertEquals("host network", isolations.get("Deployment/host"));
      Map<String, String> deletions = answers(result.json(), namespace, "delete-pod");
      assertEquals("", deletions.get("Deployment/web"));
      assertEquals("last ready replica", deletions.get("Deployment/alone"));
      assertEquals("disruption budget", deletions.get("Deployment/guarded"));
      assertEquals("", deletions.get("StatefulSet/db"));
      assertEquals("", deletions.get("ReplicaSet/old"));
      assertTrue(
          deletions.getOrDefault("DaemonSet/agent", "").startsWith("owner"), deletions::toString);
      assertTrue(deletions.getOrDefault("Pod/bare", "").contains("owner"), deletions::toString);
      assertEquals(8, deletions.size(), deletions::toString);
    } finally {
      kubectl(kubeconfig, "", "delete", "namespace", namespace, "--wait=false");
    }
  }

  private void awaitPods(Path kubeconfig, String namespace) throws Exception {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      JsonNode pods =
          Shell.parse(kubectl(kubeconfig, "", "-n", namespace, "get", "pods", "-o", "json"))
              .path("items");
      int ready = 0;
      for (JsonNode pod : pods) {
        for (JsonNode condition : pod.path("status").path("conditions")) {
          ready +=
              condition.path("type").asText().equals("Ready")
                      && condition.path("status").asText().equals("True")
                  ? 1
                  : 0;
        }
      }
      if (ready == pods.size() && ready >= PODS) {
        return;
      }
      assertTrue(System.nanoTime() < until, ready + " of " + pods.size() + " pods are ready");
      Thread.sleep(200);
    }
  }

  private String kubectl(Path kubeconfig, String input, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("kubectl", "--kubeconfig", kubeconfig.toString()));
    command.addAll(List.of(arguments));
    Path output = answers.resolve("kubectl.json");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    }
    assertEquals(0, process.waitFor(), "kubectl " + String.join(" ", arguments));
    return Files.readString(output);
  }

  /** The guards that object, by workload, without the namespace. */
  private static Map<String, String> answers(JsonNode plan, String namespace, String action) {
    Map<String, String> answers = new TreeMap<>();
    for (JsonNode object : plan.path("objects")) {
      String name = object.path("name").asText();
      for (JsonNode answer : object.path("answers")) {
        if (name.startsWith(namespace + "/") && answer.path("action").asText().equals(action)) {
          answers.put(
              name.substring(namespace.length() + 1),
              String.join(", ", answer.path("objections").findValuesAsText("guard")));
        }
      }
    }
    return answers;
  }
}
