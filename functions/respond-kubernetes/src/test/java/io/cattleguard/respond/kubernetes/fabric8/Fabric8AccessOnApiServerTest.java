package io.cattleguard.respond.kubernetes.fabric8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Playbooks;
import io.cattleguard.respond.kubernetes.actions.Grant;
import io.cattleguard.respond.kubernetes.actions.Grants;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.EgressBlock;
import io.cattleguard.respond.kubernetes.cluster.Node;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Workload;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/**
 * The permissions of {@code infra/kubernetes/rbac.yaml} are sufficient, and each of them is
 * necessary.
 */
@Tag("cluster")
@EnabledIfEnvironmentVariable(
    named = Fabric8ClusterOnApiServerTest.KUBECONFIG,
    matches = ".+",
    disabledReason = "it names no API server that is meant for tests")
final class Fabric8AccessOnApiServerTest {
  private final String name = "cattleguard-test-" + UUID.randomUUID().toString().substring(0, 8);
  private final String paused = name + "-paused";
  private final Path kubeconfig = Path.of(System.getenv(Fabric8ClusterOnApiServerTest.KUBECONFIG));
  private final KubernetesClient admin = Fabric8Clients.ofKubeconfig(kubeconfig);
  private final KubernetesClient granted = impersonating();

  private KubernetesClient impersonating() {
    Config config = Config.fromKubeconfig(kubeconfig.toFile());
    return Fabric8Clients.of(new ConfigBuilder(config).withImpersonateUsername(name).build());
  }

  /** An object with that name, but a different UID than the requested ones. */
  @BeforeEach
  void runAPod() {
    admin
        .pods()
        .inNamespace("default")
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("main")
                .withImage("registry.example.com/main:1")
                .endContainer()
                .endSpec()
                .build())
        .create();
  }

  /** The client requests a change only if the object exists. */
  @BeforeEach
  void runWorkloads() {
    for (String kind : new String[] {"Deployment", "StatefulSet", "ReplicaSet"}) {
      String sets = "replicas: 0\n  selector: { matchLabels: { app: %s } }".formatted(paused);
      admin.resource(workloadOf("apps/v1", kind, sets, "")).create();
    }
    admin
        .resource(workloadOf("batch/v1", "Job", "suspend: true", "restartPolicy: Never, "))
        .create();
    admin
        .resource(
            """
            apiVersion: batch/v1
            kind: CronJob
            metadata: { name: %1$s, namespace: default }
            spec:
              schedule: "0 0 1 1 *"
              jobTemplate:
                spec:
                  template:
                    spec:
                      restartPolicy: Never
                      containers: [{ name: main, image: "registry.example.com/main:1" }]
            """
                .formatted(paused))
        .create();
  }

  private String workloadOf(String version, String kind, String spec, String ofPods) {
    return """
    apiVersion: %1$s
    kind: %2$s
    metadata: { name: %3$s, namespace: default }
    spec:
      %4$s
      template:
        metadata: { labels: { app: %3$s } }
        spec: { %5$scontainers: [{ name: main, image: "registry.example.com/main:1" }] }
    """
        .formatted(version, kind, paused, spec, ofPods);
  }

  @BeforeEach
  void installOtherPolicies() {
    OtherPolicyKinds.install(admin);
    Revocations.install(admin);
  }

  @AfterEach
  void takeBack() {
    OtherPolicyKinds.remove(admin);
    admin.pods().inNamespace("default").withName(name).withGracePeriod(0).delete();
    admin.apps().deployments().inNamespace("default").withName(paused).delete();
    admin.apps().statefulSets().inNamespace("default").withName(paused).delete();
    admin.apps().replicaSets().inNamespace("default").withName(paused).delete();
    admin.batch().v1().cronjobs().inNamespace("default").withName(paused).delete();
    admin.batch().v1().jobs().inNamespace("default").withName(paused).delete();
    for (String kind : new String[] {"ClusterRoleBinding", "ClusterRole"}) {
      admin
          .genericKubernetesResources("rbac.authorization.k8s.io/v1", kind)
          .withName(name)
          .delete();
    }
    admin.close();
    granted.close();
  }

  /** Grants the manifest's permissions, except one verb on one resource. */
  private void grantAllBut(String left) throws IOException, InterruptedException {
    List<String> granted = new ArrayList<>(Rbac.granted());
    granted.remove(left);
    grant(granted);
    // The API server applies new roles after a moment.
    int missing = Rbac.granted().contains(left) && !left.equals(Rbac.OF_INPUT) ? 1 : 0;
    for (int i = 0; i < 100 && Fabric8Access.missing(this.granted).size() != missing; i++) {
      Thread.sleep(50);
    }
  }

  private void grant(List<String> granted) {
    StringBuilder rules = new StringBuilder();
    for (String one : granted) {
      String[] parts = parts(one);
      rules.append(
          "- {apiGroups: ['%s'], resources: [%s], verbs: [%s]}\n".formatted((Object[]) parts));
    }
    String manifest =
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: %1$s}
        rules:
        %2$s
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: %1$s}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %1$s}
        subjects: [{kind: User, name: %1$s, apiGroup: rbac.authorization.k8s.io}]
        """
            .formatted(name, rules);
    byte[] bytes = manifest.getBytes(StandardCharsets.UTF_8);
    for (HasMetadata one : admin.load(new ByteArrayInputStream(bytes)).items()) {
      admin.resource(one).createOr(NonDeletingOperation::update);
    }
  }

  /** Group, resource and verb; a resource may have a subresource. */
  private static String[] parts(String granted) {
    int slash = granted.indexOf('/');
    int space = granted.indexOf(' ');
    return new String[] {
      granted.substring(0, slash), granted.substring(slash + 1, space), granted.substring(space + 1)
    };
  }

  /** Makes every request that a response may make, about a pod that was replaced. */
  private void askForEverything() {
    Cluster cluster = new Fabric8Cluster(granted);
    for (String kind : new String[] {"Deployment", "StatefulSet", "ReplicaSet"}) {
      Pod pod = pod(kind);
      Unavailable gone = assertThrows(Unavailable.class, () -> cluster.readyPeers(pod));
      if (String.valueOf(gone.getMessage()).contains("403")) {
        throw gone;
      }
    }
    Pod pod = pod("Deployment");
    cluster.pod(pod.namespace(), pod.name());
    granted.pods().inNamespace(pod.namespace()).withLabel("app", "none").list();
    cluster.disruptionBudgets(pod);
    cluster.isolate(pod);
    if (cluster.enforcement(pod).reason().contains("403")
        || cluster.isolation(pod).doubts().toString().contains("403")) {
      throw new Unavailable(cluster.enforcement(pod) + " and " + cluster.isolation(pod));
    }
    cluster.release(pod);
    cluster.evict(pod, Duration.ofSeconds(1));
    cluster.delete(pod, Duration.ZERO);
    cluster.nodes();
    Node node = cluster.node("node-a").orElseThrow();
    cluster.cordon(node, true);
    cluster.uncordon(node);
    Pod exact = cluster.pod("default", name).orElseThrow();
    if (cluster.evidence(exact, 1_024, Duration.ofSeconds(5)).toString().contains("403")) {
      throw new Unavailable("403");
    }
    for (String kind : new String[] {"Deployment", "StatefulSet", "ReplicaSet", "Job"}) {
      Workload workload = workload(kind);
      cluster.workload(workload.namespace(), new Pod.Owner(kind, kind.toLowerCase(Locale.ROOT)));
      cluster.pause(workload);
      cluster.resume(workload);
    }
    Workload web = cluster.workload("default", new Pod.Owner("Deployment", paused)).orElseThrow();
    EgressBlock block = new EgressBlock(web, exact, "203.0.113.7");
    cluster.blockEgress(block);
    if (cluster.egress(block).doubts().toString().contains("403")) {
      throw new Unavailable(cluster.egress(block).toString());
    }
    cluster.allowEgress(block);
    cluster.revokeTokens(exact);
    cluster.revocation(exact);
    cluster.revocations();
    cluster.restoreTokens(exact);
    granted.autoscaling().v2().horizontalPodAutoscalers().inNamespace("default").list();
    readLog();
  }

  /** The pod may have no log yet; only a refusal counts. */
  private void readLog() {
    try {
      granted.raw("/api/v1/namespaces/default/pods/" + name + "/log");
    } catch (KubernetesClientException e) {
      if (e.getCode() == 403) {
        throw e;
      }
    }
  }

  /** None of that name has this UID. */
  private Workload workload(String kind) {
    String none = UUID.randomUUID().toString();
    return new Workload(
        "default",
        kind,
        paused,
        none,
        1,
        1,
        false,
        Optional.empty(),
        kind.equals("Job")
            ? Optional.of(new Workload.Schedule(paused, none, false, false))
            : Optional.empty(),
        List.of());
  }

  private Pod pod(String kind) {
    return new Pod(
        "default",
        name,
        UUID.randomUUID().toString(),
        Optional.of("node-a"),
        java.time.Instant.EPOCH,
        Optional.of(new Pod.Owner(kind, name)),
        false,
        false,
        false,
        true,
        List.of());
  }

  @Test
  void withAllOfItNothingIsMissingAndNothingIsRefused() throws IOException, InterruptedException {
    grantAllBut("nothing");

    assertEquals(List.of(), Fabric8Access.missing(granted));
    askForEverything();
  }

  @Test
  void thePermissionsOfAPolicyAreEnoughForItsActionsAndNoOtherWorks(@TempDir Path policy)
      throws IOException, InterruptedException {
    Files.createDirectories(policy.resolve("playbooks"));
    Files.writeString(
        policy.resolve("playbooks/one.yaml"),
        """
        name: one
        when: { alert: { class: [runtime] } }
        mode: enforce
        steps: [{ isolate-pod: {} }]
        """);
    List<Grant> needed = Grants.of(Playbooks.read(new PolicyFiles(policy)));
    grant(
        needed.stream().map(one -> one.group() + "/" + one.resource() + " " + one.verb()).toList());
    for (int i = 0; i < 100 && !Fabric8Access.missing(granted, needed).isEmpty(); i++) {
      Thread.sleep(50);
    }
    assertEquals(List.of(), Fabric8Access.missing(granted, needed));
    assertTrue(Fabric8Access.missing(granted).contains("up may not patch nodes in group ''"));

    Cluster cluster = new Fabric8Cluster(granted);
    Pod pod = cluster.pod("default", name).orElseThrow();
    assertEquals(Cluster.Change.MADE, cluster.isolate(pod));
    assertTrue(cluster.isolation(pod).inForce());
    assertEquals(Cluster.Change.MADE, cluster.release(pod));
    for (Executable other :
        List.<Executable>of(
            () -> cluster.delete(pod, Duration.ofSeconds(1)),
            () -> cluster.evict(pod, Duration.ofSeconds(1)),
            () ->
                cluster.pause(
                    new Fabric8Cluster(admin)
                        .workload("default", new Pod.Owner("Deployment", paused))
                        .orElseThrow()
                        .wanting(1)))) {
      RuntimeException denied = assertThrows(RuntimeException.class, other);
      assertTrue(String.valueOf(denied.getMessage()).contains("403"), denied::toString);
    }
  }

  @Test
  void withoutAnyVerbItIsNamedAndSomethingIsRefused() throws IOException, InterruptedException {
    List<String> each = new ArrayList<>(Rbac.ofActions());
    each.sort(Comparator.comparing(one -> one.startsWith("projectcalico.org/")));
    for (String left : each) {
      if (left.startsWith("projectcalico.org/")) {
        OtherPolicyKinds.useCalicoApi(admin);
      }
      grantAllBut(left);

      List<String> missing = Fabric8Access.missing(granted);
      assertEquals(1, missing.size(), left + ": " + missing);
      String[] parts = parts(left);
      assertEquals(
          "up may not " + parts[2] + " " + parts[1] + " in group '" + parts[0] + "'",
          missing.get(0));
      RuntimeException refused = assertThrows(RuntimeException.class, this::askSafely, left);
      assertTrue(String.valueOf(refused.getMessage()).contains("403"), refused::toString);
    }
  }

  @Test
  void tokensAreVerifiedOnlyWithThePermissionToCreateReviews()
      throws IOException, InterruptedException {
    grantAllBut("nothing");
    awaitTokenReviews(true);
    assertEquals(Optional.empty(), Fabric8Tokens.verify(granted, "no-token", "cattleguard"));

    grantAllBut(Rbac.OF_INPUT);
    awaitTokenReviews(false);
    Unavailable denied =
        assertThrows(
            Unavailable.class, () -> Fabric8Tokens.verify(granted, "no-token", "cattleguard"));
    assertTrue(String.valueOf(denied.getMessage()).contains("403"), denied::toString);
  }

  private void awaitTokenReviews(boolean allowed) throws InterruptedException {
    for (int i = 0;
        i < 100 && Fabric8Access.isGranted(granted, Grants.REVIEW_TOKENS) != allowed;
        i++) {
      Thread.sleep(50);
    }
    assertEquals(allowed, Fabric8Access.isGranted(granted, Grants.REVIEW_TOKENS));
  }

  private void askSafely() {
    try {
      askForEverything();
    } catch (io.fabric8.kubernetes.client.KubernetesClientException e) {
      throw Fabric8Answers.unavailable(e);
    }
  }
}
