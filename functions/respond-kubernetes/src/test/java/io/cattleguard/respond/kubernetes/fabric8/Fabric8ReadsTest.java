package io.cattleguard.respond.kubernetes.fabric8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests which requests a decision needs, and that no cached value decides. */
final class Fabric8ReadsTest {
  private static final String PODS = "/api/v1/namespaces/shop/pods";
  private static final String APPS = "/apis/apps/v1/namespaces/shop/";
  private static final String BUDGETS = "/apis/policy/v1/namespaces/shop/poddisruptionbudgets";

  private final KubernetesMockServer server = new KubernetesMockServer(false);
  private final Map<String, Integer> seen = new TreeMap<>();
  private KubernetesClient client;
  private Fabric8Cluster cluster;

  @BeforeEach
  void start() {
    server.init();
    client = Fabric8Clients.of(server.createClient().getConfiguration());
    cluster = new Fabric8Cluster(client);
    answer(
        BUDGETS,
        "{\"apiVersion\":\"policy/v1\",\"kind\":\"PodDisruptionBudgetList\",\"items\":[]}");
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  private void answer(String path, String json) {
    server.expect().get().withPath(path).andReturn(200, json).always();
  }

  private static String pod(String name, String labels, String kind, String owner, String uid) {
    return """
    {"apiVersion":"v1","kind":"Pod",
     "metadata":{"name":"%1$s","namespace":"shop","uid":"u-%1$s","creationTimestamp":"2026-01-01T00:00:00Z",
       "labels":{%2$s},"ownerReferences":[{"apiVersion":"apps/v1","kind":"%3$s","name":"%4$s","uid":"%5$s","controller":true}]},
     "spec":{"nodeName":"node-of-%1$s","containers":[]},
     "status":{"conditions":[{"type":"Ready","status":"True"}]}}
    """
        .formatted(name, labels, kind, owner, uid);
  }

  private void havePod(String name, String kind, String owner, String uid) {
    answer(PODS + "/" + name, pod(name, "\"app\":\"db\"", kind, owner, uid));
  }

  private void haveSet(String resource, String name, String uid, String app, String more) {
    answer(
        APPS + resource + "/" + name,
        """
        {"apiVersion":"apps/v1","kind":"%s","metadata":{"name":"%s","namespace":"shop","uid":"%s"%s},
         "spec":{"selector":{"matchLabels":{"app":"%s"}}}}
        """
            .formatted(
                switch (resource) {
                  case "statefulsets" -> "StatefulSet";
                  case "replicasets" -> "ReplicaSet";
                  default -> "Deployment";
                },
                name,
                uid,
                more,
                app));
  }

  private void havePeers(String app, String... pods) {
    answer(
        PODS + "?labelSelector=app%3D" + app,
        "{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"items\":[" + String.join(",", pods) + "]}");
  }

  /** Each GET since the last call, with its number; waits for that many. */
  private Map<String, Integer> requests(int number) throws InterruptedException {
    seen.clear();
    for (int i = 0; i < number; i++) {
      var request = server.takeRequest(5, TimeUnit.SECONDS);
      if (request == null) {
        throw new AssertionError("no further request after " + seen);
      }
      seen.merge(request.getPath(), 1, Integer::sum);
    }
    assertEquals(null, server.takeRequest(50, TimeUnit.MILLISECONDS));
    return Map.copyOf(seen);
  }

  private Cluster.Peers decide(String name) {
    Cluster.PodReads reads = cluster.reads("shop", name);
    Pod pod = reads.pod().orElseThrow();
    assertEquals(List.of(), reads.disruptionBudgets(pod));
    return reads.look(pod);
  }

  private void haveStatefulSet() {
    haveSet("statefulsets", "db", "s-1", "db", "");
    havePod("db-0", "StatefulSet", "db", "s-1");
    havePod("db-1", "StatefulSet", "db", "s-1");
    havePeers(
        "db",
        pod("db-0", "", "StatefulSet", "db", "s-1"),
        pod("db-1", "", "StatefulSet", "db", "s-1"));
  }

  @Test
  void theBudgetsAreReadBeforeThePodIsKnown() throws InterruptedException {
    Cluster.PodReads unused = cluster.reads("shop", "db-0");

    assertEquals(Map.of(BUDGETS, 1), requests(1));
  }

  @Test
  void thePeersOfAPodWhoseControllerIsKnownAreReadBeforeThePodIsKnown()
      throws InterruptedException {
    haveStatefulSet();
    assertEquals(Set.of("u-db-1"), decide("db-0").uids());
    assertEquals(
        Map.of(
            BUDGETS,
            1,
            PODS + "/db-0",
            1,
            APPS + "statefulsets/db",
            1,
            PODS + "?labelSelector=app%3Ddb",
            1),
        requests(4));

    Cluster.PodReads reads = cluster.reads("shop", "db-1");
    assertEquals(Map.of(BUDGETS, 1, PODS + "?labelSelector=app%3Ddb", 1), requests(2));
    Cluster.Peers peers = reads.look(reads.pod().orElseThrow());
    assertEquals(new Cluster.Peers(Set.of("u-db-0"), 1), peers);
    assertEquals(Map.of(PODS + "/db-1", 1), requests(1));
  }

  /** The set of a pod of that name may be another one, with another selector. */
  @Test
  void peersThatWereReadForAnotherControllerAreNotUsed() {
    haveStatefulSet();
    Cluster.Peers unused = decide("db-0");
    haveSet("statefulsets", "other", "s-2", "other", "");
    havePod("db-2", "StatefulSet", "other", "s-2");
    havePeers("other");

    assertEquals(new Cluster.Peers(Set.of(), 0), decide("db-2"));
  }

  @Test
  void peersThatWereReadForAControllerThatWasMadeAnewAreNotUsed() {
    haveStatefulSet();
    Cluster.Peers unused = decide("db-0");
    server.clearExpectations();
    answer(
        BUDGETS,
        "{\"apiVersion\":\"policy/v1\",\"kind\":\"PodDisruptionBudgetList\",\"items\":[]}");
    haveSet("statefulsets", "db", "s-9", "new", "");
    havePod("db-1", "StatefulSet", "db", "s-9");
    havePeers("db", pod("db-0", "", "StatefulSet", "db", "s-1"));
    havePeers("new");

    assertEquals(new Cluster.Peers(Set.of(), 0), decide("db-1"));
  }

  @Test
  void whatWasRememberedIsReadAgainForEachDecision() {
    haveStatefulSet();
    assertEquals(1, decide("db-0").ready());
    havePeersNow();

    assertEquals(0, decide("db-0").ready());
  }

  private void havePeersNow() {
    server.clearExpectations();
    answer(
        BUDGETS,
        "{\"apiVersion\":\"policy/v1\",\"kind\":\"PodDisruptionBudgetList\",\"items\":[]}");
    haveSet("statefulsets", "db", "s-1", "db", "");
    havePod("db-0", "StatefulSet", "db", "s-1");
    havePeers("db", pod("db-0", "", "StatefulSet", "db", "s-1"));
  }

  @Test
  void peersThatCannotBeReadAreUnknownAndNotThoseOfBefore() {
    haveStatefulSet();
    assertEquals(1, decide("db-0").ready());
    server.clearExpectations();
    havePod("db-0", "StatefulSet", "db", "s-1");

    Cluster.PodReads reads = cluster.reads("shop", "db-0");
    Pod pod = reads.pod().orElseThrow();
    assertThrows(Unavailable.class, () -> reads.look(pod));
    assertThrows(Unavailable.class, () -> reads.disruptionBudgets(pod));
  }

  private void haveDeployment(String uid) {
    haveSet(
        "replicasets",
        "web-5cb7",
        "r-1",
        "web",
        ",\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"name\":\"web\",\"uid\":\"d-1\",\"controller\":true}]");
    haveSet("deployments", "web", uid, "web", "");
    answer(
        PODS + "/web-5cb7-x",
        pod("web-5cb7-x", "\"pod-template-hash\":\"5cb7\"", "ReplicaSet", "web-5cb7", "r-1"));
    havePeers("web", pod("web-5cb7-y", "", "ReplicaSet", "web-5cb7", "r-1"));
  }

  /** The Deployment is read in parallel with its ReplicaSet, and only once. */
  @Test
  void theFirstPodOfADeploymentNeedsFiveRequests() throws InterruptedException {
    haveDeployment("d-1");

    assertEquals(Set.of("u-web-5cb7-y"), decide("web-5cb7-x").uids());

    Map<String, Integer> asked = requests(5);
    assertEquals(1, asked.get(APPS + "deployments/web"), asked::toString);
    assertEquals(1, asked.get(APPS + "replicasets/web-5cb7"), asked::toString);
  }

  /** Meanwhile a person deleted the Deployment and created another one with that name. */
  @Test
  void theSelectorOfAnotherDeploymentOfThatNameIsNotRemembered() throws InterruptedException {
    haveDeployment("d-2");

    Cluster.Peers unused = decide("web-5cb7-x");

    assertEquals(2, requests(6).get(APPS + "deployments/web"));
  }

  @Test
  void thePodIsNotReadAgainForItsDetachmentUntilItIsChanged() throws InterruptedException {
    haveStatefulSet();
    Pod pod = cluster.reads("shop", "db-0").pod().orElseThrow();
    Map<String, Integer> unused = requests(2);

    assertTrue(cluster.detachment(pod).labels().isEmpty());
    assertEquals(Map.of(APPS + "statefulsets/db", 1), requests(1));

    server
        .expect()
        .post()
        .withPath("/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies")
        .andReturn(
            201,
            "{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":\"x\"}}")
        .once();
    server
        .expect()
        .patch()
        .withPath(PODS + "/db-0")
        .andReturn(200, pod("db-0", "", "StatefulSet", "db", "s-1"))
        .once();
    assertEquals(Cluster.Change.MADE, cluster.isolate(pod, Map.of()));
    assertEquals(
        Map.of("/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies", 1, PODS + "/db-0", 1),
        requests(2),
        "the policy and the patch, and no read");

    assertTrue(cluster.detachment(pod).labels().isEmpty());
    assertEquals(Map.of(PODS + "/db-0", 1), requests(1));
  }

  @Test
  void theSameCipherSuitesAreOfferedWithChaCha20First() {
    assertEquals(
        List.of("TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"),
        List.of(
            Fabric8Clients.fastFirst(
                new String[] {
                  "TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"
                })));
  }
}
