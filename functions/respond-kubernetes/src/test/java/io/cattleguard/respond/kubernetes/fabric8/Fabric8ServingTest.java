package io.cattleguard.respond.kubernetes.fabric8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodListBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSetListBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetListBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests which pods of a real cluster count as serving. */
final class Fabric8ServingTest {
  private static final Pod POD =
      Pods.of("shop", "db-0").uid("uid-0").owner("StatefulSet", "db").build();
  private static final String PODS = "/api/v1/namespaces/shop/pods";
  private static final String POLICIES =
      "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies";
  private static final String ISOLATED = "cattleguard.io%2Fquarantine";
  private static final String DAEMON_SETS =
      "/apis/apps/v1/namespaces/shop/daemonsets?fieldSelector=metadata.name%3D";
  private static final String VPC_CNI = "aws-node";
  private static final String ENABLED = "--enable-network-policy=true";

  private final KubernetesMockServer server = new KubernetesMockServer(false);
  private KubernetesClient client;
  private Fabric8Cluster cluster;

  @BeforeEach
  void start() {
    server.init();
    client = Fabric8Clients.of(server.createClient().getConfiguration());
    cluster = new Fabric8Cluster(client);
    get(
        "/apis/apps/v1/namespaces/shop/statefulsets/db",
        new StatefulSetBuilder()
            .withNewMetadata()
            .withName("db")
            .endMetadata()
            .withNewSpec()
            .withNewSelector()
            .addToMatchLabels("app", "db")
            .endSelector()
            .endSpec()
            .build());
    get(PODS + "/db-0", pod("0", "StatefulSet", true, false));
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  private void get(String path, Object answer) {
    server.expect().get().withPath(path).andReturn(200, answer).always();
  }

  private void list(String selector, io.fabric8.kubernetes.api.model.Pod... pods) {
    get(PODS + "?labelSelector=" + selector, new PodListBuilder().withItems(pods).build());
  }

  private static Object policies(io.fabric8.kubernetes.api.model.Pod... pods) {
    List<NetworkPolicy> policies =
        Stream.of(pods)
            .map(pod -> pod.getMetadata())
            .map(
                pod ->
                    Fabric8Policies.denyAll(
                        Pods.of("shop", pod.getName()).uid(pod.getUid()).build()))
            .toList();
    return Map.of("kind", "NetworkPolicyList", "items", policies);
  }

  private static io.fabric8.kubernetes.api.model.Pod pod(
      String number, String ownerKind, boolean ready, boolean isolated) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("shop")
        .withName("db-" + number)
        .withUid("uid-" + number)
        .withCreationTimestamp("2026-03-02T09:00:00Z")
        .addToLabels("app", "db")
        .addToLabels(
            isolated ? Map.of("cattleguard.io/quarantine", "uid-" + number) : Map.of("tier", "a"))
        .addNewOwnerReference()
        .withApiVersion("apps/v1")
        .withKind(ownerKind)
        .withName("db")
        .withUid("uid-of-db")
        .withController(true)
        .endOwnerReference()
        .endMetadata()
        .withNewSpec()
        .withNodeName("node-a")
        .endSpec()
        .withNewStatus()
        .addNewCondition()
        .withType("Ready")
        .withStatus(ready ? "True" : "False")
        .endCondition()
        .endStatus()
        .build();
  }

  private static io.fabric8.kubernetes.api.model.Pod ending(
      io.fabric8.kubernetes.api.model.Pod pod) {
    return new PodBuilder(pod)
        .editMetadata()
        .withDeletionTimestamp("2026-03-02T09:15:00Z")
        .endMetadata()
        .build();
  }

  @Test
  void promise12OtherReadyPodsOfTheControllerServeUnlessTheyAreIsolatedOrEnding() {
    list(
        "app%3Ddb",
        pod("0", "StatefulSet", true, false),
        pod("1", "StatefulSet", true, false),
        pod("2", "StatefulSet", true, true),
        pod("3", "StatefulSet", false, false),
        ending(pod("4", "StatefulSet", true, false)));

    assertEquals(
        new Cluster.Peers(Set.of("uid-1", "uid-2", "uid-3", "uid-4"), 1), cluster.look(POD));
  }

  /** A label alone denies nothing, so it does not make a pod an isolated one. */
  @Test
  void promise7OnlyAPodWithOurPolicyIsIsolated() {
    get(POLICIES, policies(pod("1", "StatefulSet", true, true)));

    assertFalse(cluster.hasIsolation(POD));
  }

  /** Otherwise the holder of a stolen token could end an isolation for good. */
  @Test
  void promise11APodWhoseLabelWasRemovedHasItsIsolation() {
    get(POLICIES, policies(pod("0", "StatefulSet", true, false)));

    assertTrue(cluster.hasIsolation(POD));
    assertFalse(cluster.hasIsolation(Pods.of("shop", "db-1").uid("uid-1").build()));
  }

  @Test
  void promise12TheVpcCniHasOneSetOfRulesForPodsWhoseNamesBeginAlike() {
    network(VPC_CNI, ENABLED);

    assertTrue(cluster.sharesRules(POD));
  }

  @Test
  void whereTheVpcCniEnforcesNothingEachPodHasItsOwnRules() {
    network(VPC_CNI, "--enable-network-policy=false");

    assertFalse(cluster.sharesRules(POD));
  }

  @Test
  void withAnotherPluginEachPodHasItsOwnRules() {
    network("cilium", "");

    assertFalse(cluster.sharesRules(POD));
  }

  /** EKS Auto Mode has no DaemonSet of the VPC CNI. */
  @Test
  void promise12AutoModeHasOneSetOfRulesToo() {
    network(VPC_CNI, "--enable-network-policy=false");
    node("node-b", "auto");

    assertTrue(cluster.sharesRules(Pods.of("shop", "db-0").uid("uid-0").node("node-b").build()));
  }

  /** Hybrid nodes need another plugin. The agents of the other nodes note policies for its pods. */
  @Test
  void promise12AnIsolationOnAHybridNodeDeniesPodsOfOtherNodes() {
    network(VPC_CNI, ENABLED, "cilium");
    node("hybrid", "hybrid");

    assertTrue(cluster.sharesRules(Pods.of("shop", "db-0").uid("uid-0").node("hybrid").build()));
  }

  @Test
  void promise6ANetworkPluginThatCannotBeReadIsNoAnswer() {
    assertThrows(Unavailable.class, () -> cluster.sharesRules(POD));
  }

  private void noControllers(String name) {
    get(DAEMON_SETS + name, new DaemonSetListBuilder().build());
  }

  @Test
  void promise12PodsWhoseNamesBeginAlikeAreFound() {
    get(
        PODS + "?fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed",
        Map.of(
            "kind",
            "PodList",
            "items",
            List.of(
                pod("0", "StatefulSet", true, false),
                pod("1", "StatefulSet", true, false),
                pod("3", "DaemonSet", false, false),
                on("node-b", pod("4", "Job", true, false)),
                new PodBuilder(pod("7", "Job", true, false))
                    .editMetadata()
                    .withName("db-main-7")
                    .endMetadata()
                    .build())));
    noControllers("db");

    assertEquals(
        List.of(
            new Cluster.Alike("StatefulSet db", false),
            new Cluster.Alike("db-1", true),
            new Cluster.Alike("db-3", false),
            new Cluster.Alike("db-4", false)),
        cluster.alike(POD));
  }

  /** Its pods would start with the rules of the isolated one. */
  @Test
  void promise12AControllerWithoutPodsIsFoundByItsName() {
    get(
        PODS + "?fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed",
        Map.of("kind", "PodList", "items", List.of()));
    get(
        "/apis/apps/v1/namespaces/shop/replicasets/web-7c8d",
        new ReplicaSetBuilder().withNewMetadata().withName("web-7c8d").endMetadata().build());
    get(
        DAEMON_SETS + "web-7c8d",
        new DaemonSetListBuilder().addToItems(daemonSet("web-7c8d", "")).build());

    assertEquals(
        List.of(
            new Cluster.Alike("DaemonSet web-7c8d", false),
            new Cluster.Alike("ReplicaSet web-7c8d", false)),
        cluster.alike(Pods.of("shop", "web-7c8d-x").uid("uid-x").bare().build()));
  }

  private void node(String name, String computeType) {
    get(
        "/api/v1/nodes/" + name,
        new NodeBuilder()
            .withNewMetadata()
            .withName(name)
            .addToLabels("eks.amazonaws.com/compute-type", computeType)
            .endMetadata()
            .build());
  }

  private void network(String name, String argument, String... others) {
    for (String node : List.of("node-a", "node-b", "node-c")) {
      if (!(node.equals("node-b") && argument.endsWith("false"))) {
        get(
            "/api/v1/nodes/" + node,
            new NodeBuilder().withNewMetadata().withName(node).endMetadata().build());
      }
    }
    get(
        "/apis/apps/v1/daemonsets",
        new DaemonSetListBuilder()
            .addAllToItems(
                Stream.concat(Stream.of(name), Stream.of(others))
                    .map(one -> daemonSet(one, argument))
                    .toList())
            .build());
  }

  private static DaemonSet daemonSet(String name, String argument) {
    return new DaemonSetBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace("kube-system")
        .endMetadata()
        .withNewSpec()
        .withNewTemplate()
        .withNewSpec()
        .addNewContainer()
        .withName("aws-eks-nodeagent")
        .withArgs(argument)
        .endContainer()
        .endSpec()
        .endTemplate()
        .endSpec()
        .build();
  }

  private static io.fabric8.kubernetes.api.model.Pod on(
      String node, io.fabric8.kubernetes.api.model.Pod pod) {
    return new PodBuilder(pod).editSpec().withNodeName(node).endSpec().build();
  }

  /** A pod that is being deleted may be ready until its last second. */
  @Test
  void promise11APodThatIsEndingReplacesNone() {
    list(
        "app%3Ddb",
        pod("0", "StatefulSet", true, false), ending(pod("1", "StatefulSet", true, false)));
    get(PODS + "/db-1", ending(pod("1", "StatefulSet", true, false)));

    assertEquals(Optional.empty(), cluster.readyReplacement(POD, Set.of()));
  }

  /** A selector may match the pods of another controller. */
  @Test
  void promise12PodsOfAnotherControllerAreNoPeers() {
    list(
        "app%3Ddb",
        pod("0", "StatefulSet", true, false),
        pod("1", "DaemonSet", true, false),
        pod("2", "Job", true, false));

    assertEquals(new Cluster.Peers(Set.of(), 0), cluster.look(POD));
    assertEquals(Optional.empty(), cluster.readyReplacement(POD, Set.of()));
  }

  private static PodDisruptionBudget budget(String name, Map<String, String> selects, int allowed) {
    return new PodDisruptionBudgetBuilder()
        .withNewMetadata()
        .withNamespace("shop")
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withNewSelector()
        .withMatchLabels(selects)
        .endSelector()
        .endSpec()
        .withNewStatus()
        .withDisruptionsAllowed(allowed)
        .endStatus()
        .build();
  }

  /** Kubernetes counts an isolated pod as healthy. */
  @Test
  void promise12ReadyPodsThatAreIsolatedAreMissingInTheirBudget() {
    get(
        "/apis/policy/v1/namespaces/shop/poddisruptionbudgets",
        new PodDisruptionBudgetListBuilder()
            .withItems(
                budget("db", Map.of("app", "db"), 3),
                budget("all", Map.of(), 1),
                budget("none", Map.of("app", "db"), 0),
                budget("other", Map.of("app", "web"), 3))
            .build());
    list(
        "app%3Ddb%2C" + ISOLATED,
        pod("0", "StatefulSet", true, true),
        pod("1", "StatefulSet", true, true),
        pod("2", "StatefulSet", false, true),
        ending(pod("3", "StatefulSet", true, true)));
    list(ISOLATED, pod("1", "StatefulSet", true, true), pod("9", "StatefulSet", true, true));

    assertEquals(
        List.of(
            new DisruptionBudget("db", 2),
            new DisruptionBudget("all", 0),
            new DisruptionBudget("none", 0)),
        cluster.disruptionBudgets(POD));
  }
}
