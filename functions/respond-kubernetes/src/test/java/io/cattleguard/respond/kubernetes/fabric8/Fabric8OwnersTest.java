package io.cattleguard.respond.kubernetes.fabric8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.cattleguard.respond.kubernetes.cluster.Workload;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodListBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerListBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.CronJobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests which pods belong to their workload. A row is one pod and the property that makes it
 * foreign.
 */
final class Fabric8OwnersTest {
  private static final Map<String, String> WEB = Map.of("app", "web");
  private static final Map<String, String> EVIL = Map.of("app", "evil");

  private final KubernetesMockServer server = new KubernetesMockServer(false);
  private KubernetesClient client;
  private Fabric8Cluster cluster;

  @BeforeEach
  void start() {
    server.init();
    client = Fabric8Clients.of(server.createClient().getConfiguration());
    cluster = new Fabric8Cluster(client);
    owner(
        "/apis/apps/v1/namespaces/shop/deployments/web",
        new DeploymentBuilder()
            .withNewMetadata()
            .withNamespace("shop")
            .withName("web")
            .withUid("uid-of-web")
            .endMetadata()
            .withNewSpec()
            .withNewSelector()
            .withMatchLabels(WEB)
            .endSelector()
            .endSpec()
            .build());
    owner(
        "/apis/apps/v1/namespaces/shop/statefulsets/db",
        new StatefulSetBuilder()
            .withNewMetadata()
            .withNamespace("shop")
            .withName("db")
            .withUid("uid-of-db")
            .endMetadata()
            .withNewSpec()
            .withNewSelector()
            .withMatchLabels(WEB)
            .endSelector()
            .endSpec()
            .build());
    set("web-7f", reference("Deployment", "web", "uid-of-web"), WEB);
    set("stale-7f", reference("Deployment", "web", "uid-of-an-earlier-web"), WEB);
    set("evil-7f", reference("Deployment", "web", "uid-of-web"), EVIL);
    job("report-1", reference("CronJob", "report", "uid-of-report"));
    job("report-2", reference("CronJob", "report", "uid-of-an-earlier-report"));
    owner(
        "/apis/batch/v1/namespaces/shop/cronjobs/report",
        new CronJobBuilder()
            .withNewMetadata()
            .withNamespace("shop")
            .withName("report")
            .withUid("uid-of-report")
            .endMetadata()
            .withNewSpec()
            .endSpec()
            .build());
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  private void owner(String path, Object object) {
    server.expect().get().withPath(path).andReturn(200, object).always();
  }

  private void set(String name, OwnerReference above, Map<String, String> selector) {
    owner(
        "/apis/apps/v1/namespaces/shop/replicasets/" + name,
        new ReplicaSetBuilder()
            .withNewMetadata()
            .withNamespace("shop")
            .withName(name)
            .withUid("uid-of-" + name)
            .withOwnerReferences(above)
            .endMetadata()
            .withNewSpec()
            .withNewSelector()
            .withMatchLabels(selector)
            .endSelector()
            .endSpec()
            .build());
  }

  private void job(String name, OwnerReference above) {
    owner(
        "/apis/batch/v1/namespaces/shop/jobs/" + name,
        new JobBuilder()
            .withNewMetadata()
            .withNamespace("shop")
            .withName(name)
            .withUid("uid-of-" + name)
            .withOwnerReferences(above)
            .endMetadata()
            .withNewSpec()
            .withNewSelector()
            .withMatchLabels(WEB)
            .endSelector()
            .endSpec()
            .build());
  }

  private static OwnerReference reference(String kind, String name, String uid) {
    return new OwnerReferenceBuilder()
        .withApiVersion(kind.endsWith("Job") ? "batch/v1" : "apps/v1")
        .withKind(kind)
        .withName(name)
        .withUid(uid)
        .withController(true)
        .build();
  }

  static Stream<Arguments> pods() {
    return Stream.of(
        arguments(
            "a pod of a Deployment's ReplicaSet",
            WEB,
            reference("ReplicaSet", "web-7f", "uid-of-web-7f"),
            ""),
        arguments("a pod of a StatefulSet", WEB, reference("StatefulSet", "db", "uid-of-db"), ""),
        arguments(
            "a pod of a CronJob's Job", WEB, reference("Job", "report-1", "uid-of-report-1"), ""),
        arguments(
            "a pod that names a Deployment itself",
            WEB,
            reference("Deployment", "web", "uid-of-web"),
            "which makes no pods itself"),
        arguments(
            "a pod whose labels the ReplicaSet does not select",
            EVIL,
            reference("ReplicaSet", "web-7f", "uid-of-web-7f"),
            "selector of ReplicaSet/web-7f does not match"),
        arguments(
            "a pod that knows only the name of the ReplicaSet",
            WEB,
            reference("ReplicaSet", "web-7f", "guessed"),
            "has another UID than ReplicaSet/web-7f"),
        arguments(
            "a pod of a ReplicaSet that the Deployment does not select",
            EVIL,
            reference("ReplicaSet", "evil-7f", "uid-of-evil-7f"),
            "selector of Deployment/web does not match"),
        arguments(
            "a pod of an earlier Deployment's ReplicaSet",
            WEB,
            reference("ReplicaSet", "stale-7f", "uid-of-stale-7f"),
            "has another UID than Deployment/web"),
        arguments(
            "a pod whose labels the StatefulSet does not select",
            EVIL,
            reference("StatefulSet", "db", "uid-of-db"),
            "selector of StatefulSet/db does not match"),
        arguments(
            "a pod that knows only the name of the StatefulSet",
            WEB,
            reference("StatefulSet", "db", "guessed"),
            "has another UID than StatefulSet/db"),
        arguments(
            "a pod of an earlier CronJob's Job",
            WEB,
            reference("Job", "report-2", "uid-of-report-2"),
            "has another UID than CronJob/report"),
        arguments(
            "a pod whose Job is gone",
            WEB,
            reference("Job", "gone", "uid-of-gone"),
            "Job/gone no longer exists"));
  }

  private io.fabric8.kubernetes.api.model.Pod podOf(
      OwnerReference reference, String phase, boolean terminating) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("shop")
        .withName("one")
        .withUid("uid-of-one")
        .withLabels(WEB)
        .withDeletionTimestamp(terminating ? "2026-03-02T09:15:00Z" : null)
        .withOwnerReferences(List.of(reference))
        .endMetadata()
        .withNewStatus()
        .withPhase(phase)
        .endStatus()
        .build();
  }

  static Stream<Arguments> left() {
    OwnerReference set = reference("ReplicaSet", "paused-7f", "uid-of-paused-7f");
    return Stream.of(
        arguments("a pod that is terminating", 2L, set, "Running", true, 1),
        arguments("a pod that has ended", 2L, set, "Succeeded", true, 0),
        arguments(
            "a pod of another Deployment",
            2L,
            reference("ReplicaSet", "web-7f", "uid-of-web-7f"),
            "Running",
            false,
            0),
        arguments(
            "a pod whose ReplicaSet is gone",
            2L,
            reference("ReplicaSet", "gone", "uid-of-gone"),
            "Running",
            true,
            1),
        arguments("a pause that the controller has not seen", 1L, set, "Succeeded", true, 1));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("left")
  void promise11ThePodsOfAPausedWorkloadAreCountedUntilTheyHaveEnded(
      String sentence,
      long observed,
      OwnerReference reference,
      String phase,
      boolean terminating,
      int pods) {
    set("paused-7f", reference("Deployment", "paused", "uid-of-paused"), WEB);
    owner(
        "/apis/apps/v1/namespaces/shop/deployments/paused",
        new DeploymentBuilder()
            .withNewMetadata()
            .withNamespace("shop")
            .withName("paused")
            .withUid("uid-of-paused")
            .withGeneration(2L)
            .endMetadata()
            .withNewSpec()
            .withReplicas(0)
            .withNewSelector()
            .withMatchLabels(WEB)
            .endSelector()
            .endSpec()
            .withNewStatus()
            .withObservedGeneration(observed)
            .withReplicas(0)
            .endStatus()
            .build());
    owner(
        "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers",
        new HorizontalPodAutoscalerListBuilder().build());
    owner(
        "/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb",
        new PodListBuilder().withItems(podOf(reference, phase, terminating)).build());

    assertEquals(
        pods, cluster.workload("shop", new Pod.Owner("Deployment", "paused")).orElseThrow().pods());
  }

  @Test
  void promise11APauseOfAWorkloadThatIsGoneIsNotMade() {
    Workload gone =
        new Workload(
            "shop",
            "Deployment",
            "gone",
            "uid",
            3,
            3,
            false,
            Optional.empty(),
            Optional.empty(),
            List.of());

    assertEquals(Cluster.Change.GONE, new Fabric8Cluster(client).pause(gone));
  }

  @Test
  void noWorkloadIsFoundForAPodWhoseOwnerWasNeverRead() {
    assertEquals(Optional.empty(), cluster.workload(Pods.of("shop", "web-1").build()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("pods")
  void onlyAPodThatItsControllersMadeIsOneOfItsWorkload(
      String sentence, Map<String, String> labels, OwnerReference reference, String foreign) {
    owner(
        "/api/v1/namespaces/shop/pods/one",
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("shop")
            .withName("one")
            .withUid("uid-of-one")
            .withCreationTimestamp("2026-03-02T08:15:00Z")
            .withLabels(labels)
            .withOwnerReferences(List.of(reference))
            .endMetadata()
            .withNewSpec()
            .endSpec()
            .build());
    Pod pod = cluster.pod("shop", "one").orElseThrow();

    String why = cluster.foreign(pod).orElse("");

    assertEquals(foreign.isEmpty(), why.isEmpty(), why);
    assertTrue(why.contains(foreign), why);
  }
}
