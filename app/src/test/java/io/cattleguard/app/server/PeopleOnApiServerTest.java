package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.slack.FakeSocketMode;
import io.cattleguard.app.slack.SlackAccess;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.respond.kubernetes.fabric8.Fabric8Clients;
import io.cattleguard.route.slack.FakeSlack;
import io.cattleguard.sensor.http.FalcoConnection;
import io.cattleguard.sources.FalcoEvent;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands from Slack and from the command line change pods of the test cluster in {@code
 * CATTLEGUARD_TEST_KUBECONFIG}.
 */
@Tag("cluster")
@EnabledIfEnvironmentVariable(
    named = UpOnApiServerTest.KUBECONFIG,
    matches = ".+",
    disabledReason = "it names no API server that is meant for tests")
@Timeout(300)
final class PeopleOnApiServerTest {
  private static final String ANNA = "U0EXAMPLE";
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int REPLICAS = 6;

  @TempDir private Path folder;
  private final Path kubeconfig =
      Path.of(String.valueOf(System.getenv(UpOnApiServerTest.KUBECONFIG)));
  private final String namespace = "people-" + UUID.randomUUID().toString().substring(0, 8);
  private final FakeSocketMode way = new FakeSocketMode();
  private final FakeSlack channel = new FakeSlack();
  private final SlackPeople anna = new SlackPeople(ANNA, way, channel);
  private KubernetesClient cluster;
  private Path policy;
  private Path data;

  @BeforeEach
  void start() throws IOException {
    cluster = Fabric8Clients.of(Config.fromKubeconfig(kubeconfig.toFile()));
    Namespace made =
        new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build();
    cluster.resource(made).create();
    cluster
        .resource(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: web, namespace: %s }
            spec:
              replicas: %d
              selector: { matchLabels: { app: web } }
              template:
                metadata: { labels: { app: web } }
                spec:
                  terminationGracePeriodSeconds: 0
                  containers: [{ name: main, image: "registry.example.com/web:1" }]
            """
                .formatted(namespace, REPLICAS))
        .create();
    await(() -> ready().size() == REPLICAS, "the pods are not ready");
    writePolicy();
    data = folder.resolve("data");
  }

  private void writePolicy() throws IOException {
    policy = folder.resolve("policy");
    Policies.copyDefault(policy);
    Policies.deletePods(policy, "Deleted by a test");
    Policies.raiseCaps(policy);
    Path asking = policy.resolve("playbooks/reported.yaml");
    Files.writeString(
        policy.resolve("playbooks/isolated.yaml"),
        Files.readString(asking)
            .replace("name: reported", "name: isolated")
            .replace("Deleted by a test", "Isolated by a test")
            .replace("delete-pod: { grace: 1s }", "isolate-pod: { lease: 1h }"));
    Policies.replace(asking, "mode: enforce", "mode: approve");
    Files.writeString(
        policy.resolve("settings.yaml"),
        """
        operators: { approve: ["slack:%1$s"], undo: ["slack:%1$s", "unix:*"], silence: ["unix:*"], stop: ["slack:%1$s", "unix:*"] }
        """
            .formatted(ANNA),
        StandardOpenOption.APPEND);
    String name = "channel-from: CATTLEGUARD_SLACK_CHANNEL";
    Policies.replace(
        policy.resolve("routes.yaml"),
        name,
        name + "\n    buttons: true\n    api: " + channel.address() + "/api");
  }

  @AfterEach
  void end() {
    cluster.namespaces().withName(namespace).delete();
    cluster.close();
    way.end();
    channel.close();
    assertEquals(List.of(), way.violations());
    assertEquals(List.of(), channel.violations());
  }

  private static void await(java.util.function.BooleanSupplier condition, String otherwise) {
    FakeSocketMode.await(condition, otherwise);
  }

  private List<Pod> ready() {
    return cluster.pods().inNamespace(namespace).withLabel("app", "web").list().getItems().stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .filter(Readiness::isPodReady)
        .toList();
  }

  private Optional<Pod> now(Pod pod) {
    return Optional.ofNullable(
            cluster.pods().inNamespace(namespace).withName(pod.getMetadata().getName()).get())
        .filter(is -> is.getMetadata().getUid().equals(pod.getMetadata().getUid()));
  }

  /** Its Services and its controller do not select it, and a policy denies it all traffic. */
  private boolean isIsolated(Pod pod) {
    return now(pod).filter(is -> !is.getMetadata().getLabels().containsKey("app")).isPresent()
        && !cluster
            .network()
            .v1()
            .networkPolicies()
            .inNamespace(namespace)
            .list()
            .getItems()
            .isEmpty();
  }

  private boolean isReleased(Pod pod) {
    return now(pod).filter(is -> is.getMetadata().getLabels().containsKey("app")).isPresent()
        && cluster
            .network()
            .v1()
            .networkPolicies()
            .inNamespace(namespace)
            .list()
            .getItems()
            .isEmpty();
  }

  private void post(UpProcess up, String rule, Pod pod) throws IOException {
    String alert =
        new FalcoEvent(rule, "Critical")
            .time(Instant.now())
            .hostname(pod.getSpec().getNodeName())
            .field("k8s.ns.name", namespace)
            .field("k8s.pod.name", pod.getMetadata().getName())
            .field("k8s.pod.uid", pod.getMetadata().getUid())
            .field("container.id", pod.getMetadata().getUid().substring(0, 8))
            .process("sh", "/bin/sh", "sh", "java")
            .toString();
    try (FalcoConnection falco = FalcoConnection.open(up.address(), PATIENCE)) {
      assertEquals(200, falco.post(alert.getBytes(StandardCharsets.UTF_8)));
    }
  }

  private static String uid(Pod pod) {
    return pod.getMetadata().getUid();
  }

  private Shell.Result run(String... command) {
    return new Shell().run(command);
  }

  private String contained() {
    return anna.type("contained").toString();
  }

  private String containment(Pod pod) {
    String id = "isolate-pod/" + pod.getMetadata().getUid();
    await(() -> contained().contains(id), "not contained: " + channel.messages());
    return id;
  }

  @Test
  void peopleApproveRejectExtendUndoStopResumeAndSilenceFromSlackAndTheCommandLine()
      throws Exception {
    List<Pod> pods = ready();
    try (UpProcess up =
        new UpProcess(
            Optional.of(kubeconfig),
            policy,
            data,
            Map.of(
                SlackAccess.TOKEN,
                FakeSocketMode.TOKEN,
                "CATTLEGUARD_SLACK_API",
                way.api(),
                "CATTLEGUARD_SLACK_TOKEN",
                FakeSlack.TOKEN,
                "CATTLEGUARD_SLACK_CHANNEL",
                FakeSlack.CHANNEL))) {
      up.start();
      await(() -> way.greetings() == 1, "not connected to Slack");

      Pod rejected = pods.get(0);
      post(up, "Deleted by a test", rejected);
      String question = anna.press("reject", "");
      await(() -> anna.isTold("rejected by anna"), "not rejected " + channel.messages());
      Pod approved = pods.get(1);
      post(up, "Deleted by a test", approved);
      anna.press("approve", question);
      await(() -> now(approved).isEmpty(), "not deleted " + channel.messages());
      assertTrue(now(rejected).isPresent());

      Pod first = pods.get(2);
      post(up, "Isolated by a test", first);
      await(() -> isIsolated(first), "not isolated " + channel.messages());
      String id = containment(first);
      String later = Instant.now().plus(Duration.ofHours(4)).toString().substring(0, 14);
      anna.type("extend " + id + " 4h still looking");
      await(() -> contained().contains("until " + later), "not extended");
      anna.type("undo " + id + " not an attack");
      await(() -> isReleased(first), "not released " + channel.messages());

      Pod second = pods.get(3);
      post(up, "Isolated by a test", second);
      await(() -> isIsolated(second), "not isolated " + channel.messages());
      String at = data.toString();
      assertTrue(run("containments", "--data", at).out().contains(containment(second)));
      assertEquals(0, run("undo", containment(second), "--reason", "a test", "--data", at).code());
      await(() -> isReleased(second), "not released " + channel.messages());

      anna.type("stop something is odd");
      await(() -> contained().contains("kill switch is on"), "not stopped");
      Pod third = pods.get(4);
      post(up, "Isolated by a test", third);
      await(() -> anna.isTold("the kill switch is on"), "not told " + channel.messages());
      assertFalse(isIsolated(third));
      assertEquals(0, run("resume", "--reason", "a test", "--data", at).code());
      await(() -> !contained().contains("kill switch is on"), "not resumed");
      Pod fourth = pods.get(5);
      post(up, "Isolated by a test", fourth);
      await(() -> isIsolated(fourth), "not isolated after the resumption " + channel.messages());

      Shell.Result silence =
          run(
              "silence",
              "--match",
              "{\"alert\":{\"rule\":[\"Isolated by a test\"]}}",
              "--up-to",
              "fatal",
              "--for",
              "2d",
              "--reason",
              "known noise",
              "--data",
              at);
      assertEquals(0, silence.code(), silence::toString);
      assertTrue(anna.type("silences").toString().contains("known noise"));
      Pod hidden =
          ready().stream()
              .filter(pod -> pods.stream().noneMatch(one -> uid(one).equals(uid(pod))))
              .findFirst()
              .orElseThrow();
      post(up, "Isolated by a test", hidden);
      await(
          () ->
              now(hidden)
                  .filter(is -> !is.getMetadata().getLabels().containsKey("app"))
                  .isPresent(),
          "a silence for people keeps responders from acting");
    }
  }
}
