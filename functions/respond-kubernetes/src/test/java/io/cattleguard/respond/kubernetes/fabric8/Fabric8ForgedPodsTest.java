package io.cattleguard.respond.kubernetes.fabric8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Detachment;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyListBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the pod's own token, or root on its node, can write on a pod protects it from nothing. */
final class Fabric8ForgedPodsTest {
  private static final Instant NOW = Instant.parse("2026-03-02T09:00:00Z");
  private static final String POD_PATH = "/api/v1/namespaces/shop/pods/web-1";
  private static final String UID = "3f0c-uid";

  private final KubernetesMockServer server = new KubernetesMockServer(false);
  private KubernetesClient client;
  private Fabric8Cluster cluster;

  @BeforeEach
  void start() {
    server.init();
    client = server.createClient();
    cluster = new Fabric8Cluster(client, () -> NOW);
    server
        .expect()
        .get()
        .withPath("/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies")
        .andReturn(200, new NetworkPolicyListBuilder().build())
        .always();
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  private Pod read(UnaryOperator<PodBuilder> with) {
    serve(with, 1);
    return cluster.pod("shop", "web-1").orElseThrow();
  }

  private void serve(UnaryOperator<PodBuilder> with, int times) {
    PodBuilder sound =
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("shop")
            .withName("web-1")
            .withUid(UID)
            .withResourceVersion("7")
            .withCreationTimestamp("2026-03-02T08:00:00Z")
            .withLabels(Map.of("app", "web"))
            .endMetadata()
            .withNewSpec()
            .endSpec();
    server.expect().get().withPath(POD_PATH).andReturn(200, with.apply(sound).build()).times(times);
  }

  private static UnaryOperator<PodBuilder> ownedBy(String version, String kind, String name) {
    OwnerReference owner =
        new OwnerReferenceBuilder()
            .withApiVersion(version)
            .withKind(kind)
            .withName(name)
            .withUid("owner-uid")
            .withController(true)
            .build();
    return pod -> pod.editMetadata().withOwnerReferences(owner).endMetadata();
  }

  @Test
  void promise7APodThatNamesANodeAsItsOwnerIsNotStatic() {
    assertFalse(read(ownedBy("v1", "Node", "node-1")).mirror());
    assertTrue(
        read(pod ->
                pod.editMetadata()
                    .addToAnnotations("kubernetes.io/config.mirror", "x")
                    .endMetadata())
            .mirror());
  }

  @ParameterizedTest
  @CsvSource({
    "apps/v1, StatefulSet, StatefulSet/web",
    "apps.kruise.io/v1beta1, StatefulSet, StatefulSet.apps.kruise.io/web",
    "apps.kruise.io/v1alpha1, DaemonSet, DaemonSet.apps.kruise.io/web",
    "evil.example.com/v1, Deployment, Deployment.evil.example.com/web",
    "batch/v1, Job, Job/web",
    "v1, ReplicationController, ReplicationController/web",
    "argoproj.io/v1alpha1, Rollout, Rollout/web",
    "v1, Node, Node/web"
  })
  void anOwnerOfAnotherApiGroupIsAnotherKind(String version, String kind, String owner) {
    assertEquals(owner, read(ownedBy(version, kind, "web")).owner().orElseThrow().toString());
  }

  /** Its labels stay, as those of a pod of any other controller. */
  @Test
  void promise12APodOfAnotherStatefulSetIsIsolatedWithItsLabels() {
    Pod pod = read(ownedBy("apps.kruise.io/v1beta1", "StatefulSet", "web"));

    assertEquals(Detachment.NONE, cluster.detachment(pod));
  }

  @Test
  void promise7APodOfAStatefulSetThatDoesNotExistIsIsolated() {
    Pod pod = read(ownedBy("apps/v1", "StatefulSet", "ghost"));

    assertEquals(new Detachment(Map.of("app", "web"), false), cluster.detachment(pod));
  }

  @Test
  void promise7LabelsThatAnAnnotationNamesAreToldApartFromThoseOfThePod() {
    Pod pod =
        read(
            one ->
                one.editMetadata()
                    .addToLabels("cattleguard.io/quarantine", UID)
                    .addToAnnotations("cattleguard.io/labels-before", "app=api,role=payments-db")
                    .endMetadata());

    Detachment detachment = cluster.detachment(pod);

    assertEquals(Map.of("app", "web"), detachment.labels());
    assertEquals(Map.of("role", "payments-db"), detachment.noted());
  }

  @ParameterizedTest(name = "a grace that ends at {0}: being deleted {1}")
  @CsvSource({
    "2026-03-02T08:59:00Z, true",
    "2026-03-02T09:01:00Z, true",
    "2026-03-02T09:01:01Z, false",
    "2026-03-03T09:00:00Z, false"
  })
  void promise7ADeletionWithALongGraceDoesNotProtectThePod(String end, boolean terminating) {
    Pod pod = read(one -> one.editMetadata().withDeletionTimestamp(end).endMetadata());

    assertEquals(terminating, pod.terminating());
    assertEquals(!terminating, pod.endsLate());
  }

  /** The first deletion is of the version that was read. */
  private Pod readBeforeItChangesItsLabels() {
    Pod seen = read(UnaryOperator.identity());
    deletionIsAnswered(409);
    serve(
        pod ->
            pod.editMetadata()
                .withResourceVersion("8")
                .withLabels(Map.of("app", "web", "round", "2"))
                .endMetadata(),
        2);
    return seen;
  }

  /** Another budget may select it now, so the API server decides. */
  @Test
  void promise12APodThatChangesItsLabelsIsEvicted() {
    Pod seen = readBeforeItChangesItsLabels();
    server.expect().post().withPath(POD_PATH + "/eviction").andReturn(201, "{}").once();

    assertEquals(Change.MADE, cluster.delete(seen, Duration.ofSeconds(1)));
  }

  @Test
  void promise7APodThatChangesItsLabelsIsDeletedByForce() {
    Pod seen = readBeforeItChangesItsLabels();
    deletionIsAnswered(200);

    assertEquals(Change.MADE, cluster.delete(seen, Duration.ZERO));
  }

  private void deletionIsAnswered(int code) {
    server
        .expect()
        .delete()
        .withPath(POD_PATH)
        .andReturn(code, new StatusBuilder().withCode(code).withMessage("said so").build())
        .once();
  }

  /** It labelled itself as isolated, so no NetworkPolicy says what its controller was. */
  @Test
  void promise7ALabelAloneDetachesNoPod() {
    Pod pod =
        read(one -> one.editMetadata().addToLabels("cattleguard.io/quarantine", UID).endMetadata());

    assertFalse(pod.detached());
    assertEquals(Optional.empty(), pod.owner());
    assertEquals(List.of(), pod.containerIds());
  }

  /** The Eviction API does not support a pod that several budgets select, and answers 500. */
  @Test
  void promise7APodOfTwoBudgetsThatKeepsChangingItsLabelsIsDeleted() {
    Pod seen = readBeforeItChangesItsLabels();
    server
        .expect()
        .post()
        .withPath(POD_PATH + "/eviction")
        .andReturn(
            500,
            new StatusBuilder()
                .withCode(500)
                .withMessage(
                    "This pod has more than one PodDisruptionBudget, which the eviction subresource"
                        + " does not support.")
                .build())
        .always();
    deletionIsAnswered(200);

    assertEquals(Change.MADE, cluster.delete(seen, Duration.ofSeconds(1)));
  }
}
