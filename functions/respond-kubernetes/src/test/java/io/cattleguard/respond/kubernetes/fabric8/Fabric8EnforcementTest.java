package io.cattleguard.respond.kubernetes.fabric8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.respond.kubernetes.cluster.Cluster.Enforcement;
import io.cattleguard.respond.kubernetes.cluster.Cluster.Enforces;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSetListBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests how a cluster's network plugin is found from its DaemonSets and nodes. */
final class Fabric8EnforcementTest {
  private static DaemonSet plugin(String namespace, String name, int ready, String... container) {
    return new DaemonSetBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withNewTemplate()
        .withNewSpec()
        .addNewContainer()
        .withName(container.length > 0 ? container[0] : "main")
        .addToArgs(container.length > 1 ? new String[] {container[1]} : new String[0])
        .endContainer()
        .endSpec()
        .endTemplate()
        .endSpec()
        .withNewStatus()
        .withDesiredNumberScheduled(3)
        .withNumberReady(ready)
        .endStatus()
        .build();
  }

  /** Each is a DaemonSet, with its container and an argument after colons. */
  private static List<DaemonSet> plugins(String names) {
    List<DaemonSet> sets = new ArrayList<>();
    for (String name : names.split(" ", -1)) {
      String[] parts = name.split(":", 2);
      sets.add(
          plugin(
              "kube-system", parts[0], 3, parts.length > 1 ? parts[1].split(":") : new String[0]));
    }
    return sets;
  }

  /** The DaemonSet aws-node has no pods on them. */
  @Test
  void promise11TheVpcCniEnforcesNothingOnHybridNodesAndAutoModeDoesNotShowIt() {
    List<DaemonSet> vpcCni = plugins("aws-node:aws-eks-nodeagent:--enable-network-policy=true");
    for (String type : List.of("hybrid", "auto")) {
      Enforcement found =
          Fabric8Enforcement.of(vpcCni, Map.of("eks.amazonaws.com/compute-type", type));
      assertEquals(Enforces.UNKNOWN, found.answer(), type);
    }
  }

  /** Such as Cilium for EKS hybrid nodes, beside a VPC CNI that enforces nothing. */
  @Test
  void promise11APluginThatDoesNotRunOnThePodsNodeEnforcesNothingThere() {
    Map<String, String> hybrid = Map.of("eks.amazonaws.com/compute-type", "hybrid");
    DaemonSet affine =
        new DaemonSetBuilder(plugin("kube-system", "cilium", 3))
            .editSpec()
            .editTemplate()
            .editSpec()
            .withNewAffinity()
            .withNewNodeAffinity()
            .withNewRequiredDuringSchedulingIgnoredDuringExecution()
            .addNewNodeSelectorTerm()
            .addNewMatchExpression()
            .withKey("eks.amazonaws.com/compute-type")
            .withOperator("In")
            .withValues("hybrid")
            .endMatchExpression()
            .endNodeSelectorTerm()
            .endRequiredDuringSchedulingIgnoredDuringExecution()
            .endNodeAffinity()
            .endAffinity()
            .endSpec()
            .endTemplate()
            .endSpec()
            .build();
    DaemonSet selecting =
        new DaemonSetBuilder(plugin("kube-system", "cilium", 3))
            .editSpec()
            .editTemplate()
            .editSpec()
            .withNodeSelector(hybrid)
            .addToNodeSelector("kubernetes.io/os", "linux")
            .endSpec()
            .endTemplate()
            .endSpec()
            .build();
    for (DaemonSet cilium : List.of(affine, selecting)) {
      List<DaemonSet> both = List.of(cilium, plugins("aws-node").getFirst());
      assertEquals(
          Enforces.NO, Fabric8Enforcement.of(both, Map.of("kubernetes.io/os", "linux")).answer());
      assertEquals(Enforces.YES, Fabric8Enforcement.of(both, hybrid).answer());
      assertEquals(Enforces.YES, Fabric8Enforcement.of(both, Map.of()).answer());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kube-proxy                                                        | linux   | UNKNOWN",
        "kube-proxy calico-node                                            | linux   | YES",
        "cilium                                                            | linux   | YES",
        "anetd                                                             | linux   | YES",
        "antrea-agent                                                      | linux   | YES",
        "kube-router                                                       | linux   | YES",
        "kube-router:kube-router:--run-firewall=false                      | linux   | NO",
        "kube-router:kube-router:--run-firewall=False                      | linux   | NO",
        "kube-router:kube-router:--run-firewall=0                          | linux   | NO",
        "kube-router:kube-router:--run-firewall=true                       | linux   | YES",
        "weave-net                                                         | linux   | NO",
        "weave-net:weave-npc                                               | linux   | YES",
        "ovnkube-node                                                      | linux   | YES",
        "calico-node                                                       | windows | UNKNOWN",
        "calico-node                                                       | fargate | NO",
        "aws-node                                                          | linux   | NO",
        "aws-node:aws-eks-nodeagent:--enable-network-policy=false          | linux   | NO",
        "aws-node:aws-node:--enable-network-policy=true                    | linux   | NO",
        "aws-node:aws-eks-nodeagent:--enable-network-policy=true           | linux   | YES",
        "aws-node:aws-network-policy-agent:--enable-network-policy=true    | linux   | YES",
        "aws-node:aws-eks-nodeagent:--enable-network-policy=true           | windows | NO",
        "aws-node:aws-eks-nodeagent:--enable-network-policy=true           | fargate | NO",
        "aws-node calico-node                                              | linux   | YES",
        "kindnet                                                           | linux   | UNKNOWN",
        "kindnet kube-network-policies                                     | linux   | YES",
        "kube-flannel-ds                                                   | linux   | NO",
        "kube-flannel-ds:kube-network-policies                             | linux   | YES",
        "my-calico-node                                                    | linux   | UNKNOWN",
      })
  void aNetworkPluginIsKnownByItsDaemonSets(String names, String node, Enforces answer) {
    Map<String, String> labels =
        node.equals("fargate")
            ? Map.of("kubernetes.io/os", "linux", "eks.amazonaws.com/compute-type", "fargate")
            : Map.of("kubernetes.io/os", node);

    Enforcement found = Fabric8Enforcement.of(plugins(names), labels);

    assertEquals(answer, found.answer(), found.reason());
    assertTrue(!found.reason().isEmpty());
  }

  @Test
  void aNetworkPluginThatIsNotReadyEverywhereIsNoProof() {
    Enforcement found =
        Fabric8Enforcement.of(List.of(plugin("kube-system", "cilium", 2)), Map.of());

    assertEquals(new Enforcement(Enforces.UNKNOWN, "cilium is ready on 2 of 3 nodes"), found);
  }

  private Instant now = Instant.parse("2026-03-02T09:00:00Z");

  @Test
  void theClusterIsAskedAgainAfterFiveMinutesAndAtOnceAfterAnError() {
    KubernetesMockServer server = new KubernetesMockServer(false);
    server.init();
    String sets = "/apis/apps/v1/daemonsets";
    server
        .expect()
        .get()
        .withPath("/api/v1/nodes/node-a")
        .andReturn(
            200,
            new NodeBuilder()
                .withNewMetadata()
                .withName("node-a")
                .addToLabels("kubernetes.io/os", "linux")
                .endMetadata()
                .build())
        .always();
    server
        .expect()
        .get()
        .withPath(sets)
        .andReturn(403, new StatusBuilder().withCode(403).withMessage("no right").build())
        .once();
    server
        .expect()
        .get()
        .withPath(sets)
        .andReturn(
            200,
            new DaemonSetListBuilder()
                .addToItems(plugin("shop", "calico-node", 3))
                .addToItems(plugin("calico-system", "calico-node", 3))
                .build())
        .once();
    server
        .expect()
        .get()
        .withPath(sets)
        .andReturn(200, new DaemonSetListBuilder().addToItems(plugin("shop", "cilium", 3)).build())
        .once();
    try (KubernetesClient client = Fabric8Clients.of(server.createClient().getConfiguration())) {
      Fabric8Enforcement enforcement = new Fabric8Enforcement(client, () -> now);

      Enforcement denied = enforcement.of(Pods.of("shop", "web-1").build());
      assertEquals(Enforces.UNKNOWN, denied.answer());
      assertTrue(denied.reason().contains("no right"), denied.reason());
      assertEquals(Enforces.YES, enforcement.of(Pods.of("shop", "web-1").build()).answer());
      now = now.plus(Duration.ofMinutes(4));
      assertEquals(Enforces.YES, enforcement.of(Pods.of("shop", "web-1").build()).answer());
      now = now.plus(Duration.ofMinutes(1));
      assertEquals(
          Enforces.UNKNOWN,
          enforcement.of(Pods.of("shop", "web-1").build()).answer(),
          "a DaemonSet in another namespace is no sign");
    } finally {
      server.destroy();
    }
  }
}
