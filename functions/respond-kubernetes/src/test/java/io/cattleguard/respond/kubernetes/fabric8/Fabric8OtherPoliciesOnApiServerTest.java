package io.cattleguard.respond.kubernetes.fabric8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests policies of other kinds on a real API server. */
@Tag("cluster")
@EnabledIfEnvironmentVariable(
    named = Fabric8ClusterOnApiServerTest.KUBECONFIG,
    matches = ".+",
    disabledReason = "it names no API server that is meant for tests")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class Fabric8OtherPoliciesOnApiServerTest {
  private static final Path KUBECONFIG =
      Path.of(String.valueOf(System.getenv(Fabric8ClusterOnApiServerTest.KUBECONFIG)));

  private static final Pod POD = Pods.of("default", "web-1").build();
  private static final Map<String, String> LABELS =
      Map.of("cattleguard.io/quarantine", "uid-of-web-1");

  private final KubernetesClient client = Fabric8Clients.ofKubeconfig(KUBECONFIG);

  @BeforeAll
  void install() {
    OtherPolicyKinds.install(client);
  }

  @AfterAll
  void remove() {
    OtherPolicyKinds.remove(client);
    client.close();
  }

  private static Fabric8OtherPolicies.Found found(KubernetesClient client) {
    return new Fabric8OtherPolicies(client, Clock.systemUTC())
        .of(POD, LABELS, Optional.of("default"));
  }

  private List<String> caveats(String kind, String spec) {
    return caveats(kind, "other", spec, Fabric8OtherPoliciesOnApiServerTest::found);
  }

  private List<String> ofEgress(String kind, String spec) {
    return caveats(
        kind,
        kind.contains("Baseline") ? "default" : "other",
        spec.replace("~", "\""),
        one -> new Fabric8OtherPolicies(one, Clock.systemUTC()).ofEgress(POD, Set.of(LABELS)));
  }

  private List<String> caveats(
      String kind,
      String name,
      String spec,
      Function<KubernetesClient, Fabric8OtherPolicies.Found> question) {
    JsonNode policy =
        client
            .getKubernetesSerialization()
            .unmarshal(
                kind.replace(", ", "\n") + "\nmetadata: {name: " + name + "}\nspec: " + spec,
                JsonNode.class);
    String path = path(policy);
    client.raw(path, "POST", policy);
    try {
      Fabric8OtherPolicies.Found found = question.apply(client);
      assertEquals(List.of(), found.doubts());
      return found.caveats();
    } finally {
      client.raw(path + "/" + name, "DELETE", Map.of());
    }
  }

  private static String path(JsonNode policy) {
    String kind = policy.path("kind").asText();
    boolean namespaced = kind.equals("NetworkPolicy") || kind.equals("CiliumNetworkPolicy");
    return "/apis/"
        + policy.path("apiVersion").asText()
        + (namespaced ? "/namespaces/default/" : "/")
        + kind.toLowerCase(Locale.ROOT).replace("policy", "policies");
  }

  private static final String ANP =
      "apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy";
  private static final String BASELINE =
      "apiVersion: policy.networking.k8s.io/v1alpha1, kind: BaselineAdminNetworkPolicy";
  private static final String CNP =
      "apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy";
  private static final String CALICO = "apiVersion: crd.projectcalico.org/v1, kind: NetworkPolicy";
  private static final String GLOBAL =
      "apiVersion: crd.projectcalico.org/v1, kind: GlobalNetworkPolicy";
  private static final String CILIUM = "apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy";
  private static final String WIDE =
      "apiVersion: cilium.io/v2, kind: CiliumClusterwideNetworkPolicy";

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        ANP + "; {subject: {namespaces: {}}, ingress: [{action: Allow}]}",
        ANP
            + "; {subject: {pods: {namespaceSelector: {}, podSelector: {}}}, egress: [{action:"
            + " Allow}]}",
        ANP
            + "; {subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: default}}},"
            + " ingress: [{action: Deny}, {action: Allow}]}",
        CNP + "; {tier: Admin, subject: {namespaces: {}}, egress: [{action: Accept}]}",
        CALICO + "; {egress: [{action: Allow}]}",
        CALICO + "; {selector: all(), order: 2000, ingress: [{action: Allow}]}",
        GLOBAL
            + "; {selector: ~projectcalico.org/namespace == 'default'~, egress: [{action: Allow}]}",
        GLOBAL
            + "; {namespaceSelector: has(kubernetes.io/metadata.name), egress: [{action: Allow}]}",
        CILIUM + "; {endpointSelector: {}, ingress: [{fromEndpoints: [{}]}]}",
        WIDE
            + "; {endpointSelector: {matchLabels: {'k8s:io.kubernetes.pod.namespace': default}},"
            + " egress: [{toEntities: [all]}]}",
      })
  void aPolicyThatSelectsThePodAndAllowsTrafficIsACaveat(String kind, String spec) {
    List<String> caveats = caveats(kind, spec.replace("~", "\""));

    assertEquals(1, caveats.size(), caveats.toString());
    assertTrue(caveats.getFirst().contains(" other also selects the pod"), caveats.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        ANP + "; {subject: {namespaces: {}}, ingress: [{action: Pass}, {action: Deny}]}",
        ANP
            + "; {subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}},"
            + " ingress: [{action: Allow}]}",
        ANP
            + "; {subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}},"
            + " ingress: [{action: Allow}]}",
        CNP + "; {tier: Baseline, subject: {namespaces: {}}, egress: [{action: Accept}]}",
        CALICO + "; {egress: [{action: Deny}, {action: Pass}]}",
        CALICO + "; {selector: has(app), ingress: [{action: Allow}]}",
        GLOBAL + "; {namespaceSelector: has(team), egress: [{action: Allow}]}",
        GLOBAL + "; {preDNAT: true, ingress: [{action: Allow}]}",
        CILIUM + "; {endpointSelector: {}, ingress: [{}]}",
        CILIUM
            + "; {endpointSelector: {matchLabels: {app: web}}, ingress: [{fromEndpoints: [{}]}]}",
        WIDE + "; {nodeSelector: {}, ingress: [{fromEntities: [all]}]}",
      })
  void aPolicyThatDoesNotSelectThePodOrAllowsNothingIsNone(String kind, String spec) {
    assertEquals(List.of(), caveats(kind, spec));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        CALICO + "; {selector: global(), egress: [{action: Allow}]}",
        CILIUM
            + "; {endpointSelector: {matchLabels: {'k8s:io.cilium.k8s.policy.serviceaccount': x}},"
            + " ingress: [{fromEndpoints: [{}]}]}",
      })
  void aSelectorThatCannotBeEvaluatedIsACaveat(String kind, String spec) {
    List<String> caveats = caveats(kind, spec);

    assertEquals(1, caveats.size(), caveats.toString());
    assertTrue(caveats.getFirst().contains("cannot be evaluated"), caveats.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        ANP + "; {subject: {namespaces: {}}, egress: [{action: Deny}, {action: Allow}]}",
        BASELINE + "; {subject: {namespaces: {}}, egress: [{action: Deny}]}",
        CNP + "; {tier: Baseline, subject: {namespaces: {}}, egress: [{action: Deny}]}",
        CALICO + "; {types: [Egress]}",
        CALICO + "; {egress: [{action: Deny}]}",
        CALICO + "; {selector: global(), egress: [{action: Deny}]}",
        GLOBAL + "; {selector: all(), egress: [{action: Allow}]}",
        CILIUM + "; {endpointSelector: {}, egress: [{}]}",
        CILIUM + "; {endpointSelector: {}, egressDeny: [{toEntities: [world]}]}",
        WIDE + "; {endpointSelector: {}, egress: [{toEntities: [cluster]}]}",
      })
  void aPolicyThatDecidesOnEgressIsNamedAlsoIfItOnlyDenies(String kind, String spec) {
    List<String> caveats = ofEgress(kind, spec);

    assertEquals(1, caveats.size(), caveats.toString());
    assertTrue(caveats.getFirst().contains("on the egress of a pod"), caveats.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        ANP + "; {subject: {namespaces: {}}, ingress: [{action: Allow}]}",
        ANP + "; {subject: {namespaces: {}}, egress: [{action: Pass}, {action: Deny}]}",
        BASELINE + "; {subject: {namespaces: {}}, ingress: [{action: Deny}]}",
        BASELINE
            + "; {subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}},"
            + " egress: [{action: Deny}]}",
        CALICO + "; {types: [Ingress], ingress: [{action: Allow}]}",
        CALICO + "; {selector: has(app), egress: [{action: Allow}]}",
        CILIUM + "; {endpointSelector: {}, ingress: [{fromEndpoints: [{}]}]}",
        CILIUM + "; {endpointSelector: {matchLabels: {app: web}}, egress: [{}]}",
      })
  void aPolicyThatDecidesOnNoEgressOfThePodIsNone(String kind, String spec) {
    assertEquals(List.of(), ofEgress(kind, spec));
  }

  @Test
  void whatMayNotBeReadIsADoubt() {
    Config config =
        new ConfigBuilder(Config.fromKubeconfig(KUBECONFIG.toFile()))
            .withImpersonateUsername("nobody-in-particular")
            .build();
    try (KubernetesClient nobody = Fabric8Clients.of(config)) {
      List<String> doubts = found(nobody).doubts();
      assertTrue(doubts.getFirst().contains("403"), doubts.toString());
    }
  }
}
