package io.cattleguard.respond.kubernetes.fabric8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.respond.action.Denied;
import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Change;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.revocation.RevocationPolicy;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests what a real API server denies to a token that is bound to a revoked pod. */
@Tag("cluster")
@EnabledIfEnvironmentVariable(
    named = Fabric8ClusterOnApiServerTest.KUBECONFIG,
    matches = ".+",
    disabledReason = "it names no API server that is meant for tests")
final class Fabric8RevocationOnApiServerTest {
  private final Path kubeconfig = Path.of(System.getenv(Fabric8ClusterOnApiServerTest.KUBECONFIG));
  private final KubernetesClient admin = Fabric8Clients.ofKubeconfig(kubeconfig);
  private final Cluster cluster = new Fabric8Cluster(admin);
  private final String namespace = "test-" + UUID.randomUUID().toString().substring(0, 8);
  private final String other = namespace + "-other";
  private final List<KubernetesClient> clients = new ArrayList<>();
  private final List<Pod> revoked = new ArrayList<>();

  @BeforeEach
  void makeAccount() {
    Revocations.install(admin);
    for (String one : List.of(namespace, other)) {
      admin
          .namespaces()
          .resource(new NamespaceBuilder().withNewMetadata().withName(one).endMetadata().build())
          .create();
    }
    account(namespace);
  }

  /** An account with all permissions, which an attacker would want. */
  private void account(String in) {
    admin
        .serviceAccounts()
        .inNamespace(in)
        .resource(
            new ServiceAccountBuilder().withNewMetadata().withName(namespace).endMetadata().build())
        .create();
    admin
        .resource(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: { name: %1$s-%2$s }
            roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
            subjects: [{ kind: ServiceAccount, name: %1$s, namespace: %2$s }]
            """
                .formatted(namespace, in))
        .create();
  }

  @AfterEach
  void cleanUp() {
    clients.forEach(KubernetesClient::close);
    for (String one : List.of(namespace, other)) {
      admin.namespaces().withName(one).delete();
    }
    for (String in : List.of(namespace, "kube-system")) {
      deleteRole("ClusterRoleBinding", namespace + "-" + in);
    }
    admin.serviceAccounts().inNamespace("kube-system").withName(namespace).delete();
    admin.pods().inNamespace("kube-system").withName(namespace).withGracePeriod(0).delete();
    deleteRole("ClusterRole", namespace);
    revoked.forEach(cluster::restoreTokens);
    admin.close();
  }

  private void deleteRole(String kind, String name) {
    admin.genericKubernetesResources("rbac.authorization.k8s.io/v1", kind).withName(name).delete();
  }

  private Pod run(String in, String name) {
    admin
        .pods()
        .inNamespace(in)
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withServiceAccountName(namespace)
                .addNewContainer()
                .withName("main")
                .withImage("registry.example.com/main:1")
                .endContainer()
                .endSpec()
                .build())
        .create();
    return cluster.pod(in, name).orElseThrow();
  }

  private static TokenRequest requestOf(Pod pod) {
    return new TokenRequestBuilder()
        .withNewSpec()
        .withExpirationSeconds(3_600L)
        .withNewBoundObjectRef()
        .withApiVersion("v1")
        .withKind("Pod")
        .withName(pod.name())
        .withUid(pod.uid())
        .endBoundObjectRef()
        .endSpec()
        .build();
  }

  /** A client with a token of the account that is bound to the pod, as the kubelet mounts it. */
  private KubernetesClient with(Pod pod) {
    TokenRequest answer =
        admin
            .serviceAccounts()
            .inNamespace(pod.namespace())
            .withName(namespace)
            .tokenRequest(requestOf(pod));
    Config own = Config.fromKubeconfig(kubeconfig.toFile());
    KubernetesClient client =
        Fabric8Clients.of(
            new ConfigBuilder(Config.empty())
                .withMasterUrl(own.getMasterUrl())
                .withCaCertFile(own.getCaCertFile())
                .withOauthToken(answer.getStatus().getToken())
                .build());
    clients.add(client);
    return client;
  }

  private static ConfigMap map(String name) {
    return new ConfigMapBuilder().withNewMetadata().withName(name).endMetadata().build();
  }

  private static void create(KubernetesClient client, String in, String name) {
    client.configMaps().inNamespace(in).resource(map(name)).create();
  }

  private static boolean isDenied(Executable change) {
    try {
      change.execute();
      return false;
    } catch (KubernetesClientException e) {
      return String.valueOf(e.getMessage()).contains(RevocationPolicy.MESSAGE);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** The API server applies a new policy or a new record after a moment. */
  private static void await(BooleanSupplier condition) {
    for (int i = 0; i < 400; i++) {
      if (condition.getAsBoolean()) {
        return;
      }
      LockSupport.parkNanos(50_000_000);
    }
    throw new AssertionError("not so within twenty seconds");
  }

  private static void awaitDenied(KubernetesClient client, String in) {
    await(() -> isDenied(() -> create(client, in, "probe-" + UUID.randomUUID())));
  }

  private void revoke(Pod pod) {
    revoked.add(pod);
    assertEquals(Change.MADE, cluster.revokeTokens(pod));
  }

  private Map<String, Executable> changes(KubernetesClient stolen, Pod pod) {
    String path = "/api/v1/namespaces/" + namespace + "/pods/" + pod.name();
    Map<String, Executable> changes = new LinkedHashMap<>();
    changes.put("create", () -> create(stolen, namespace, "mine"));
    changes.put("create in another namespace", () -> create(stolen, other, "mine"));
    changes.put("create in kube-system", () -> create(stolen, "kube-system", namespace));
    changes.put(
        "patch",
        () ->
            stolen
                .configMaps()
                .inNamespace(namespace)
                .withName("kube-root-ca.crt")
                .patch("{\"metadata\":{\"labels\":{\"a\":\"b\"}}}"));
    changes.put(
        "update of a status",
        () ->
            stolen
                .pods()
                .inNamespace(namespace)
                .withName(pod.name())
                .subresource("status")
                .patch("{\"metadata\":{\"labels\":{\"a\":\"b\"}}}"));
    changes.put("delete", () -> stolen.raw(path, "DELETE", Map.of()));
    changes.put(
        "delete of many",
        () -> stolen.raw("/api/v1/namespaces/" + namespace + "/pods", "DELETE", Map.of()));
    changes.put("exec", () -> stolen.raw(path + "/exec?command=id&stdout=true", "POST", Map.of()));
    changes.put("exec by get", () -> stolen.raw(path + "/exec?command=id&stdout=true"));
    changes.put("attach", () -> stolen.raw(path + "/attach?stdout=true", "POST", Map.of()));
    changes.put("port-forward", () -> stolen.raw(path + "/portforward", "POST", Map.of()));
    changes.put("proxy", () -> stolen.raw(path + "/proxy/"));
    changes.put(
        "another token",
        () ->
            stolen
                .serviceAccounts()
                .inNamespace(namespace)
                .withName(namespace)
                .tokenRequest(requestOf(pod)));
    changes.put(
        "a token that is bound to nothing",
        () ->
            stolen
                .serviceAccounts()
                .inNamespace(namespace)
                .withName(namespace)
                .tokenRequest(new TokenRequestBuilder().withNewSpec().endSpec().build()));
    changes.put(
        "an eviction",
        () ->
            stolen.raw(
                path + "/eviction",
                "POST",
                Map.of(
                    "apiVersion",
                    "policy/v1",
                    "kind",
                    "Eviction",
                    "metadata",
                    Map.of("name", pod.name()))));
    changes.put(
        "an end of all revocations",
        () -> stolen.raw("/apis/cattleguard.io/v1/revokedpods", "DELETE", Map.of()));
    changes.put(
        "the removal of the kind",
        () ->
            stolen.raw(
                "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/revokedpods.cattleguard.io",
                "DELETE",
                Map.of()));
    changes.put(
        "a cluster-scoped change",
        () ->
            stolen
                .resource(
                    """
                    apiVersion: rbac.authorization.k8s.io/v1
                    kind: ClusterRole
                    metadata: { name: %s }
                    rules: []
                    """
                        .formatted(namespace))
                .create());
    changes.put(
        "an end of the revocation",
        () -> stolen.raw("/apis/cattleguard.io/v1/revokedpods/" + pod.uid(), "DELETE", Map.of()));
    return changes;
  }

  @Test
  void promise11EachChangeWithATokenOfARevokedPodIsDeniedAndReadsAreNot() {
    Pod pod = run(namespace, "web");
    KubernetesClient stolen = with(pod);
    create(stolen, namespace, "before");

    revoke(pod);
    awaitDenied(stolen, namespace);

    await(() -> cluster.revocation(pod).inForce());
    changes(stolen, pod).forEach((what, change) -> assertTrue(isDenied(change), what));
    assertNotNull(stolen.configMaps().inNamespace(namespace).withName("before").get());
    assertFalse(stolen.configMaps().inNamespace(namespace).list().getItems().isEmpty());
    assertTrue(cluster.pod(namespace, "web").isPresent(), "it runs on");

    assertEquals(Change.MADE, cluster.restoreTokens(pod));
    await(() -> !isDenied(() -> create(stolen, namespace, "after-" + UUID.randomUUID())));
    create(stolen, other, "after");
  }

  @Test
  void promise5AnotherPodOfTheSameAccountAndANamesakeAreNotDenied() {
    Pod pod = run(namespace, "web");
    KubernetesClient neighbour = with(run(namespace, "neighbour"));
    revoke(pod);
    KubernetesClient stolen = with(pod);
    awaitDenied(stolen, namespace);

    create(neighbour, namespace, "by-the-neighbour");

    assertEquals(Change.MADE, cluster.delete(pod, Duration.ZERO));
    await(() -> cluster.pod(namespace, "web").isEmpty());
    create(with(run(namespace, "web")), namespace, "by-the-namesake");
    // The deletion of its pod is what ends the reads of a token.
    await(
        () -> {
          try {
            return stolen.configMaps().inNamespace(namespace).list() == null;
          } catch (KubernetesClientException e) {
            return e.getCode() == 401;
          }
        });
  }

  @Test
  void theAccountsOfAProtectedNamespaceAreNeverDenied() {
    account("kube-system");
    Pod pod = run("kube-system", namespace);
    Pod probe = run(namespace, "probe");
    revoke(pod);
    revoke(probe);
    awaitDenied(with(probe), namespace);

    create(with(pod), namespace, "by-the-control-plane");

    assertEquals(
        Optional.of(
            "the ValidatingAdmissionPolicy cattleguard-revoked excepts the service accounts of"
                + " namespace kube-system"),
        cluster.revocation(pod).unenforced());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "  operations: [CREATE, UPDATE, DELETE, CONNECT] ;   operations: [CREATE, UPDATE, DELETE] ;"
            + " ValidatingAdmissionPolicy",
        "resources: [\"*/*\"] ; resources: [\"*\"] ; ValidatingAdmissionPolicy",
        "scope: \"*\" ; scope: Namespaced ; ValidatingAdmissionPolicy",
        "'namespaceSelector: {}' ; 'namespaceSelector: {matchLabels: {a: b}}' ;"
            + " ValidatingAdmissionPolicy",
        "&& params.metadata.name in ; && false && params.metadata.name in ;"
            + " ValidatingAdmissionPolicy",
        "(has(request.userInfo.extra) && ; (has(request.userInfo.extra) && false && ;"
            + " ValidatingAdmissionPolicy",
        "request.userInfo.groups.exists(g, g in ; 'request.userInfo.groups.exists(g, true || g"
            + " in' ; ValidatingAdmissionPolicy",
        "resourceRules: ; 'excludeResourceRules: [{apiGroups: [\"\"], apiVersions: [v1],"
            + " operations: [CREATE], resources: [configmaps]}]\n"
            + "    resourceRules:' ; ValidatingAdmissionPolicy",
        "validationActions: [Deny] ; validationActions: [Audit] ; ValidatingAdmissionPolicyBinding",
        "selector: {} ; 'selector: {matchLabels: {a: b}}' ; ValidatingAdmissionPolicyBinding",
        "selector: {} ; 'selector: {}\n    namespace: kube-public' ;"
            + " ValidatingAdmissionPolicyBinding",
        "validationActions: [Deny] ; 'validationActions: [Deny]\n"
            + "  matchResources: {namespaceSelector: {matchLabels: {a: b}}}' ;"
            + " ValidatingAdmissionPolicyBinding",
      })
  void promise11APolicyThatDeniesLessIsNamed(String shipped, String changed, String kind) {
    String manifest = RevocationPolicy.manifest(Set.of("kube-system"));
    assertTrue(manifest.contains(shipped), manifest);
    Pod pod = run(namespace, "web");
    revoke(pod);
    Revocations.apply(admin, manifest);
    assertEquals(Optional.empty(), cluster.revocation(pod).unenforced());

    Revocations.apply(admin, manifest.replace(shipped, changed.replace("\\n", "\n")));

    assertEquals(
        Optional.of(
            "the "
                + kind
                + " cattleguard-revoked is not the one that ships; apply"
                + " infra/kubernetes/admission.yaml"),
        cluster.revocation(pod).unenforced());
  }

  @Test
  void aPolicyThatFailsClosedDeniesNoLess() {
    Pod pod = run(namespace, "web");
    revoke(pod);
    Revocations.apply(
        admin,
        RevocationPolicy.manifest(Set.of())
            .replace("failurePolicy: Ignore", "failurePolicy: Fail"));

    await(() -> cluster.revocation(pod).inForce());
  }

  /** The order of the namespaces does not matter, and a chart adds its own namespace. */
  @Test
  void aPolicyThatExceptsTheSameNamespacesInAnotherOrderIsTheOneThatShips() {
    Pod pod = run(namespace, "web");
    revoke(pod);
    Revocations.apply(
        admin, RevocationPolicy.policy(List.of("kube-system", "falco", "kube-system")));

    await(() -> cluster.revocation(pod).inForce());
  }

  /** In force means that a denial by the API server was observed, not that objects exist. */
  @Test
  void promise11WhatTheApiServerDoesNotDenyIsNotInForce() {
    for (int i = 0; i < 10; i++) {
      Pod pod = run(namespace, "web-" + i);
      KubernetesClient stolen = with(pod);
      revoke(pod);
      await(() -> cluster.revocation(pod).inForce());
      assertTrue(
          isDenied(() -> create(stolen, namespace, "after-" + UUID.randomUUID())), pod::name);
    }
  }

  /** Without its kind a policy is ignored. */
  @Test
  void promise11AfterTheKindCameBackARevocationIsInForceOnlyWhenTokensAreDenied() {
    String kind = "revokedpods.cattleguard.io";
    Pod pod = run(namespace, "web");
    KubernetesClient stolen = with(pod);
    admin.apiextensions().v1().customResourceDefinitions().withName(kind).delete();
    await(
        () -> admin.apiextensions().v1().customResourceDefinitions().withName(kind).get() == null);
    assertThrows(Denied.class, () -> cluster.revokeTokens(pod));
    assertFalse(cluster.revocation(pod).inForce());

    Revocations.install(admin);
    await(() -> isRecordedAtLast(pod));
    await(() -> cluster.revocation(pod).inForce());

    assertTrue(isDenied(() -> create(stolen, namespace, "after")));
  }

  private boolean isRecordedAtLast(Pod pod) {
    try {
      revoke(pod);
      return true;
    } catch (Denied | Unavailable e) {
      return false;
    }
  }

  @Test
  void whatIsNotInstalledIsNamed() {
    Pod pod = run(namespace, "web");
    Revocations.remove(admin);
    assertEquals(
        Optional.of(
            "the ValidatingAdmissionPolicy cattleguard-revoked is not installed; apply"
                + " infra/kubernetes/admission.yaml"),
        cluster.revocation(pod).unenforced());

    Revocations.apply(admin, RevocationPolicy.policy(Set.of()));
    assertEquals(
        Optional.of(
            "the ValidatingAdmissionPolicyBinding cattleguard-revoked is not installed; apply"
                + " infra/kubernetes/admission.yaml"),
        cluster.revocation(pod).unenforced());
    assertFalse(cluster.revocation(pod).recorded());
  }

  /**
   * An API server does not read objects of its own kinds again for a policy that was removed and
   * came back, so the records have a kind of their own.
   */
  @Test
  void promise11APolicyThatCameBackDeniesAgain() {
    Pod pod = run(namespace, "web");
    KubernetesClient stolen = with(pod);
    revoke(pod);
    awaitDenied(stolen, namespace);
    Revocations.remove(admin);
    await(() -> !isDenied(() -> create(stolen, namespace, "between-" + UUID.randomUUID())));

    Revocations.install(admin);

    awaitDenied(stolen, namespace);
    Pod second = run(namespace, "second");
    revoke(second);
    awaitDenied(with(second), namespace);
  }
}
