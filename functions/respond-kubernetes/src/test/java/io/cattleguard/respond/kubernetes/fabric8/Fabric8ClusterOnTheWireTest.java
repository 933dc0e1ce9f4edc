package io.cattleguard.respond.kubernetes.fabric8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.SensorSource;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import io.cattleguard.respond.kubernetes.cluster.EgressBlock;
import io.cattleguard.respond.kubernetes.cluster.Node;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.cattleguard.respond.kubernetes.cluster.Workload;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceListBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerListBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.IPBlock;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyListBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the requests to the API server, byte by byte if it matters. */
final class Fabric8ClusterOnTheWireTest {
  private static final Pod POD = Pods.of("shop", "web-1").uid("3f0c-uid").build();
  private static final String WEB_PATH = "/apis/apps/v1/namespaces/shop/deployments/web";
  private static final String SCALE_PATH = WEB_PATH + "/scale?fieldManager=cattleguard";
  private static final String POD_PATH = "/api/v1/namespaces/shop/pods/web-1";

  private static final String POLICIES_PATH =
      "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies";

  private final KubernetesMockServer server = new KubernetesMockServer(false);
  private KubernetesClient client;
  private Fabric8Cluster cluster;

  @BeforeEach
  void start() {
    server.init();
    client = Fabric8Clients.of(server.createClient().getConfiguration());
    cluster = new Fabric8Cluster(client);
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  private void answer(String method, String path, int code) {
    Object body = new StatusBuilder().withCode(code).withMessage("said so").build();
    var expectation =
        switch (method) {
          case "DELETE" -> server.expect().delete();
          case "PATCH" -> server.expect().patch();
          default -> server.expect().post();
        };
    expectation.withPath(path).andReturn(code, body).always();
  }

  /** The next request with that method; the requests before it are the client's own reads. */
  private RecordedRequest next(String method) throws InterruptedException {
    while (true) {
      RecordedRequest request = server.takeRequest(5, TimeUnit.SECONDS);
      if (request == null) {
        throw new AssertionError("no " + method + " was sent");
      }
      if (request.getMethod().toString().equals(method)) {
        return request;
      }
    }
  }

  private static JsonNode json(RecordedRequest request) throws Exception {
    return json(request.getUtf8Body());
  }

  private static JsonNode json(String text) throws Exception {
    return JsonMapper.builder().build().readTree(text);
  }

  @Test
  void nodesWhoseTaintsDifferOnlyInTheirValueAreOfDifferentPools() {
    String node =
        """
        {"metadata":{"name":"%1$s","uid":"%1$s","creationTimestamp":"2026-01-01T00:00:00Z"},
         "spec":{"taints":[{"key":"pool","value":"%1$s","effect":"NoSchedule"},
           {"key":"soft","effect":"PreferNoSchedule"}]},
         "status":{"conditions":[{"type":"Ready","status":"True"}]}}
        """;
    server
        .expect()
        .get()
        .withPath("/api/v1/nodes?limit=500")
        .andReturn(
            200,
            "{\"apiVersion\":\"v1\",\"kind\":\"NodeList\",\"metadata\":{},\"items\":[%s,%s]}"
                .formatted(node.formatted("gpu"), node.formatted("edge")))
        .always();

    List<Node> nodes = cluster.nodes();

    assertEquals("pool=gpu:NoSchedule", nodes.get(0).pool());
    assertFalse(nodes.get(0).canMoveTo(nodes.get(1)));
  }

  @Test
  void theNodeOfASensorIsReadOnceAMinuteAndByItsUid() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-02T09:15:00Z"));
    Fabric8Cluster timed = new Fabric8Cluster(client, now::get);
    server
        .expect()
        .get()
        .withPath(POD_PATH)
        .andReturn(
            200,
            new PodBuilder()
                .withNewMetadata()
                .withName("web-1")
                .withUid("3f0c-uid")
                .endMetadata()
                .withNewSpec()
                .withNodeName("node-a")
                .endSpec()
                .build())
        .times(2);
    SensorSource.Pod sensor = new SensorSource.Pod("shop", "3f0c-uid", "web-1");
    SensorSource.Pod namesake = new SensorSource.Pod("shop", "7c8d-uid", "web-1");

    for (int i = 0; i < 3; i++) {
      assertEquals(Optional.of("node-a"), timed.nodeOf(sensor));
      assertEquals(Optional.empty(), timed.nodeOf(namesake));
    }
    assertEquals(2, server.getRequestCount());

    now.set(now.get().plusSeconds(60));
    assertEquals(Optional.empty(), timed.nodeOf(sensor), "its credentials outlive it");
    assertEquals(3, server.getRequestCount());
  }

  @Test
  void promise5ADeletionIsARawDeleteWithTheUidAsAPreconditionInItsBody() throws Exception {
    answer("DELETE", POD_PATH, 200);

    assertEquals(Change.MADE, cluster.delete(POD, Duration.ofSeconds(7)));

    RecordedRequest request = next("DELETE");
    assertEquals(POD_PATH, request.getPath());
    JsonNode body = json(request);
    assertEquals("DeleteOptions", body.path("kind").asText());
    assertEquals("3f0c-uid", body.path("preconditions").path("uid").asText());
    assertEquals(7, body.path("gracePeriodSeconds").asInt());
    assertEquals(1, server.getRequestCount(), "once");
  }

  private void podHasUid(String uid) {
    server
        .expect()
        .get()
        .withPath(POD_PATH)
        .andReturn(
            200,
            new PodBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("web-1")
                .withUid(uid)
                .endMetadata()
                .build())
        .always();
  }

  @ParameterizedTest
  @ValueSource(ints = {409, 422})
  void aRefusedChangeOfAPodWithAnotherUidMeansThatTheNameWasReused(int code) {
    answer("DELETE", POD_PATH, code);
    podHasUid("another-uid");

    assertEquals(Change.REPLACED, cluster.delete(POD, Duration.ZERO));
  }

  @ParameterizedTest
  @ValueSource(ints = {409, 422})
  void aRefusedChangeOfAPodThatIsGoneMeansThatItIsGone(int code) {
    answer("DELETE", POD_PATH, code);

    assertEquals(Change.GONE, cluster.delete(POD, Duration.ZERO));
  }

  private void podIsRead(String version, Map<String, String> labels, int times) {
    server
        .expect()
        .get()
        .withPath(POD_PATH)
        .andReturn(
            200,
            new PodBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("web-1")
                .withUid("3f0c-uid")
                .withResourceVersion(version)
                .withCreationTimestamp("2026-03-02T09:00:00Z")
                .withLabels(labels)
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .build())
        .times(times);
  }

  private void deletionIsAnswered(int code) {
    server
        .expect()
        .delete()
        .withPath(POD_PATH)
        .andReturn(code, new StatusBuilder().withCode(code).withMessage("said so").build())
        .once();
  }

  private String versionOf(RecordedRequest deletion) throws Exception {
    return json(deletion).path("preconditions").path("resourceVersion").asText();
  }

  /** The guards did not decide on a status that changed in between. */
  @Test
  void promise6ADeletionIsOfTheVersionThatGuardsSawAndIsSentAgainIfOnlyTheStatusChanged()
      throws Exception {
    podIsRead("7", Map.of("app", "web"), 1);
    Pod seen = cluster.pod("shop", "web-1").orElseThrow();
    deletionIsAnswered(409);
    podIsRead("8", Map.of("app", "web"), 2);
    deletionIsAnswered(200);

    assertEquals(Change.MADE, cluster.delete(seen, Duration.ofSeconds(1)));

    assertEquals("7", versionOf(next("DELETE")));
    assertEquals("8", versionOf(next("DELETE")));
  }

  @Test
  void promise6AnIsolatedPodThatWasReleasedSinceGuardsSawItIsNotDeleted() {
    server
        .expect()
        .get()
        .withPath(POLICIES_PATH)
        .andReturn(200, new NetworkPolicyListBuilder().build())
        .always();
    podIsRead("7", Map.of("cattleguard.io/quarantine", "3f0c-uid"), 1);
    Pod seen = cluster.pod("shop", "web-1").orElseThrow();
    deletionIsAnswered(409);
    podIsRead("8", Map.of("app", "web"), 2);

    Unavailable e =
        assertThrows(Unavailable.class, () -> cluster.delete(seen, Duration.ofSeconds(1)));

    assertEquals(
        "pod shop/web-1 (uid 3f0c-uid) was released, or has another controller than its guards saw",
        e.getMessage());
  }

  private void isolationIsAnswered(int code) {
    server.expect().post().withPath(POLICIES_PATH).andReturn(201, "{}").once();
    server
        .expect()
        .patch()
        .withPath(POD_PATH)
        .andReturn(code, new StatusBuilder().withCode(code).withMessage("said so").build())
        .once();
  }

  @Test
  void promise7AnIsolatedPodThatWasReleasedSinceGuardsSawItIsNotIsolated() throws Exception {
    server
        .expect()
        .get()
        .withPath(POLICIES_PATH)
        .andReturn(200, new NetworkPolicyListBuilder().build())
        .always();
    podIsRead("7", Map.of("cattleguard.io/quarantine", "3f0c-uid"), 1);
    Pod seen = cluster.pod("shop", "web-1").orElseThrow();
    isolationIsAnswered(409);
    podIsRead("8", Map.of("app", "web"), 2);

    Unavailable e = assertThrows(Unavailable.class, () -> cluster.isolate(seen, Map.of()));

    assertEquals(
        "pod shop/web-1 (uid 3f0c-uid) was released, or has another controller than its guards saw",
        e.getMessage());
    assertEquals("7", json(next("PATCH")).path("metadata").path("resourceVersion").asText());
  }

  /**
   * Its status keeps changing, so in the end no version is sent: a crash loop must not protect an
   * intruder.
   */
  @Test
  void anIsolatedPodWhoseVersionChangesAllTheTimeIsIsolatedAllTheSame() throws Exception {
    server
        .expect()
        .get()
        .withPath(POLICIES_PATH)
        .andReturn(200, new NetworkPolicyListBuilder().build())
        .always();
    podIsRead("7", Map.of("cattleguard.io/quarantine", "3f0c-uid"), 1);
    Pod seen = cluster.pod("shop", "web-1").orElseThrow();
    for (int version = 8; version <= 10; version++) {
      isolationIsAnswered(409);
      podIsRead(String.valueOf(version), Map.of("cattleguard.io/quarantine", "3f0c-uid"), 1);
    }
    isolationIsAnswered(200);

    assertEquals(Change.MADE, cluster.isolate(seen, Map.of()));

    for (String version : List.of("7", "8", "9", "")) {
      assertEquals(version, json(next("PATCH")).path("metadata").path("resourceVersion").asText());
    }
  }

  @Test
  void aPodThatWasNotIsolatedIsIsolatedWhateverItsVersion() throws Exception {
    podIsRead("7", Map.of("app", "web"), 1);
    Pod seen = cluster.pod("shop", "web-1").orElseThrow();
    isolationIsAnswered(200);

    assertEquals(Change.MADE, cluster.isolate(seen, Map.of()));

    assertTrue(json(next("PATCH")).path("metadata").path("resourceVersion").isMissingNode());
  }

  /** A user who may change the pod's annotations cannot prevent its deletion. */
  @Test
  void aPodWhoseVersionChangesAllTheTimeIsDeletedAllTheSame() throws Exception {
    podIsRead("7", Map.of("app", "web"), 1);
    Pod seen = cluster.pod("shop", "web-1").orElseThrow();
    for (int version = 8; version <= 10; version++) {
      deletionIsAnswered(409);
      podIsRead(String.valueOf(version), Map.of("app", "web"), 1);
    }
    deletionIsAnswered(200);

    assertEquals(Change.MADE, cluster.delete(seen, Duration.ofSeconds(1)));

    for (String version : List.of("7", "8", "9", "")) {
      assertEquals(version, versionOf(next("DELETE")));
    }
  }

  @Test
  void aDeletionOfThatVersionThatAnAdmissionPolicyDeniesIsADenial() {
    podIsRead("7", Map.of("app", "web"), 10);
    Pod seen = cluster.pod("shop", "web-1").orElseThrow();
    deletionIsAnswered(422);

    assertThrows(Denied.class, () -> cluster.delete(seen, Duration.ofSeconds(1)));
  }

  private void deploymentIsRead(String version, int replicas, int times) {
    Object deployment =
        new DeploymentBuilder()
            .withNewMetadata()
            .withNamespace("shop")
            .withName("web")
            .withUid("uid-of-web")
            .withResourceVersion(version)
            .endMetadata()
            .withNewSpec()
            .withReplicas(replicas)
            .endSpec()
            .build();
    server.expect().get().withPath(WEB_PATH).andReturn(200, deployment).times(times);
  }

  private void scalingIsAnswered(int code) {
    Object body = new StatusBuilder().withCode(code).withMessage("said so").build();
    server.expect().patch().withPath(SCALE_PATH).andReturn(code, body).once();
  }

  private static Workload web(int replicas) {
    return new Workload(
        "shop",
        "Deployment",
        "web",
        "uid-of-web",
        replicas,
        replicas,
        false,
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  /** Between the read and the change, a person or an autoscaler may scale it. */
  @Test
  void promise10APauseIsOfTheVersionWhoseNumberOfPodsAReleaseRestores() throws Exception {
    deploymentIsRead("7", 3, 2);
    scalingIsAnswered(409);
    deploymentIsRead("8", 3, 10);
    scalingIsAnswered(200);

    assertEquals(Change.MADE, cluster.pause(web(3)));

    assertEquals("7", json(next("PATCH")).path("metadata").path("resourceVersion").asText());
    assertEquals("8", json(next("PATCH")).path("metadata").path("resourceVersion").asText());
  }

  @Test
  void promise10AWorkloadThatIsScaledMeanwhileIsNotPaused() {
    deploymentIsRead("7", 3, 2);
    scalingIsAnswered(409);
    deploymentIsRead("8", 5, 10);

    Unavailable e = assertThrows(Unavailable.class, () -> cluster.pause(web(3)));

    assertEquals(
        "workload shop/Deployment/web (uid uid-of-web) was scaled from 3 to 5 pods meanwhile, so it"
            + " was not paused",
        e.getMessage());
  }

  /**
   * An admission policy answers 422 without a reason unless it sets another one, and an admission
   * webhook answers with any code that it chooses.
   */
  @ParameterizedTest
  @ValueSource(ints = {403, 404, 409, 422})
  void aRefusedChangeOfThatVeryPodIsADenial(int code) {
    answer("DELETE", POD_PATH, code);
    answer("PATCH", POD_PATH, code);
    answer("POST", POLICIES_PATH, 201);
    podHasUid("3f0c-uid");

    Denied deletion = assertThrows(Denied.class, () -> cluster.delete(POD, Duration.ZERO));
    assertEquals("said so (HTTP " + code + ")", deletion.getMessage());
    assertThrows(Denied.class, () -> cluster.isolate(POD));
    assertThrows(Denied.class, () -> cluster.release(POD));
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 422})
  void aDeniedPauseOfThatVeryWorkloadIsADenial(int code) {
    deploymentIsRead("7", 3, 10);
    server
        .expect()
        .get()
        .withPath("/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers")
        .andReturn(200, new HorizontalPodAutoscalerListBuilder().build())
        .always();
    scalingIsAnswered(code);

    Denied pause = assertThrows(Denied.class, () -> cluster.pause(web(3)));
    assertEquals("said so (HTTP " + code + ")", pause.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 422})
  void aDeniedPolicyIsADenialAndNotAPodThatIsGone(int code) {
    answer("POST", POLICIES_PATH, code);
    podHasUid("3f0c-uid");

    assertThrows(Denied.class, () -> cluster.isolate(POD));
  }

  private static NetworkPolicy policy(Consumer<NetworkPolicy> change) {
    NetworkPolicy policy =
        new NetworkPolicyBuilder()
            .withNewMetadata()
            .withName("cattleguard-quarantine-3f0c-uid")
            .withNamespace("shop")
            .addNewOwnerReference()
            .withApiVersion("v1")
            .withKind("Pod")
            .withName("web-1")
            .withUid("3f0c-uid")
            .endOwnerReference()
            .endMetadata()
            .withNewSpec()
            .withNewPodSelector()
            .addToMatchLabels("cattleguard.io/quarantine", "3f0c-uid")
            .endPodSelector()
            .withPolicyTypes("Ingress", "Egress")
            .endSpec()
            .build();
    change.accept(policy);
    return policy;
  }

  private void existing(NetworkPolicy policy) {
    server
        .expect()
        .get()
        .withPath("/api/v1/namespaces/shop/services")
        .andReturn(200, new ServiceListBuilder().build())
        .always();
    answer("POST", POLICIES_PATH, 409);
    answer("PATCH", POD_PATH, 200);
    podHasUid("3f0c-uid");
    server
        .expect()
        .get()
        .withPath(POLICIES_PATH)
        .andReturn(200, new NetworkPolicyListBuilder().addToItems(policy).build())
        .always();
  }

  @Test
  void aPolicyOfOursThatExistsAlreadyIsUsed() {
    existing(policy(same -> {}));

    assertEquals(Change.MADE, cluster.isolate(POD));
  }

  static Stream<Consumer<NetworkPolicy>> anExistingPolicyThatIsNotOursIsNeverTakenForIt() {
    return Stream.of(
        policy -> policy.getSpec().setIngress(List.of(new NetworkPolicyIngressRule())),
        policy -> policy.getSpec().setEgress(List.of(new NetworkPolicyEgressRule())),
        policy -> policy.getSpec().setPolicyTypes(List.of("Ingress")),
        policy -> policy.getSpec().getPodSelector().setMatchLabels(Map.of("app", "other")),
        policy ->
            policy
                .getSpec()
                .getPodSelector()
                .setMatchExpressions(
                    List.of(new LabelSelectorRequirement("app", "DoesNotExist", List.of()))),
        policy -> policy.getMetadata().setOwnerReferences(List.of()),
        policy -> policy.getMetadata().getOwnerReferences().getFirst().setUid("another-uid"));
  }

  @ParameterizedTest
  @MethodSource
  void anExistingPolicyThatIsNotOursIsNeverTakenForIt(Consumer<NetworkPolicy> change) {
    existing(policy(change));

    Denied e = assertThrows(Denied.class, () -> cluster.isolate(POD));
    assertTrue(e.toString().contains("cattleguard-quarantine-3f0c-uid"), e.toString());
    assertFalse(cluster.isolation(POD).inForce());
  }

  private static NetworkPolicy egressPolicy() {
    return new NetworkPolicyBuilder()
        .withNewMetadata()
        .withName("cattleguard-block-egress-uid-of-web")
        .withNamespace("shop")
        .withUid("policy-uid")
        .withResourceVersion("7")
        .endMetadata()
        .withNewSpec()
        .withNewPodSelector()
        .endPodSelector()
        .withPolicyTypes("Egress")
        .addNewEgress()
        .withTo(
            new NetworkPolicyPeer(new IPBlock("0.0.0.0/0", List.of("203.0.113.7/32")), null, null),
            new NetworkPolicyPeer(new IPBlock("::/0", List.of()), null, null),
            new NetworkPolicyPeer(null, new LabelSelector(), null))
        .endEgress()
        .endSpec()
        .build();
  }

  private void egressPolicies(List<NetworkPolicy> policies, int times) {
    server
        .expect()
        .get()
        .withPath(POLICIES_PATH)
        .andReturn(200, new NetworkPolicyListBuilder().withItems(policies).build())
        .times(times);
  }

  /** A webhook chooses the code of its denial, and a 404 is not the end of the policy. */
  @ParameterizedTest
  @ValueSource(ints = {403, 404, 422})
  void promise10ADeniedEndOfAnEgressBlockIsADenial(int code) throws Exception {
    egressPolicies(List.of(egressPolicy()), 2);
    answer("DELETE", POLICIES_PATH + "/cattleguard-block-egress-uid-of-web", code);
    EgressBlock block = new EgressBlock(web(3), POD, "203.0.113.7");

    Denied e = assertThrows(Denied.class, () -> cluster.allowEgress(block));
    assertEquals("said so (HTTP " + code + ")", e.getMessage());
    JsonNode preconditions = json(next("DELETE")).path("preconditions");
    assertEquals("7", preconditions.path("resourceVersion").asText());
  }

  @Test
  void anEgressPolicyThatIsGoneMeanwhileIsGone() {
    egressPolicies(List.of(egressPolicy()), 1);
    egressPolicies(List.of(), 1);
    answer("DELETE", POLICIES_PATH + "/cattleguard-block-egress-uid-of-web", 404);
    EgressBlock block = new EgressBlock(web(3), POD, "203.0.113.7");

    assertEquals(Change.GONE, cluster.allowEgress(block));
  }

  @Test
  void aPodThatIsNotThereIsGone() {
    answer("DELETE", POD_PATH, 404);

    assertEquals(Change.GONE, cluster.delete(POD, Duration.ZERO));
  }

  @Test
  void anyOtherAnswerIsNoneAndSaysWhatWasSaid() {
    for (int code : List.of(401, 429, 500, 503)) {
      answer("DELETE", POD_PATH, code);

      Unavailable e = assertThrows(Unavailable.class, () -> cluster.delete(POD, Duration.ZERO));
      assertTrue(e.toString().contains("HTTP " + code), e.toString());
      server.clearExpectations();
    }
  }

  /** The client's code for it, -1, would mean nothing to a person. */
  @Test
  void anApiServerThatDoesNotAnswerIsSaidToBeThat() {
    server.shutdown();

    Unavailable e = assertThrows(Unavailable.class, () -> cluster.delete(POD, Duration.ZERO));
    assertTrue(e.toString().contains("Kubernetes API: no response: "), e.toString());
    assertFalse(e.toString().contains("-1"), e.toString());
  }

  @Test
  void anIsolationDeniesAllToThatUidAloneAndNamesItInThePatch() throws Exception {
    answer("POST", POLICIES_PATH, 201);
    server
        .expect()
        .get()
        .withPath(POD_PATH)
        .andReturn(
            200,
            new PodBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("web-1")
                .withUid("3f0c-uid")
                .endMetadata()
                .build())
        .always();
    answer("PATCH", POD_PATH, 200);

    assertEquals(Change.MADE, cluster.isolate(POD));

    JsonNode policy = json(next("POST"));
    assertEquals("cattleguard-quarantine-3f0c-uid", policy.path("metadata").path("name").asText());
    assertEquals(
        "{\"matchLabels\":{\"cattleguard.io/quarantine\":\"3f0c-uid\"}}",
        policy.path("spec").path("podSelector").toString());
    assertEquals("[\"Ingress\",\"Egress\"]", policy.path("spec").path("policyTypes").toString());
    assertTrue(policy.path("spec").path("ingress").isMissingNode());
    assertTrue(policy.path("spec").path("egress").isMissingNode());
    JsonNode patch = json(next("PATCH"));
    assertEquals("3f0c-uid", patch.path("metadata").path("uid").asText());
    assertEquals(
        "{\"cattleguard.io/quarantine\":\"3f0c-uid\"}",
        patch.path("metadata").path("labels").toString());
  }

  @Test
  void oneMergePatchRemovesTheLabelsAndRecordsThemAndAnotherPutsThemBack() throws Exception {
    answer("POST", POLICIES_PATH, 201);
    answer("PATCH", POD_PATH, 200);
    answer("DELETE", POLICIES_PATH + "/cattleguard-quarantine-3f0c-uid", 200);
    podHasUid("3f0c-uid");
    Map<String, String> labels = Map.of("app", "web", "tier", "front");

    assertEquals(Change.MADE, cluster.isolate(POD, labels));
    assertEquals(
        json(
            """
            {"metadata": {
              "uid": "3f0c-uid",
              "labels": {"app": null, "tier": null, "cattleguard.io/quarantine": "3f0c-uid"},
              "annotations": {"cattleguard.io/labels-before": "app=web,tier=front"}}}
            """),
        json(next("PATCH")));

    assertEquals(Change.MADE, cluster.release(POD, labels));
    assertEquals(
        json(
            """
            {"metadata": {
              "uid": "3f0c-uid",
              "labels": {"app": "web", "tier": "front", "cattleguard.io/quarantine": null},
              "annotations": {"cattleguard.io/labels-before": null}}}
            """),
        json(next("PATCH")));
  }

  @Test
  void promise5AnEvictionCarriesTheUidAsAPrecondition() throws Exception {
    answer("POST", POD_PATH + "/eviction", 201);

    assertEquals(Change.MADE, cluster.evict(POD, Duration.ofSeconds(7)));

    JsonNode body = json(next("POST"));
    assertEquals(
        "policy/v1 Eviction", body.path("apiVersion").asText() + " " + body.path("kind").asText());
    assertEquals("web-1", body.path("metadata").path("name").asText());
    assertEquals("3f0c-uid", body.path("deleteOptions").path("preconditions").path("uid").asText());
    assertEquals(7, body.path("deleteOptions").path("gracePeriodSeconds").asInt());
  }

  /** Both answer 429; only the budget's answer names it as the cause. */
  @Test
  void aBusyApiServerIsNotTakenForABudget() {
    answer("POST", POD_PATH + "/eviction", 429);
    assertThrows(Unavailable.class, () -> cluster.evict(POD, Duration.ofSeconds(1)));
    server.clearExpectations();
    server
        .expect()
        .post()
        .withPath(POD_PATH + "/eviction")
        .andReturn(
            429,
            new StatusBuilder()
                .withCode(429)
                .withNewDetails()
                .addNewCause("", "the budget needs 2 healthy pods", "DisruptionBudget")
                .endDetails()
                .build())
        .always();

    assertEquals(Change.REFUSED_BY_BUDGET, cluster.evict(POD, Duration.ofSeconds(1)));
  }
}
