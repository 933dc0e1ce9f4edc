package io.cattleguard.respond.kubernetes.fabric8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.ClusterContract;
import io.cattleguard.respond.kubernetes.cluster.EgressBlock;
import io.cattleguard.respond.kubernetes.cluster.Node;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Workload;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * Runs the contract with the real API server that {@code CATTLEGUARD_TEST_KUBECONFIG} names, which
 * must be meant for tests. Skipped without it.
 */
@Tag("cluster")
@EnabledIfEnvironmentVariable(
    named = Fabric8ClusterOnApiServerTest.KUBECONFIG,
    matches = ".+",
    disabledReason = "it names no API server that is meant for tests")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class Fabric8ClusterOnApiServerTest extends ClusterContract {
  static final String KUBECONFIG = "CATTLEGUARD_TEST_KUBECONFIG";

  private final KubernetesClient client;
  private Fabric8Cluster cluster;
  private String namespace = "";

  Fabric8ClusterOnApiServerTest() {
    client = Fabric8Clients.ofKubeconfig(Path.of(System.getenv(KUBECONFIG)));
    cluster = new Fabric8Cluster(client);
  }

  @BeforeEach
  void makeNamespace() {
    namespace = "test-" + UUID.randomUUID().toString().substring(0, 8);
    client
        .namespaces()
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
        .create();
    Revocations.install(client);
    await(() -> client.serviceAccounts().inNamespace(namespace).withName("default").get() != null);
  }

  @AfterEach
  void dropNamespace() {
    client.nodes().withLabel("eks.amazonaws.com/compute-type").list().getItems().stream()
        .map(node -> node.getMetadata().getName())
        .forEach(
            node -> {
              mark(node, false);
              cluster = new Fabric8Cluster(client);
            });
    client.namespaces().withName(namespace).delete();
    client.nodes().list().getItems().stream()
        .filter(node -> node.getMetadata().getName().startsWith(namespace))
        .forEach(node -> client.resource(node).delete());
  }

  @AfterAll
  void disconnect() {
    client.close();
  }

  @Override
  protected Cluster cluster() {
    return cluster;
  }

  private static PodTemplateSpec template(String name) {
    return new PodTemplateSpecBuilder()
        .withNewMetadata()
        .addToLabels("app", name)
        .endMetadata()
        .withNewSpec()
        .addNewContainer()
        .withName("main")
        .withImage("registry.example.com/" + name + ":1")
        .endContainer()
        .withTerminationGracePeriodSeconds(0L)
        .endSpec()
        .build();
  }

  @Override
  protected List<Pod> run(String kind, String name, int replicas) {
    Map<String, String> labels = Map.of("app", name);
    switch (kind) {
      case "Deployment" ->
          client
              .apps()
              .deployments()
              .inNamespace(namespace)
              .resource(
                  new DeploymentBuilder()
                      .withNewMetadata()
                      .withName(name)
                      .endMetadata()
                      .withNewSpec()
                      .withReplicas(replicas)
                      .withNewSelector()
                      .addToMatchLabels(labels)
                      .endSelector()
                      .withTemplate(template(name))
                      .endSpec()
                      .build())
              .create();
      case "StatefulSet" ->
          client
              .apps()
              .statefulSets()
              .inNamespace(namespace)
              .resource(
                  new StatefulSetBuilder()
                      .withNewMetadata()
                      .withName(name)
                      .endMetadata()
                      .withNewSpec()
                      .withReplicas(replicas)
                      .withServiceName(name)
                      .withNewSelector()
                      .addToMatchLabels(labels)
                      .endSelector()
                      .withTemplate(template(name))
                      .endSpec()
                      .build())
              .create();
      default -> throw new IllegalArgumentException(kind);
    }
    await(() -> ready(name).size() == replicas);
    return ready(name);
  }

  private List<Pod> ready(String app) {
    return client.pods().inNamespace(namespace).withLabel("app", app).list().getItems().stream()
        .map(pod -> cluster.pod(namespace, pod.getMetadata().getName()))
        .flatMap(Optional::stream)
        .filter(Pod::ready)
        .toList();
  }

  @Override
  protected Pod runBare(String name) {
    client
        .pods()
        .inNamespace(namespace)
        .resource(
            new io.fabric8.kubernetes.api.model.PodBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("app", name)
                .endMetadata()
                .withSpec(template(name).getSpec())
                .build())
        .create();
    await(() -> !ready(name).isEmpty());
    return ready(name).get(0);
  }

  @Override
  protected void allowNoDisruptionOf(Pod pod) {
    String app = pod.owner().orElseThrow().name();
    client
        .policy()
        .v1()
        .podDisruptionBudget()
        .inNamespace(namespace)
        .resource(
            new PodDisruptionBudgetBuilder()
                .withNewMetadata()
                .withName("none")
                .endMetadata()
                .withNewSpec()
                .withMaxUnavailable(new IntOrString(0))
                .withNewSelector()
                .addToMatchLabels("app", app)
                .endSelector()
                .endSpec()
                .build())
        .create();
    await(
        () -> {
          var status =
              client
                  .policy()
                  .v1()
                  .podDisruptionBudget()
                  .inNamespace(namespace)
                  .withName("none")
                  .get()
                  .getStatus();
          return status != null && status.getObservedGeneration() != null;
        });
  }

  /** Nodes have no namespace, so their names begin with the test's. */
  @Override
  protected Node runNode(String name) {
    String full = namespace + "-" + name;
    client
        .nodes()
        .resource(
            new NodeBuilder()
                .withNewMetadata()
                .withName(full)
                .addToAnnotations("kwok.x-k8s.io/node", "fake")
                .endMetadata()
                .build())
        .create();
    // Does the kubelet's part, because no kubelet runs.
    client
        .nodes()
        .withName(full)
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}");
    await(
        () ->
            cluster.node(full).filter(node -> node.ready() && node.taints().isEmpty()).isPresent());
    return cluster.node(full).orElseThrow();
  }

  @Override
  protected Node replaceNode(String name) {
    client.nodes().withName(namespace + "-" + name).delete();
    return runNode(name);
  }

  /** As the nodes of EKS Auto Mode. What is known of nodes is kept for minutes. */
  @Override
  protected void denyTogether(List<Pod> pods) {
    pods.stream().map(pod -> pod.node().orElseThrow()).distinct().forEach(node -> mark(node, true));
    cluster = new Fabric8Cluster(client);
  }

  private void mark(String node, boolean auto) {
    client
        .nodes()
        .withName(node)
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            "{\"metadata\":{\"labels\":{\"eks.amazonaws.com/compute-type\":"
                + (auto ? "\"auto\"" : "null")
                + "}}}");
  }

  @Override
  protected void cordonByHand(String name, boolean unschedulable) {
    client
        .nodes()
        .withName(name)
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            "{\"spec\":{\"unschedulable\":" + (unschedulable ? "true" : "null") + "}}");
  }

  @Override
  protected void restrictEgressByHand(Pod pod) {
    client
        .network()
        .v1()
        .networkPolicies()
        .inNamespace(namespace)
        .resource(
            new NetworkPolicyBuilder()
                .withNewMetadata()
                .withName("restricted")
                .endMetadata()
                .withNewSpec()
                .withNewPodSelector()
                .addToMatchLabels("statefulset.kubernetes.io/pod-name", pod.name())
                .endPodSelector()
                .withPolicyTypes("Egress")
                .endSpec()
                .build())
        .create();
  }

  @Override
  protected void scaleByHand(Pod pod, int replicas) {
    client
        .apps()
        .deployments()
        .inNamespace(namespace)
        .withName(pod.owner().orElseThrow().name())
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            "{\"spec\":{\"replicas\":" + replicas + "}}");
  }

  @Override
  protected void revokeByHand(Pod pod) {
    Revocations.byHand(client, pod);
  }

  @Override
  protected void removeRevocationPolicy() {
    Revocations.remove(client);
  }

  /** The number of pods is changed through the scale, and who changed it is known. */
  @Test
  void aDeploymentIsScaledToZeroAndBackUnlessSomethingElseScaledIt() {
    client
        .resource(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: idle, namespace: %s }
            spec:
              replicas: 3
              selector: { matchLabels: { app: idle } }
              template:
                metadata: { labels: { app: idle } }
                spec: { containers: [{ name: main, image: "registry.example.com/idle:1" }] }
            """
                .formatted(namespace))
        .create();
    Pod.Owner owner = new Pod.Owner("Deployment", "idle");
    Workload before = cluster.workload(namespace, owner).orElseThrow();
    assertEquals(3, before.replicas());

    assertEquals(Cluster.Change.MADE, cluster.pause(before));
    assertTrue(cluster.workload(namespace, owner).orElseThrow().pausedByUs());
    assertEquals(Cluster.Change.MADE, cluster.resume(before));
    assertEquals(3, cluster.workload(namespace, owner).orElseThrow().replicas());

    assertEquals(Cluster.Change.MADE, cluster.pause(before));
    client.apps().deployments().inNamespace(namespace).withName("idle").scale(1);
    assertEquals(Cluster.Change.MADE, cluster.resume(before));
    assertEquals(1, cluster.workload(namespace, owner).orElseThrow().replicas());
  }

  /**
   * The outcome names what could start pods again; an autoscaler does not change a paused workload.
   */
  @Test
  void whatFightsAPauseIsNamed() {
    Pod pod = run("Deployment", "web", 1).get(0);
    client
        .resource(
            """
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: { name: web, namespace: %s }
            spec:
              scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
              minReplicas: 2
              maxReplicas: 5
            """
                .formatted(namespace))
        .create();
    client
        .apps()
        .deployments()
        .inNamespace(namespace)
        .withName("web")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"argocd.argoproj.io/tracking-id\":\"x\"},"
                + "\"labels\":{\"kustomize.toolkit.fluxcd.io/name\":\"x\"}}}");

    List<String> rivals = cluster.workload(pod).orElseThrow().rivals();

    assertEquals(3, rivals.size(), rivals.toString());
    assertTrue(rivals.get(0).contains("HorizontalPodAutoscaler web"), rivals.toString());
    assertTrue(rivals.get(1).contains("Argo CD"), rivals.toString());
    assertTrue(rivals.get(2).contains("Flux"), rivals.toString());
  }

  /** The Job of a CronJob is suspended with it, so that no other Job follows. */
  @Test
  void aJobIsSuspendedWithItsCronJobAndBothAreResumed() {
    client
        .resource(
            """
            apiVersion: batch/v1
            kind: CronJob
            metadata: { name: report, namespace: %s }
            spec:
              schedule: "0 0 1 1 *"
              jobTemplate:
                spec:
                  template:
                    metadata: { labels: { app: report } }
                    spec:
                      restartPolicy: Never
                      terminationGracePeriodSeconds: 0
                      containers: [{ name: main, image: "registry.example.com/report:1" }]
            """
                .formatted(namespace))
        .create();
    String uid =
        client
            .batch()
            .v1()
            .cronjobs()
            .inNamespace(namespace)
            .withName("report")
            .get()
            .getMetadata()
            .getUid();
    client
        .resource(
            """
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: report-1
              namespace: %s
              ownerReferences:
                - { apiVersion: batch/v1, kind: CronJob, name: report, uid: %s, controller: true }
            spec:
              template:
                metadata: { labels: { app: report } }
                spec:
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 0
                  containers: [{ name: main, image: "registry.example.com/report:1" }]
            """
                .formatted(namespace, uid))
        .create();
    await(
        () ->
            client.pods().inNamespace(namespace).withLabel("app", "report").list().getItems().size()
                == 1);
    String name =
        client
            .pods()
            .inNamespace(namespace)
            .withLabel("app", "report")
            .list()
            .getItems()
            .getFirst()
            .getMetadata()
            .getName();
    Pod pod = cluster.pod(namespace, name).orElseThrow();
    Workload before = cluster.workload(pod).orElseThrow();
    assertEquals("report", before.schedule().orElseThrow().name());
    assertFalse(before.isPaused());

    assertEquals(Cluster.Change.MADE, cluster.pause(before));

    Workload paused = cluster.workload(pod).orElseThrow();
    assertTrue(paused.isPaused() && paused.pausedByUs(), paused.toString());
    // If nodes are simulated, a Job's pod ends by itself.
    await(() -> cluster.pod(namespace, name).isEmpty() || hasEnded(name));
    assertEquals(Cluster.Change.MADE, cluster.resume(before));
    Workload after = cluster.workload(namespace, pod.owner().orElseThrow()).orElseThrow();
    assertEquals(1, after.replicas());
    assertFalse(after.schedule().orElseThrow().suspended());
  }

  private boolean hasEnded(String pod) {
    io.fabric8.kubernetes.api.model.Pod found =
        client.pods().inNamespace(namespace).withName(pod).get();
    return found != null && "Succeeded".equals(found.getStatus().getPhase());
  }

  @Override
  protected void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "not so within a minute");
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  @Test
  void anotherPolicyThatAllowsSomethingIsToldAsACaveat() {
    Pod pod = run("Deployment", "web", 1).get(0);
    client
        .network()
        .v1()
        .networkPolicies()
        .inNamespace(namespace)
        .resource(
            new NetworkPolicyBuilder()
                .withNewMetadata()
                .withName("allow-all-in")
                .endMetadata()
                .withNewSpec()
                .withNewPodSelector()
                .addToMatchLabels("app", "web")
                .endPodSelector()
                .addNewIngress()
                .endIngress()
                .withPolicyTypes("Ingress")
                .endSpec()
                .build())
        .create();

    assertEquals(Cluster.Change.MADE, cluster.isolate(pod));

    assertEquals(1, cluster.isolation(pod).caveats().size());
    assertTrue(cluster.isolation(pod).caveats().get(0).contains("allow-all-in"));
  }

  @Test
  void aPolicyThatDecidesOnTheEgressOfThePodIsNamedAndAnIsolatedPodIsNotConnectedAgain() {
    Pod pod = run("StatefulSet", "db", 1).get(0);
    EgressBlock block = new EgressBlock(cluster.workload(pod).orElseThrow(), pod, "203.0.113.7");
    assertEquals(Cluster.Change.MADE, cluster.blockEgress(block));
    assertEquals(Cluster.Change.MADE, cluster.isolate(pod, cluster.detachment(pod).labels()));
    assertEquals(List.of(), cluster.isolation(pod).caveats());

    client
        .network()
        .v1()
        .networkPolicies()
        .inNamespace(namespace)
        .resource(
            new NetworkPolicyBuilder()
                .withNewMetadata()
                .withName("strict")
                .endMetadata()
                .withNewSpec()
                .withNewPodSelector()
                .endPodSelector()
                .withPolicyTypes("Egress")
                .endSpec()
                .build())
        .create();

    assertEquals(Optional.of("203.0.113.7"), cluster.egress(block).blocked());
    assertTrue(
        cluster.egress(block).governing().getFirst().contains("NetworkPolicy strict"),
        cluster.egress(block)::toString);
    // Kubernetes deletes the policy together with its workload.
    client.apps().statefulSets().inNamespace(namespace).withName("db").delete();
    await(() -> cluster.allowEgress(block) == Cluster.Change.GONE);
  }

  @Test
  void aPolicyThatAPersonChangedIsNotRemoved() {
    Pod pod = run("Deployment", "web", 1).get(0);
    EgressBlock block = new EgressBlock(cluster.workload(pod).orElseThrow(), pod, "203.0.113.7");
    assertEquals(Cluster.Change.MADE, cluster.blockEgress(block));
    String name = "cattleguard-block-egress-" + block.of().uid();
    client
        .network()
        .v1()
        .networkPolicies()
        .inNamespace(namespace)
        .withName(name)
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"egress\":[{}]}}");

    assertEquals(Cluster.Change.REPLACED, cluster.allowEgress(block));
    assertEquals(Optional.empty(), cluster.egress(block).blocked());
    assertTrue(cluster.egress(block).governing().getFirst().contains(name + " was changed"));
  }

  /** The UIDs of the pods to which a Service sends requests. */
  private List<String> endpoints(String service) {
    JsonNode slices =
        client
            .getKubernetesSerialization()
            .unmarshal(
                client.raw(
                    "/apis/discovery.k8s.io/v1/namespaces/"
                        + namespace
                        + "/endpointslices?labelSelector=kubernetes.io/service-name="
                        + service),
                JsonNode.class);
    return slices.findValues("targetRef").stream()
        .map(target -> target.path("uid").asText())
        .toList();
  }

  private void serve(String app) {
    client
        .services()
        .inNamespace(namespace)
        .resource(
            new ServiceBuilder()
                .withNewMetadata()
                .withName(app)
                .endMetadata()
                .withNewSpec()
                .addToSelector("app", app)
                .addNewPort()
                .withPort(80)
                .endPort()
                .endSpec()
                .build())
        .create();
  }

  private Map<String, String> labels(Pod pod) {
    return client
        .pods()
        .inNamespace(namespace)
        .withName(pod.name())
        .get()
        .getMetadata()
        .getLabels();
  }

  @Test
  void promise12ADetachedPodLeavesTheEndpointsOfItsServicesAndComesBackWithTheSameLabels() {
    List<Pod> pods = run("Deployment", "web", 2);
    Pod pod = pods.get(0);
    serve("web");
    await(() -> endpoints("web").contains(pod.uid()));
    Map<String, String> before = labels(pod);
    Cluster.Detachment detachment = cluster.detachment(pod);

    cluster.isolate(pod, detachment.labels());

    await(() -> !endpoints("web").contains(pod.uid()) && endpoints("web").size() == 2);
    assertEquals(Map.of("cattleguard.io/quarantine", pod.uid()), labels(pod));
    assertEquals(List.of(), cluster.isolation(pod).services());

    // The labels that are put back are those of the pod as it was.
    client.apps().deployments().inNamespace(namespace).withName("web").scale(3);
    cluster.release(pod, detachment.labels());
    assertEquals(before, labels(pod));
    await(() -> endpoints("web").contains(pod.uid()));
    assertFalse(
        client
            .pods()
            .inNamespace(namespace)
            .withName(pod.name())
            .get()
            .getMetadata()
            .getAnnotations()
            .containsKey("cattleguard.io/labels-before"));
  }

  /** Its Service selects it by the labels of the StatefulSet's selector, which must stay. */
  @Test
  void aServiceThatStillSelectsAnIsolatedPodIsNamed() {
    Pod pod = run("StatefulSet", "db", 1).get(0);
    serve("db");
    Map<String, String> before = labels(pod);

    cluster.isolate(pod, cluster.detachment(pod).labels());

    assertEquals(List.of("db"), cluster.isolation(pod).services());
    assertTrue(labels(pod).entrySet().containsAll(before.entrySet()), labels(pod).toString());
  }

  /** A label or annotation of a pod must not make it look like one that was replaced. */
  @Test
  void aPodIsNotDetachedBecauseItSaysSo() {
    Pod pod = runBare("alone");
    client
        .pods()
        .inNamespace(namespace)
        .withName(pod.name())
        .edit(
            one ->
                one.edit()
                    .editMetadata()
                    .addToLabels("cattleguard.io/quarantine", pod.uid())
                    .addToAnnotations("cattleguard.io/labels-before", "app=web")
                    .addToAnnotations("cattleguard.io/owner-before", "Deployment/web")
                    .endMetadata()
                    .build());

    Pod found = cluster.pod(namespace, pod.name()).orElseThrow();
    assertFalse(found.detached());
    assertEquals(Optional.empty(), found.owner());
  }

  /** A Node as owner protects nothing, and no one can make a pod static later. */
  @Test
  void promise7APodCannotMakeItselfStatic() {
    Pod pod = runBare("alone");
    ObjectMeta node = client.nodes().list().getItems().getFirst().getMetadata();
    String owner =
        "{\"metadata\":{\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"name\":\""
            + node.getName()
            + "\",\"uid\":\""
            + node.getUid()
            + "\",\"controller\":true}]}}";
    var resource = client.pods().inNamespace(namespace).withName(pod.name());
    resource.patch(PatchContext.of(PatchType.JSON_MERGE), owner);

    Pod found = cluster.pod(namespace, pod.name()).orElseThrow();
    assertEquals("Node/" + node.getName(), found.owner().orElseThrow().toString());
    assertFalse(found.mirror());

    KubernetesClientException e =
        assertThrows(
            KubernetesClientException.class,
            () ->
                resource.patch(
                    PatchContext.of(PatchType.JSON_MERGE),
                    "{\"metadata\":{\"annotations\":{\"kubernetes.io/config.mirror\":\"x\"}}}"));
    assertEquals(422, e.getCode());
  }

  @Test
  void podsOfAnotherControllerAreNoPeersEvenIfTheSelectorMatchesThem() {
    Pod only = run("Deployment", "web", 1).get(0);
    client
        .apps()
        .deployments()
        .inNamespace(namespace)
        .resource(
            new DeploymentBuilder()
                .withNewMetadata()
                .withName("canary")
                .endMetadata()
                .withNewSpec()
                .withReplicas(3)
                .withNewSelector()
                .addToMatchLabels("tier", "canary")
                .endSelector()
                .withTemplate(
                    template("web")
                        .edit()
                        .editMetadata()
                        .addToLabels("tier", "canary")
                        .endMetadata()
                        .build())
                .endSpec()
                .build())
        .create();
    await(
        () ->
            client
                    .pods()
                    .inNamespace(namespace)
                    .withLabel("tier", "canary")
                    .list()
                    .getItems()
                    .stream()
                    .filter(pod -> "Running".equals(pod.getStatus().getPhase()))
                    .count()
                == 3);

    assertEquals(0, cluster.readyPeers(only));
    assertEquals(0, cluster.look(only).ready());
  }

  @Test
  void aPolicyOfOurNameThatAllowsEverythingIsNotTakenForOurs() {
    Pod pod = run("Deployment", "web", 1).get(0);
    client
        .network()
        .v1()
        .networkPolicies()
        .inNamespace(namespace)
        .resource(
            new NetworkPolicyBuilder()
                .withNewMetadata()
                .withName("cattleguard-quarantine-" + pod.uid())
                .endMetadata()
                .withNewSpec()
                .withNewPodSelector()
                .endPodSelector()
                .addNewIngress()
                .endIngress()
                .addNewEgress()
                .endEgress()
                .withPolicyTypes("Ingress", "Egress")
                .endSpec()
                .build())
        .create();

    assertThrows(Denied.class, () -> cluster.isolate(pod));

    assertFalse(cluster.isolation(pod).inForce());
  }

  /** An admission policy without a reason answers 422, as a wrong UID in a patch does. */
  @Test
  void aChangeThatAnAdmissionPolicyDeniesIsADenial() {
    Pod pod = run("Deployment", "web", 2).get(0);
    String policy = "deny-in-" + namespace;
    HasMetadata rule =
        client
            .resource(
                """
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicy
                metadata: { name: %1$s }
                spec:
                  failurePolicy: Fail
                  matchConstraints:
                    resourceRules:
                      - { apiGroups: [""], apiVersions: [v1], operations: [UPDATE, DELETE], resources: [pods] }
                      - { apiGroups: [networking.k8s.io], apiVersions: [v1], operations: [DELETE], resources: [networkpolicies] }
                  matchConditions:
                    - { name: here, expression: "request.namespace == '%2$s' && request.userInfo.username == 'admin'" }
                  validations:
                    - { expression: "false", message: the namespace is frozen }
                """
                    .formatted(policy, namespace))
            .item();
    HasMetadata binding =
        client
            .resource(
                """
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicyBinding
                metadata: { name: %1$s }
                spec: { policyName: %1$s, validationActions: [Deny] }
                """
                    .formatted(policy))
            .item();
    client.resource(rule).create();
    client.resource(binding).create();
    try {
      await(
          () -> {
            try {
              cluster.release(pod);
              return false;
            } catch (Denied e) {
              return true;
            }
          });
      for (Consumer<Pod> change :
          List.<Consumer<Pod>>of(
              one -> cluster.delete(one, Duration.ofSeconds(1)),
              cluster::isolate,
              cluster::release)) {
        Denied denied = assertThrows(Denied.class, () -> change.accept(pod));
        assertTrue(denied.toString().contains("the namespace is frozen"), denied.toString());
      }
    } finally {
      client.resource(binding).delete();
      client.resource(rule).delete();
    }
    assertEquals(pod.uid(), cluster.pod(namespace, pod.name()).orElseThrow().uid());
  }

  /** Each of them saw that the budget allows one. No replacement may start and refill it. */
  @Test
  void promise12ABudgetHoldsForEvictionsAtTheSameMoment()
      throws InterruptedException, ExecutionException {
    List<Pod> pods = run("Deployment", "web", 3);
    client
        .policy()
        .v1()
        .podDisruptionBudget()
        .inNamespace(namespace)
        .resource(
            new PodDisruptionBudgetBuilder()
                .withNewMetadata()
                .withName("keep-two")
                .endMetadata()
                .withNewSpec()
                .withMinAvailable(new IntOrString(2))
                .withNewSelector()
                .addToMatchLabels("app", "web")
                .endSelector()
                .endSpec()
                .build())
        .create();
    await(() -> cluster.disruptionBudgets(pods.get(0)).getFirst().allowed() == 1);
    client
        .resourceQuotas()
        .inNamespace(namespace)
        .resource(
            new ResourceQuotaBuilder()
                .withNewMetadata()
                .withName("no-more-pods")
                .endMetadata()
                .withNewSpec()
                .addToHard("pods", new Quantity("0"))
                .endSpec()
                .build())
        .create();
    await(
        () ->
            client
                    .resourceQuotas()
                    .inNamespace(namespace)
                    .withName("no-more-pods")
                    .get()
                    .getStatus()
                != null);
    List<Future<Cluster.Change>> changes = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      for (Pod pod : pods) {
        changes.add(threads.submit(() -> cluster.evict(pod, Duration.ofSeconds(1))));
      }
    }
    int made = 0;
    for (Future<Cluster.Change> change : changes) {
      made += change.get() == Cluster.Change.MADE ? 1 : 0;
    }
    assertEquals(1, made);
  }

  @Test
  void sixtyPodsAtOnceAreEachDeletedOnceWithTheirUidInTheRequest()
      throws IOException, InterruptedException, ExecutionException {
    List<Pod> pods = run("Deployment", "fleet", 60);
    List<Future<Cluster.Change>> changes = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(20)) {
      for (Pod pod : pods) {
        changes.add(threads.submit(() -> cluster.delete(pod, Duration.ZERO)));
      }
    }
    for (Future<Cluster.Change> change : changes) {
      assertEquals(Cluster.Change.MADE, change.get());
    }
    for (Pod pod : pods) {
      await(() -> cluster.pod(namespace, pod.name()).isEmpty());
    }
    await(() -> ready("fleet").size() == 60);
    Path audit = Path.of(System.getenv(KUBECONFIG)).resolveSibling("audit.log");
    assumeTrue(Files.isReadable(audit), "the API server keeps no audit log beside its kubeconfig");
    for (Pod pod : pods) {
      assertEquals(List.of(pod.uid()), preconditions(audit, pod));
    }
  }

  /** The UIDs that our DELETE requests for that pod named, by the API server's own record. */
  private List<String> preconditions(Path audit, Pod pod) throws IOException {
    JsonMapper json = JsonMapper.builder().build();
    List<String> uids = new ArrayList<>();
    try (Stream<String> lines = Files.lines(audit)) {
      for (String line : (Iterable<String>) lines::iterator) {
        if (line.contains("\"delete\"") && line.contains(pod.name())) {
          JsonNode event = json.readTree(line);
          boolean ours =
              event.path("verb").asText().equals("delete")
                  && event.path("objectRef").path("resource").asText().equals("pods")
                  && event.path("objectRef").path("namespace").asText().equals(namespace)
                  && event.path("userAgent").asText().startsWith("fabric8")
                  && event.path("stage").asText().equals("ResponseComplete");
          if (ours) {
            uids.add(event.path("requestObject").path("preconditions").path("uid").asText());
          }
        }
      }
    }
    return uids;
  }
}
