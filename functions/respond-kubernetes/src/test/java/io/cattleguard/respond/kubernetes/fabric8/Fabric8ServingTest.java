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
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSetListBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetListBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
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

  /** They have the label, and a policy that denies them all traffic. */
  private void isolated(io.fabric8.kubernetes.api.model.Pod... pods) {
    labelled(pods);
    get(POLICIES, policies(pods));
  }

  private void labelled(io.fabric8.kubernetes.api.model.Pod... pods) {
    get(PODS + "?labelSelector=" + ISOLATED, Map.of("kind", "PodList", "items", List.of(pods)));
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
    isolated();

    network(VPC_CNI, "--enable-network-policy=false");

    assertEquals(
        new Cluster.Peers(Set.of("uid-1", "uid-2", "uid-3", "uid-4"), 1), cluster.look(POD));
  }

  /** The VPC CNI denies the pods of a node together if their names begin alike. */
  @Test
  void promise12PodsThatAreDeniedTogetherWithAnIsolatedOneAreCounted() {
    list(
        "app%3Ddb",
        pod("0", "StatefulSet", true, false),
        pod("1", "StatefulSet", true, false),
        on("node-b", pod("2", "StatefulSet", true, false)),
        on("node-b", pod("3", "StatefulSet", true, false)),
        on("node-c", pod("4", "StatefulSet", true, false)));
    isolated(on("node-b", pod("9", "StatefulSet", true, true)));
    network(VPC_CNI, ENABLED);

    Cluster.Peers peers = cluster.look(POD);
    assertEquals(4, peers.ready());
    assertEquals(2, peers.withIsolated(), "those on node-b");
    assertEquals(1, peers.withPod(), "the one on node-a");
    assertEquals(2, peers.serving());
    assertEquals(1, peers.remaining(), "the one on node-c");
    assertEquals(Optional.empty(), peers.doubt());
  }

  @Test
  void promise6IfTheNetworkPluginCannotBeReadPodsAreDeniedTogether() throws Exception {
    list(
        "app%3Ddb",
        pod("0", "StatefulSet", true, false),
        pod("1", "StatefulSet", true, false),
        pod("2", "StatefulSet", true, false));
    isolated();

    Cluster.Peers peers = cluster.look(POD);
    assertEquals(2, peers.withPod());
    assertTrue(peers.doubt().orElseThrow().contains("HTTP 404"), peers.doubt()::toString);
    assertEquals(1, asked("/daemonsets"), "once for all pods of a node");
  }

  /** How many requests so far were for such a path. */
  private int asked(String part) throws InterruptedException {
    int asked = 0;
    RecordedRequest request = server.takeRequest(50, TimeUnit.MILLISECONDS);
    while (request != null) {
      asked += String.valueOf(request.getPath()).contains(part) ? 1 : 0;
      request = server.takeRequest(50, TimeUnit.MILLISECONDS);
    }
    return asked;
  }

  /** Their owner can label them, and an isolation would deny them all. */
  @Test
  void promise7PodsThatOnlyHaveTheLabelAreDeniedToo() {
    list("app%3Ddb", pod("0", "StatefulSet", true, false), pod("1", "StatefulSet", true, true));
    labelled(pod("1", "StatefulSet", true, true));
    get(POLICIES, policies());
    network(VPC_CNI, ENABLED);

    assertEquals(1, cluster.look(POD).withPod());
    assertEquals(0, cluster.look(POD).serving(), "but they do not count as ready");
  }

  /** A label alone denies nothing, so it neither loosens a guard nor refuses an action. */
  @Test
  void promise7OnlyAPodWithOurPolicyIsIsolated() {
    var self = pod("0", "StatefulSet", true, true);
    list(
        "app%3Ddb",
        self,
        pod("1", "StatefulSet", true, false),
        on("node-b", pod("2", "StatefulSet", true, false)));
    var forged = on("node-b", pod("8", "Job", false, true));
    var wrong = on("node-b", pod("7", "Job", true, true));
    wrong.getMetadata().getLabels().put("cattleguard.io/quarantine", "another");
    labelled(self, forged, wrong);
    get(POLICIES, policies(wrong));
    network(VPC_CNI, ENABLED);

    Cluster.Peers peers = cluster.look(POD);
    assertEquals(1, peers.withPod(), "db-1 will be denied when db-0 is isolated");
    assertEquals(1, peers.remaining(), "db-2");
  }

  /** As one that the kubelet evicted: its network is gone. */
  @Test
  void promise12AnIsolatedPodThatHasEndedDeniesNoOtherOne() {
    list(
        "app%3Ddb",
        pod("0", "StatefulSet", true, false), on("node-b", pod("1", "StatefulSet", true, false)));
    var ended = on("node-b", pod("9", "StatefulSet", false, true));
    ended.getStatus().setPhase("Failed");
    isolated(ended);
    network(VPC_CNI, ENABLED);

    assertEquals(1, cluster.look(POD).serving());
  }

  /** Its deletion ends its isolation, so it denies nothing any more. */
  @Test
  void promise12ThePodsOwnIsolationIsNotCounted() {
    var self = pod("0", "StatefulSet", true, true);
    list("app%3Ddb", self, pod("1", "StatefulSet", true, false));
    isolated(self);
    network(VPC_CNI, ENABLED);

    assertEquals(1, cluster.look(POD).serving());
    assertEquals(0, cluster.look(POD).withPod(), "it is isolated already");
  }

  /** Otherwise the holder of a stolen token could end an isolation for good. */
  @Test
  void promise11APodWhoseLabelWasRemovedIsIsolatedAgain() {
    var self = pod("0", "StatefulSet", true, false);
    list("app%3Ddb", self, pod("1", "StatefulSet", true, false));
    labelled();
    get(POLICIES, policies(self));
    network(VPC_CNI, ENABLED);

    assertEquals(0, cluster.look(POD).withPod());
    assertTrue(cluster.hasIsolation(POD));
    assertFalse(cluster.hasIsolation(Pods.of("shop", "db-1").uid("uid-1").build()));
  }

  /** EKS Auto Mode beside nodes whose agent enforces nothing. */
  @Test
  void promise12EachPodIsJudgedByItsOwnNode() {
    list(
        "app%3Ddb",
        pod("0", "StatefulSet", true, false),
        pod("1", "StatefulSet", true, false),
        on("node-b", pod("2", "StatefulSet", true, false)));
    get(PODS + "/db-1", pod("1", "StatefulSet", true, false));
    isolated(on("node-b", pod("9", "StatefulSet", true, true)));
    network(VPC_CNI, "--enable-network-policy=false");
    get(
        "/api/v1/nodes/node-b",
        new NodeBuilder()
            .withNewMetadata()
            .withName("node-b")
            .addToLabels("eks.amazonaws.com/compute-type", "auto")
            .endMetadata()
            .build());

    Cluster.Peers peers = cluster.look(POD);
    assertEquals(1, peers.withIsolated(), "db-2 on node-b");
    assertEquals(0, peers.withPod(), "node-a enforces nothing");
    assertEquals(Optional.of("db-1"), cluster.readyReplacement(POD, Set.of()).map(Pod::name));
    assertEquals(Optional.empty(), cluster.readyReplacement(POD, Set.of("uid-1")));
  }

  /** Its traffic is denied, so it replaces nothing. */
  @Test
  void promise11APodThatIsDeniedTogetherWithAnIsolatedOneReplacesNone() throws Exception {
    list(
        "app%3Ddb",
        pod("0", "StatefulSet", true, false),
        pod("1", "StatefulSet", true, false),
        pod("2", "StatefulSet", true, false));
    get(PODS + "/db-1", pod("1", "StatefulSet", true, false));
    isolated(pod("9", "StatefulSet", true, true));
    network(VPC_CNI, ENABLED);

    assertEquals(Optional.empty(), cluster.readyReplacement(POD, Set.of()));

    assertEquals(1, asked("quarantine"), "for all candidates");
  }

  @Test
  void promise11WhereEachPodHasItsOwnRulesAPodBesideAnIsolatedOneServes() {
    list("app%3Ddb", pod("0", "StatefulSet", true, false), pod("1", "StatefulSet", true, false));
    get(PODS + "/db-1", pod("1", "StatefulSet", true, false));
    isolated(pod("9", "StatefulSet", true, true));
    network("cilium", "");
    get(
        PODS + "?fieldSelector=spec.nodeName%3Dnode-a",
        Map.of("kind", "PodList", "items", List.of(pod("1", "StatefulSet", true, false))));
    assertFalse(cluster.sharesRules(POD));
    assertEquals(List.of(), cluster.deniedWith(POD));

    assertEquals(Optional.of("uid-1"), cluster.readyReplacement(POD, Set.of()).map(Pod::uid));
  }

  /** EKS hybrid nodes need another plugin beside the VPC CNI of the other nodes. */
  @Test
  void promise12TheVpcCniDeniesPodsTogetherAlsoBesideAnotherPlugin() {
    list(
        "app%3Ddb",
        pod("0", "StatefulSet", true, false),
        pod("1", "StatefulSet", true, false),
        on("hybrid", pod("2", "StatefulSet", true, false)));
    isolated(on("hybrid", pod("9", "StatefulSet", true, true)));
    network(VPC_CNI, ENABLED, "cilium");
    get(
        "/api/v1/nodes/hybrid",
        new NodeBuilder()
            .withNewMetadata()
            .withName("hybrid")
            .addToLabels("eks.amazonaws.com/compute-type", "hybrid")
            .endMetadata()
            .build());

    Cluster.Peers peers = cluster.look(POD);
    assertEquals(1, peers.withPod(), "db-1 on the same node of EC2");
    assertEquals(0, peers.withIsolated(), "the VPC CNI does not run on a hybrid node");
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
    isolated();

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
    isolated();

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
