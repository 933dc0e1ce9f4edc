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
import java.util.concurrent.Callable;
import java.util.stream.Stream;
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

  @TempDir Path policy;
  @TempDir Path answers;

  private static final String HOST = "hostNetwork: true";

  /** A scheduler name that does not exist, so that pods stay pending. */
  private static final String NOWHERE = "schedulerName: nobody";

  private static String workload(String kind, String name, int replicas, String spec) {
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
              %s
              containers: [{ name: main, image: registry.example.com/main }]
        """
            .formatted(name, name, spec);
  }

  /** Objects that no Kubernetes controller creates, and the protections of some pods. */
  private static final String OTHERS =
      """
      ---
      apiVersion: policy/v1
      kind: PodDisruptionBudget
      metadata: { name: guarded }
      spec: { maxUnavailable: 0, selector: { matchLabels: { app: guarded } } }
      ---
      apiVersion: policy/v1
      kind: PodDisruptionBudget
      metadata: { name: roomy }
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: roomy } } }
      ---
      apiVersion: policy/v1
      kind: PodDisruptionBudget
      metadata: { name: twice-one }
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: twice } } }
      ---
      apiVersion: policy/v1
      kind: PodDisruptionBudget
      metadata: { name: twice-none }
      spec: { minAvailable: 2, selector: { matchLabels: { app: twice } } }
      ---
      apiVersion: policy/v1
      kind: PodDisruptionBudget
      metadata: { name: quorum }
      spec: { minAvailable: 3, selector: { matchLabels: { app: quorum } } }
      ---
      apiVersion: v1
      kind: ReplicationController
      metadata: { name: former }
      spec:
        replicas: 2
        selector: { app: former }
        template:
          metadata: { labels: { app: former } }
          spec: { containers: [{ name: main, image: registry.example.com/main }] }
      ---
      apiVersion: batch/v1
      kind: Job
      metadata: { name: once }
      spec:
        template:
          spec:
            restartPolicy: Never
            containers: [{ name: main, image: registry.example.com/main }]
      ---
      apiVersion: batch/v1
      kind: CronJob
      metadata: { name: nightly }
      spec:
        schedule: "0 0 1 1 *"
        jobTemplate:
          spec:
            template:
              spec:
                restartPolicy: Never
                containers: [{ name: main, image: registry.example.com/main }]
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata: { name: operator }
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata: { name: rollout }
      """;

  private static String pod(String name, String metadata, String spec) {
    return """
    ---
    apiVersion: v1
    kind: Pod
    metadata: { name: %s%s }
    spec: { %scontainers: [{ name: main, image: registry.example.com/main }] }
    """
        .formatted(name, metadata, spec);
  }

  private static String ownedBy(String configMap, String uid) {
    return ", ownerReferences: [{ apiVersion: v1, kind: ConfigMap, name: %s, uid: %s, controller: true }]"
        .formatted(configMap, uid);
  }

  private static final String NOT_COUNTED = "owner, last ready replica";
  private static final String NOT_PAUSED = "workload that can be paused";

  /** By kind: the guards that object to isolating, to deleting and to pausing it. */
  private static final Map<String, List<String>> EXPECTED =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("Deployment/web", List.of("", "", "")),
              Map.entry("Deployment/alone", List.of("", "last ready replica", "")),
              Map.entry("Deployment/guarded", List.of("", "disruption budget", "")),
              Map.entry("Deployment/roomy", List.of("", "", "")),
              Map.entry("Deployment/twice", List.of("", "disruption budget", "")),
              Map.entry("Deployment/host", List.of("host network", "", "")),
              Map.entry("Deployment/pending", List.of("node", "node, last ready replica", "node")),
              Map.entry("StatefulSet/db", List.of("", "", "")),
              Map.entry("StatefulSet/lone", List.of("", "last ready replica", "")),
              Map.entry("StatefulSet/quorum", List.of("", "disruption budget", "")),
              Map.entry("ReplicaSet/old", List.of("", "", "")),
              Map.entry("ConfigMap/rollout", List.of("", NOT_COUNTED, NOT_PAUSED)),
              Map.entry("ReplicationController/former", List.of("", NOT_COUNTED, NOT_PAUSED)),
              Map.entry("DaemonSet/agent", List.of("", NOT_COUNTED, NOT_PAUSED)),
              Map.entry("DaemonSet/shipper", List.of("host network", NOT_COUNTED, NOT_PAUSED)),
              Map.entry("Job/once", List.of("", NOT_COUNTED, "")),
              Map.entry("Job/nightly-1", List.of("", NOT_COUNTED, "")),
              Map.entry("Pod/bare", List.of("", NOT_COUNTED, NOT_PAUSED)),
              Map.entry("Pod/forged", List.of("", NOT_COUNTED, NOT_PAUSED)),
              Map.entry(
                  "Pod/static",
                  List.of("static pod", "static pod, " + NOT_COUNTED, "static pod, " + NOT_PAUSED)),
              Map.entry("ConfigMap/operator", List.of("", NOT_COUNTED, NOT_PAUSED)),
              Map.entry(
                  "Pod/ending",
                  List.of(
                      "node",
                      "node, already being deleted, " + NOT_COUNTED,
                      "node, " + NOT_PAUSED)),
              Map.entry(
                  "Pod/vault",
                  List.of(
                      "protected namespace",
                      "protected namespace, " + NOT_COUNTED,
                      "protected namespace, " + NOT_PAUSED))));

  @Test
  void moreThanTwentyKindsOfWorkloadsOfARealClusterAreNamedRightly() throws Exception {
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
    String vault = namespace + "-vault";
    Files.writeString(policy.resolve("settings.yaml"), "protected-namespaces: [" + vault + "]\n");
    for (String one : List.of(namespace, vault)) {
      kubectl(kubeconfig, "", "create", "namespace", one);
      await(() -> accounts(kubeconfig, one) > 0);
    }
    try {
      run(kubeconfig, namespace);
      kubectl(kubeconfig, pod("vault", "", ""), "-n", vault, "create", "-f", "-");
      Map<String, List<String>> found = new TreeMap<>();
      await(
          () -> {
            found.clear();
            found.putAll(plan(kubeconfig, namespace));
            return found.equals(EXPECTED);
          });
      assertEquals(EXPECTED, found);
      assertTrue(EXPECTED.size() >= 20);
    } finally {
      kubectl(
          kubeconfig,
          "",
          "-n",
          namespace,
          "patch",
          "pod",
          "ending",
          "--type=merge",
          "-p",
          "{\"metadata\":{\"finalizers\":null}}");
      kubectl(kubeconfig, "", "delete", "namespace", namespace, vault, "--wait=false");
    }
  }

  private void run(Path kubeconfig, String namespace) throws Exception {
    kubectl(
        kubeconfig,
        workload("Deployment", "web", 2, "")
            + workload("Deployment", "alone", 1, "")
            + workload("Deployment", "guarded", 2, "")
            + workload("Deployment", "roomy", 2, "")
            + workload("Deployment", "twice", 2, "")
            + workload("Deployment", "host", 2, HOST)
            + workload("Deployment", "pending", 2, NOWHERE)
            + workload("StatefulSet", "db", 2, "")
            + workload("StatefulSet", "lone", 1, "")
            + workload("StatefulSet", "quorum", 3, "")
            + workload("ReplicaSet", "old", 2, "")
            + workload("DaemonSet", "agent", 0, "")
            + workload("DaemonSet", "shipper", 0, HOST)
            + OTHERS,
        "-n",
        namespace,
        "create",
        "-f",
        "-");
    kubectl(
        kubeconfig, "", "-n", namespace, "create", "job", "nightly-1", "--from=cronjob/nightly");
    kubectl(
        kubeconfig,
        pod("bare", "", "")
            + pod("forged", ", labels: { cattleguard.io/quarantine: x, app: web }", "")
            + pod(
                "static",
                ", annotations: { kubernetes.io/config.mirror: x }",
                "nodeName: node-a, automountServiceAccountToken: false, ")
            + pod("operated", ownedBy("operator", uid(kubeconfig, namespace, "operator")), "")
            + pod("ending", ", finalizers: [example.com/hold]", NOWHERE + ", ")
            + workload("ReplicaSet", "rollout-1", 2, "")
                .replace(
                    "name: rollout-1 }",
                    "name: rollout-1"
                        + ownedBy("rollout", uid(kubeconfig, namespace, "rollout"))
                        + " }"),
        "-n",
        namespace,
        "create",
        "-f",
        "-");
    kubectl(kubeconfig, "", "-n", namespace, "delete", "pod", "ending", "--wait=false");
  }

  private String uid(Path kubeconfig, String namespace, String configMap) throws Exception {
    return kubectl(
        kubeconfig,
        "",
        "-n",
        namespace,
        "get",
        "configmap",
        configMap,
        "-o",
        "jsonpath={.metadata.uid}");
  }

  /** By workload, without the namespace: the guards that object to each of the actions on pods. */
  private Map<String, List<String>> plan(Path kubeconfig, String namespace) {
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
    Map<String, List<String>> answers = new TreeMap<>();
    for (JsonNode object : result.json().path("objects")) {
      String name = object.path("name").asText();
      if (name.startsWith(namespace)) {
        Map<String, String> guards = new TreeMap<>();
        for (JsonNode answer : object.path("answers")) {
          guards.put(
              answer.path("action").asText(),
              String.join(", ", answer.path("objections").findValuesAsText("guard")));
        }
        answers.put(
            name.substring(name.indexOf('/') + 1),
            Stream.of("isolate-pod", "delete-pod", "pause-workload")
                .map(action -> guards.getOrDefault(action, "not asked"))
                .toList());
      }
    }
    return answers;
  }

  private int accounts(Path kubeconfig, String namespace) throws Exception {
    return kubectl(kubeconfig, "", "-n", namespace, "get", "serviceaccounts", "-o", "name")
        .length();
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call() && System.nanoTime() < until) {
      Thread.sleep(500);
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
}
