package io.cattleguard.respond.kubernetes.fabric8;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.respond.kubernetes.cluster.Cluster;
import io.cattleguard.respond.kubernetes.cluster.EgressBlock;
import io.cattleguard.respond.kubernetes.cluster.Pod;
import io.cattleguard.respond.kubernetes.cluster.Pods;
import io.cattleguard.respond.kubernetes.cluster.Workload;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests which policies of other kinds may allow an isolated pod traffic. */
final class Fabric8OtherPoliciesTest {
  private static final Pod POD = Pods.of("shop", "web-1").uid("uid-1").build();
  private static final String NONE = "";

  private final KubernetesMockServer server = new KubernetesMockServer(false);
  private KubernetesClient client;
  private Fabric8Cluster cluster;

  @BeforeEach
  void start() {
    server.init();
    client = Fabric8Clients.of(server.createClient().getConfiguration());
    cluster = new Fabric8Cluster(client);
    get("/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies", "{items: []}");
    get("/api/v1/namespaces/shop/services", "{items: []}");
    get("/api/v1/namespaces/shop", "{metadata: {name: shop, labels: {team: a}}}");
    podHas("");
  }

  @AfterEach
  void stop() {
    client.close();
    server.destroy();
  }

  private void get(String path, String yaml) {
    server.expect().get().withPath(path).andReturn(200, json(yaml)).always();
  }

  /** What begins with a brace would be read as JSON. */
  private Object json(String yaml) {
    return Objects.requireNonNull(
        client.getKubernetesSerialization().unmarshal("yaml: " + yaml, Map.class).get("yaml"));
  }

  private void podHas(String annotations) {
    get(
        "/api/v1/namespaces/shop/pods/web-1",
        "{metadata: {namespace: shop, name: web-1, uid: uid-1, labels: {app: web, "
            + "cattleguard.io/quarantine: uid-1}, annotations: {"
            + annotations
            + "}}, spec: {serviceAccountName: web}}");
  }

  /** The other pods of its Deployment. */
  private void peers(String pods) {
    get(
        "/apis/apps/v1/namespaces/shop/deployments/web",
        "{metadata: {name: web, uid: uid-of-web}, spec: {selector: {matchLabels: {app: web}}}}");
    get(
        "/api/v1/namespaces/shop/pods",
        "{items: [{metadata: {name: web-1, uid: uid-1, labels: {app: web}}}, " + pods + "]}");
  }

  /** Installs one kind with one policy. */
  private void install(String group, String resource, boolean namespaced, String policy) {
    String version = group + "/v1";
    get("/apis", "{groups: [{name: " + group + ", versions: [{groupVersion: " + version + "}]}]}");
    get("/apis/" + version, "{resources: [{name: " + resource + "}]}");
    get(
        "/apis/" + version + (namespaced ? "/namespaces/shop/" : "/") + resource,
        "{items: [{metadata: {name: other}, spec: " + policy + "}]}");
  }

  private static String caveat(String kind, String what) {
    return switch (what) {
      case "allows" -> kind + " other also selects the pod; traffic that it allows stays allowed";
      case "may allow" ->
          kind + " other may allow the pod traffic: its selector cannot be evaluated";
      default -> NONE;
    };
  }

  private void assertCaveat(String kind, String what) {
    Cluster.Isolation isolation = cluster.isolation(POD);
    assertEquals(
        what.equals("nothing") ? List.of() : List.of(caveat(kind, what)), isolation.caveats());
    assertEquals(List.of(), isolation.doubts());
  }

  /** Calico adds labels of its own to namespaces and pods. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "namespaceSelector: \"projectcalico.org/name == 'shop'\"; allows",
        "namespaceSelector: \"projectcalico.org/name in {'shop'}\"; allows",
        "namespaceSelector: \"projectcalico.org/name == 'other'\"; nothing",
        "selector: \"projectcalico.org/serviceaccount == 'web'\"; allows",
        "selector: \"projectcalico.org/serviceaccount == 'other'\"; nothing",
        "selector: \"pcsa.role == 'web'\"; may allow",
        "selector: \"app == 'db'\"; nothing",
      })
  void promise11LabelsThatCalicoAddsAreEvaluated(String selector, String what) {
    install(
        "crd.projectcalico.org",
        "globalnetworkpolicies",
        false,
        "{" + selector + ", egress: [{action: Allow}]}");

    assertCaveat("globalnetworkpolicies.crd.projectcalico.org", what);
  }

  /** Antrea's policies come before NetworkPolicies, except those of its tier baseline. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "appliedTo: [{podSelector: {matchLabels: {app: web}}}], egress: [{action: Allow}]; allows",
        "appliedTo: [{podSelector: {}}], ingress: [{action: Allow}]; allows",
        "appliedTo: [{namespaceSelector: {matchLabels: {team: a}}}], ingress: [{action: Allow}];"
            + "allows",
        "ingress: [{action: Allow, appliedTo: [{podSelector: {matchLabels: {app: web}}}]}]; allows",
        "appliedTo: [{group: all-web}], ingress: [{action: Allow}]; may allow",
        "appliedTo: [{serviceAccount: {name: web, namespace: shop}}], ingress: [{action: Allow}];"
            + "may allow",
        "appliedTo: [{podSelector: {matchLabels: {app: db}}}], egress: [{action: Allow}]; nothing",
        "appliedTo: [{namespaceSelector: {matchLabels: {team: b}}}], ingress: [{action: Allow}];"
            + "nothing",
        "appliedTo: [{podSelector: {}}], egress: [{action: Drop}, {action: Pass}]; nothing",
        "tier: Baseline, appliedTo: [{podSelector: {}}], egress: [{action: Allow}]; nothing",
        "appliedTo: [], egress: [{action: Allow}]; nothing",
      })
  void promise11AntreasPoliciesThatAllowTrafficAreFound(String spec, String what) {
    install("crd.antrea.io", "clusternetworkpolicies", false, "{" + spec + "}");

    assertCaveat("clusternetworkpolicies.crd.antrea.io", what);
  }

  @Test
  void promise11AntreasPoliciesOfTheNamespaceAreFound() {
    install(
        "crd.antrea.io",
        "networkpolicies",
        true,
        "{appliedTo: [{podSelector: {}}], egress: [{action: Allow}]}");

    assertCaveat("networkpolicies.crd.antrea.io", "allows");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "tier: Admin, subject: {namespaces: {}}, egress: [{action: Accept}]; allows",
        "tier: Admin, subject: {namespaces: {}}, egress: [{action: Deny}]; nothing",
        "tier: Baseline, subject: {namespaces: {}}, egress: [{action: Accept}]; nothing",
      })
  void promise11TheClusterPoliciesOfEksAreFound(String spec, String what) {
    install("networking.k8s.aws", "clusternetworkpolicies", false, "{" + spec + "}");

    assertCaveat("clusternetworkpolicies.networking.k8s.aws", what);
  }

  /** They add to what NetworkPolicies allow. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "networking.k8s.aws; applicationnetworkpolicies; matchLabels: {app: web}; allows",
        "networking.k8s.aws; applicationnetworkpolicies; ~~; allows",
        "networking.k8s.aws; applicationnetworkpolicies; matchLabels: {app: db}; nothing",
        "networking.gke.io; fqdnnetworkpolicies; matchLabels: {app: web}; allows",
        "networking.gke.io; fqdnnetworkpolicies; matchLabels: {app: db}; nothing",
      })
  void promise11PoliciesOfNamesAreFound(
      String group, String resource, String selector, String what) {
    install(
        group,
        resource,
        true,
        "{podSelector: {" + selector + "}, egress: [{ports: [{port: 443}]}]}");

    assertCaveat(resource + "." + group, what);
  }

  /** One that allows only what comes in decides nothing about what leaves the pod. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "crd.antrea.io; clusternetworkpolicies; false;"
            + "appliedTo: [{podSelector: {}}], egress: [{action: Allow}]; 1",
        "crd.antrea.io; clusternetworkpolicies; false;"
            + "appliedTo: [{podSelector: {}}], ingress: [{action: Allow}]; 0",
        "networking.gke.io; fqdnnetworkpolicies; true; podSelector: {}, egress: []; 1",
        "networking.gke.io; fqdnnetworkpolicies; true;"
            + "podSelector: {matchLabels: {app: db}}, egress: []; 0",
      })
  void promise6PoliciesThatDecideOnTheEgressAreFound(
      String group, String resource, boolean namespaced, String spec, int found) {
    install(group, resource, namespaced, "{" + spec + "}");
    Fabric8OtherPolicies policies = new Fabric8OtherPolicies(client, Clock.systemUTC());

    assertEquals(found, policies.ofEgress(POD, Set.of(Map.of("app", "web"))).caveats().size());
  }

  /** Its agent keeps one set of rules for all pods whose names differ in their last part only. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "aws-node; --enable-network-policy=true; ec2; 1",
        "aws-node; --enable-network-policy=false; ec2; 0",
        "calico-node; --enable-network-policy=true; ec2; 0",
        "kube-proxy; none; auto; 1",
      })
  void promise11TheVpcCniAppliesPoliciesOfTheOtherPodsToAnIsolatedPod(
      String plugin, String argument, String computeType, int caveats) {
    server.clearExpectations();
    get("/apis", "{groups: []}");
    get("/api/v1/namespaces/shop/services", "{items: []}");
    podHas("cattleguard.io/labels-before: \"role=web,tier=front\"");
    get(
        "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies",
        """
        {items: [
          {metadata: {name: allow-web}, spec: {podSelector: {matchLabels: {role: web}},
            ingress: [{}]}},
          {metadata: {name: allow-db}, spec: {podSelector: {matchLabels: {role: db}},
            ingress: [{}]}},
          {metadata: {name: deny-all}, spec: {podSelector: {matchLabels: {tier: front}}}}]}
        """);
    get(
        "/apis/apps/v1/daemonsets",
        "{items: [{metadata: {namespace: kube-system, name: "
            + plugin
            + "}, spec: {template: {spec: {containers: [{name: aws-eks-nodeagent, args: ["
            + argument
            + "]}]}}}}]}");
    get(
        "/api/v1/nodes/" + POD.node().orElseThrow(),
        "{metadata: {name: node, labels: {eks.amazonaws.com/compute-type: " + computeType + "}}}");
    peers("");

    Cluster.Isolation isolation = cluster.isolation(POD);

    assertEquals(List.of(), isolation.doubts());
    assertEquals(
        List.of(
                "NetworkPolicy allow-web selects pods whose names begin alike, and the VPC CNI"
                    + " applies what it allows to this pod too")
            .subList(0, caveats),
        isolation.caveats());
  }

  /**
   * Such as the policy of a database's primary, and a block of egress, which leaves out the label
   * of isolated pods and applies to the others.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "role: primary; {matchLabels: {role: primary}}; 1",
        "role: replica; {matchLabels: {role: primary}}; 0",
        "app: web; {matchLabels: {app: web}, matchExpressions: [{key: cattleguard.io/quarantine,"
            + " operator: DoesNotExist}]}; 1",
      })
  void promise11TheVpcCniAppliesPoliciesOfASingleOtherPodToAnIsolatedPod(
      String label, String selector, int caveats) {
    server.clearExpectations();
    get("/apis", "{groups: []}");
    get("/api/v1/namespaces/shop/services", "{items: []}");
    podHas("cattleguard.io/labels-before: \"tier=front\"");
    get(
        "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies",
        "{items: [{metadata: {name: other}, spec: {podSelector: "
            + selector
            + ", egress: [{}]}}]}");
    get(
        "/apis/apps/v1/daemonsets",
        "{items: [{metadata: {namespace: kube-system, name: aws-node}, spec: {template: {spec:"
            + " {containers: [{name: aws-eks-nodeagent, args:"
            + " [--enable-network-policy=true]}]}}}}]}");
    String on = POD.node().orElseThrow();
    get("/api/v1/nodes/" + on, "{metadata: {name: " + on + "}}");
    peers(
        "{metadata: {name: web-2, uid: uid-2, labels: {"
            + label
            + "}}}, {metadata: {name: other-web-3, uid: uid-3, labels: {role: primary}}}");

    Cluster.Isolation isolation = cluster.isolation(POD);

    assertEquals(List.of(), isolation.doubts());
    assertEquals(caveats, isolation.caveats().size(), isolation.caveats()::toString);
  }

  /** The policy leaves out isolated pods, and the VPC CNI would apply it to them all the same. */
  @ParameterizedTest
  @CsvSource({
    "true, Deployment, web, 1",
    "true, Deployment, other, 0",
    "false, Deployment, web, 0"
  })
  void promise11NoBlockOfEgressConnectsAnIsolatedPodAgain(
      boolean enforced, String kind, String name, int governing) {
    server.clearExpectations();
    get("/apis", "{groups: []}");
    podHas("");
    peers("");
    get(
        "/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb%2C%21cattleguard.io%2Fquarantine",
        "{items: []}");
    Pod isolated = Pods.of("shop", "web-9").uid("uid-9").owner(kind, name).build();
    server
        .expect()
        .get()
        .withPath("/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies")
        .andReturn(
            200,
            Map.of(
                "kind", "NetworkPolicyList", "items", List.of(Fabric8Policies.denyAll(isolated))))
        .always();
    get(
        "/apis/apps/v1/daemonsets",
        "{items: [{metadata: {namespace: kube-system, name: aws-node}, spec: {template: {spec:"
            + " {containers: [{name: aws-eks-nodeagent, args: [--enable-network-policy="
            + enforced
            + "]}]}}}}]}");
    String node = POD.node().orElseThrow();
    get("/api/v1/nodes/" + node, "{metadata: {name: " + node + "}}");
    Workload web =
        new Workload(
            "shop",
            "Deployment",
            "web",
            "uid-of-web",
            2,
            2,
            false,
            Optional.empty(),
            Optional.empty(),
            List.of());

    Cluster.Egress egress = cluster.egress(new EgressBlock(web, POD, "203.0.113.7"));

    assertEquals(List.of(), egress.doubts());
    assertEquals(governing, egress.others().size(), egress.others()::toString);
    assertEquals(List.of(), egress.governing());
  }

  /** Multus attaches them, and a NetworkPolicy is about the first interface. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "k8s.v1.cni.cncf.io/networks: storage; 1",
        "k8s.v1.cni.cncf.io/networks: ''; 0",
        "other: storage; 0",
      })
  void promise11OtherNetworkInterfacesOfThePodAreADoubt(String annotation, int doubts) {
    server.clearExpectations();
    get("/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies", "{items: []}");
    get("/api/v1/namespaces/shop/services", "{items: []}");
    get("/apis", "{groups: []}");
    podHas(annotation);

    assertEquals(doubts, cluster.isolation(POD).doubts().size());
  }
}
