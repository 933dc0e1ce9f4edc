package io.cattleguard.respond.kubernetes.fabric8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.DisruptionBudget;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodListBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSetListBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetListBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests which pods of a real cluster count as serving. */
final class Fabric8ServingTest {
  private static final Pod POD =
      Pods.of("shop", "db-0").uid("uid-0").owner("StatefulSet", "db").build();
  private static final String PODS = "/api/v1/namespaces/shop/pods";
  private static final String ISOLATED = "cattleguard.io%2Fquarantine";

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

  private void listIsolated(io.fabric8.kubernetes.api.model.Pod... pods) {
    get(
        PODS + "?labelSelector=cattleguard.io%2Fquarantine",
        Map.of("kind", "PodList", "items", List.of(pods)));
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
    listIsolated();

    assertEquals(
        new Cluster.Peers(Set.of("uid-1", "uid-2", "uid-3", "uid-4"), 1, 0, 1, 0),
        cluster.look(POD));
  }

  /** The VPC CNI denies the pods of a node together if their names begin alike. */
  @Test
  void promise12PodsThatHaveTheirNetworkRulesInCommonWithAnIsolatedOneAreCounted() {
    list(
        "app%3Ddb",
        pod("0", "StatefulSet", true, false),
        pod("1", "StatefulSet", true, false),
        on("node-b", pod("2", "StatefulSet", true, false)),
        on("node-b", pod("3", "StatefulSet", true, false)),
        on("node-c", pod("4", "StatefulSet", true, false)));
    listIsolated(on("node-b", pod("9", "StatefulSet", true, true)));

    Cluster.Peers peers = cluster.look(POD);
    assertEquals(4, peers.ready());
    assertEquals(2, peers.withIsolated(), "those on node-b");
    assertEquals(1, peers.withPod(), "the one on node-a");
    assertEquals(2, peers.serving());
    assertEquals(1, peers.remaining(), "the one on node-c");
  }

  /** Its traffic is denied, so it replaces nothing. */
  @Test
  void promise11APodThatIsDeniedTogetherWithAnIsolatedOneReplacesNone() {
    list("app%3Ddb", pod("0", "StatefulSet", true, false), pod("1", "StatefulSet", true, false));
    get(PODS + "/db-1", pod("1", "StatefulSet", true, false));
    listIsolated(pod("9", "StatefulSet", true, true));
    network("aws-node", "aws-eks-nodeagent", "--enable-network-policy=true");
    assertTrue(cluster.sharesRules(POD));

    assertEquals(Optional.empty(), cluster.readyReplacement(POD, Set.of()));
  }

  @Test
  void promise11WhereEachPodHasItsOwnRulesAPodBesideAnIsolatedOneServes() {
    list("app%3Ddb", pod("0", "StatefulSet", true, false), pod("1", "StatefulSet", true, false));
    get(PODS + "/db-1", pod("1", "StatefulSet", true, false));
    listIsolated(pod("9", "StatefulSet", true, true));
    network("cilium", "cilium-agent", "");
    assertFalse(cluster.sharesRules(POD));
    assertEquals(List.of(), cluster.deniedWith(POD));

    assertEquals(Optional.of("uid-1"), cluster.readyReplacement(POD, Set.of()).map(Pod::uid));
  }

  private void network(String name, String container, String argument) {
    get(
        "/api/v1/nodes/node-a",
        new NodeBuilder().withNewMetadata().withName("node-a").endMetadata().build());
    get(
        "/apis/apps/v1/daemonsets",
        new DaemonSetListBuilder()
            .addNewItem()
            .withNewMetadata()
            .withName(name)
            .withNamespace("kube-system")
            .endMetadata()
            .withNewSpec()
            .withNewTemplate()
            .withNewSpec()
            .addNewContainer()
            .withName(container)
            .withArgs(argument)
            .endContainer()
            .endSpec()
            .endTemplate()
            .endSpec()
            .endItem()
            .build());
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
    listIsolated();

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
    listIsolated();

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
