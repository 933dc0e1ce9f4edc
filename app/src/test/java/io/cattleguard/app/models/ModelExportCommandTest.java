package io.cattleguard.app.models;

import static java.util.Comparator.comparingInt;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A model becomes a policy that an engine understands, and that says what it does not enforce. */
final class ModelExportCommandTest {
  private static final String WEB = "prod/shop/Deployment/web/nginx";
  private static final KubernetesSerialization YAML = new KubernetesSerialization();

  private static final String SEEN =
      ", count: 9, first: 2026-03-02, last: 2026-03-09, pods: 3, starts: 3 }\n";

  private static final String ENTRIES =
      "programs:\n"
          + "  - { path: /bin/migrate, parent: /usr/sbin/nginx"
          + SEEN
          + "  - { path: \"/opt/app-*/bin/run\""
          + SEEN
          + "  - { path: /usr/sbin/nginx, parent: /bin/init"
          + SEEN
          + "listeners:\n"
          + "  - { protocol: tcp, port: 8080"
          + SEEN
          + "peers:\n"
          + "  - { service: shop/cache, port: 6379"
          + SEEN
          + "  - { network: 203.0.113.0/24, port: 443"
          + SEEN
          + "  - { network: private, port: 5432"
          + SEEN;

  /** The published names of the fields that are used. */
  private static final Map<String, Set<String>> FIELDS =
      Map.of(
          "NetworkPolicy",
          Set.of(
              "spec.podSelector.matchLabels",
              "spec.policyTypes",
              "spec.ingress.ports.protocol",
              "spec.ingress.ports.port",
              "spec.ingress.ports.endPort",
              "spec.egress.to.namespaceSelector",
              "spec.egress.to.namespaceSelector.matchLabels",
              "spec.egress.to.ipBlock.cidr",
              "spec.egress.to.ipBlock.except",
              "spec.egress.ports.protocol",
              "spec.egress.ports.port",
              "spec.egress.ports.endPort"),
          "CiliumNetworkPolicy",
          Set.of(
              "spec.endpointSelector.matchLabels",
              "spec.ingress.fromEntities",
              "spec.ingress.toPorts.ports.port",
              "spec.ingress.toPorts.ports.endPort",
              "spec.ingress.toPorts.ports.protocol",
              "spec.egress.toEntities",
              "spec.egress.toCIDR",
              "spec.egress.toCIDRSet.cidr",
              "spec.egress.toCIDRSet.except",
              "spec.egress.toEndpoints.matchLabels",
              "spec.egress.toFQDNs.matchName",
              "spec.egress.toPorts.ports.port",
              "spec.egress.toPorts.ports.endPort",
              "spec.egress.toPorts.ports.protocol",
              "spec.egress.toPorts.rules.dns.matchPattern"),
          "TracingPolicyNamespaced",
          Set.of(
              "spec.podSelector.matchLabels",
              "spec.containerSelector.matchLabels",
              "spec.kprobes.call",
              "spec.kprobes.syscall",
              "spec.kprobes.message",
              "spec.kprobes.args.index",
              "spec.kprobes.args.type",
              "spec.kprobes.selectors.matchArgs.index",
              "spec.kprobes.selectors.matchArgs.operator",
              "spec.kprobes.selectors.matchArgs.values",
              "spec.kprobes.selectors.matchActions.action"),
          "KubeArmorPolicy",
          Set.of(
              "spec.severity",
              "spec.message",
              "spec.selector.matchLabels",
              "spec.file.matchPaths.path",
              "spec.file.matchPaths.readOnly",
              "spec.file.matchDirectories.readOnly",
              "spec.process.matchPaths.path",
              "spec.process.matchDirectories.dir",
              "spec.process.matchDirectories.recursive",
              "spec.file.matchDirectories.dir",
              "spec.file.matchDirectories.recursive",
              "spec.action"));

  @TempDir private Path folder;

  @BeforeEach
  void copyThePolicy() throws IOException {
    Policies.copyDefault(folder);
    model("nginx", "observing", ENTRIES);
  }

  private void model(String container, String mode, String entries) throws IOException {
    Path models = Files.createDirectories(folder.resolve("models"));
    Files.writeString(
        models.resolve("prod_shop_deployment_web_" + container + ".yaml"),
        """
        workload: { cluster: prod, namespace: shop, kind: Deployment, name: web, container: %s }
        mode: %s
        observed: { from: 2026-03-02T09:00:00Z, to: 2026-03-09T09:00:00Z, changed: 2026-03-02T09:00:12Z }
        starts: [a, b, c]
        covers: [programs, listeners, peers, files]
        """
                .formatted(container, mode)
            + entries);
  }

  private Shell.Result run(String input, String model, List<String> arguments) {
    List<String> all = new ArrayList<>(List.of("model", "export", "--policy", folder.toString()));
    all.addAll(arguments);
    all.add(model);
    return new Shell().piping(input).run(all.toArray(String[]::new));
  }

  private Shell.Result run(String input, String... arguments) {
    return run(input, WEB, List.of(arguments));
  }

  private Shell.Result exportOf(String model, String... arguments) {
    List<String> all = new ArrayList<>(List.of("--selector", "app=web"));
    all.addAll(List.of(arguments));
    return run("", model, all);
  }

  private Shell.Result export(String... arguments) {
    return exportOf(WEB, arguments);
  }

  private JsonNode exported(String... arguments) {
    Shell.Result result = export(arguments);
    assertEquals(0, result.code(), result.err());
    return tree(result.out());
  }

  /** The policies of an output, which has a separator between them. */
  private static List<String> documents(String output) {
    return List.of(output.split("(?m)^---$"));
  }

  /** The first policy of an output. */
  private static JsonNode tree(String yaml) {
    return new ObjectMapper().valueToTree(YAML.unmarshal(documents(yaml).getFirst(), Map.class));
  }

  private static Set<String> fields(JsonNode node, String at) {
    Set<String> fields = new TreeSet<>();
    if (node.isArray()) {
      node.forEach(each -> fields.addAll(fields(each, at)));
    } else if (node.isObject() && !node.isEmpty() && !at.endsWith(".matchLabels")) {
      node.properties()
          .forEach(each -> fields.addAll(fields(each.getValue(), at + "." + each.getKey())));
    } else {
      fields.add(at);
    }
    return fields;
  }

  private static List<String> texts(JsonNode list, String field) {
    return list.findValuesAsText(field);
  }

  @ParameterizedTest
  @CsvSource({
    "networkpolicy,       networking.k8s.io/v1,       NetworkPolicy",
    "ciliumnetworkpolicy, cilium.io/v2,               CiliumNetworkPolicy",
    "tetragon,            cilium.io/v1alpha1,         TracingPolicyNamespaced",
    "kubearmor,           security.kubearmor.com/v1,  KubeArmorPolicy"
  })
  void aPolicyHasOnlyPublishedFields(String engine, String apiVersion, String kind) {
    List<String> policies = documents(export("--as", engine).out());
    assertEquals(engine.equals("kubearmor") ? 2 : 1, policies.size());
    for (String each : policies) {
      JsonNode policy = tree(each);
      assertEquals(apiVersion, policy.path("apiVersion").asText());
      assertEquals(kind, policy.path("kind").asText());
      assertEquals("shop", policy.path("metadata").path("namespace").asText());
      assertTrue(
          policy.path("metadata").path("name").asText().matches("[a-z][a-z0-9-]{0,61}[a-z0-9]"));
      Set<String> fields = fields(policy.path("spec"), "spec");
      Set<String> unknown = new TreeSet<>(fields);
      unknown.removeAll(FIELDS.get(kind));
      assertEquals(Set.of(), unknown);
      assertFalse(fields.isEmpty());
      assertEquals("web", policy.findPath("matchLabels").path("app").asText());
    }
  }

  @Test
  void tetragonReportsOtherProgramsAndKillsThemOnlyWhenToldTo() {
    JsonNode spec = exported("--as", "tetragon").path("spec");
    assertEquals("nginx", spec.at("/containerSelector/matchLabels/name").asText());
    JsonNode selector = spec.at("/kprobes/0/selectors/0");
    assertEquals("Post", selector.at("/matchActions/0/action").asText());
    assertEquals("NotEqual", selector.at("/matchArgs/0/operator").asText());
    assertEquals(
        "[\"/bin/migrate\",\"/usr/bin/migrate\",\"/usr/sbin/nginx\"]",
        selector.at("/matchArgs/0/values").toString());
    assertEquals("NotPrefix", selector.at("/matchArgs/1/operator").asText());
    assertEquals("[\"/opt/app-\"]", selector.at("/matchArgs/1/values").toString());
    JsonNode enforced = exported("--as", "tetragon", "--enforce").path("spec");
    assertEquals("Sigkill", enforced.findPath("action").asText());
  }

  /** A filter of a hook's selector, by its operator. */
  private static List<String> values(JsonNode hook, int selector, String operator) {
    for (JsonNode match : hook.at("/selectors/" + selector + "/matchArgs")) {
      if (match.path("operator").asText().equals(operator)) {
        List<String> values = new ArrayList<>();
        match.path("values").forEach(value -> values.add(value.asText()));
        return values;
      }
    }
    return List.of();
  }

  private static JsonNode hook(JsonNode policy, String function) {
    for (JsonNode hook : policy.at("/spec/kprobes")) {
      if (hook.path("call").asText().equals(function)) {
        return hook;
      }
    }
    return MissingNode.getInstance();
  }

  @Test
  void tetragonKillsConnectionsThatTheModelDoesNotHave() {
    JsonNode hook = hook(exported("--as", "tetragon", "--enforce"), "tcp_connect");
    // The service opens every private address on every port.
    assertEquals(
        List.of("53", "443", "5432"),
        values(hook, 0, "NotDPort").stream().sorted(comparingInt(Integer::parseInt)).toList());
    assertTrue(values(hook, 0, "NotDAddr").containsAll(List.of("127.0.0.0/8", "10.0.0.0/8")));
    assertFalse(values(hook, 0, "NotDAddr").contains("203.0.113.0/24"));
    int found = 0;
    for (int i = 1; i < hook.path("selectors").size(); i++) {
      if (values(hook, i, "DPort").contains("443")) {
        found++;
        assertTrue(
            values(hook, i, "NotDAddr")
                .containsAll(List.of("203.0.113.0/24", "::ffff:203.0.113.0/120", "::1/128")));
      }
    }
    assertEquals(1, found);
    assertEquals("Sigkill", hook.at("/selectors/0/matchActions/0/action").asText());
  }

  @Test
  void tetragonKillsWhatListensOnAPortThatTheModelDoesNotHave() throws IOException {
    JsonNode hook = hook(exported("--as", "tetragon", "--enforce"), "inet_csk_listen_start");
    assertEquals(List.of("8080"), values(hook, 0, "NotSPort"));
    assertEquals("Sigkill", hook.at("/selectors/0/matchActions/0/action").asText());
    String others = ENTRIES.substring(0, ENTRIES.indexOf("listeners:"));
    model(
        "nginx",
        "observing",
        others
            + "listeners:\n  - { protocol: tcp, port: ephemeral"
            + SEEN
            + "  - { protocol: udp, port: 514"
            + SEEN);
    hook = hook(exported("--as", "tetragon", "--enforce"), "inet_csk_listen_start");
    assertEquals(List.of("32768:65535", "0"), values(hook, 0, "NotSPort"));
    model("nginx", "observing", others);
    hook = hook(exported("--as", "tetragon", "--enforce"), "inet_csk_listen_start");
    assertEquals(List.of("0:65535"), values(hook, 0, "SPort"), "it listens on nothing");
    Path file = folder.resolve("models/prod_shop_deployment_web_nginx.yaml");
    Files.writeString(
        file, Files.readString(file).replaceAll("covers: .*", "covers: [programs, peers]"));
    assertTrue(
        hook(exported("--as", "tetragon", "--enforce"), "inet_csk_listen_start").isMissingNode(),
        "no source told of listeners");
  }

  @Test
  void tetragonTellsAtMostFourGroupsOfPortsApartAndJoinsTheRest() throws IOException {
    StringBuilder peers = new StringBuilder("peers:\n");
    for (int i = 1; i <= 9; i++) {
      peers.append("  - { network: 203.0.").append(i).append(".0/24, port: ").append(7000 + i);
      peers.append(SEEN);
    }
    model("nginx", "observing", ENTRIES.substring(0, ENTRIES.indexOf("peers:")) + peers);
    JsonNode hook = hook(exported("--as", "tetragon", "--enforce"), "tcp_connect");
    assertEquals(5, hook.path("selectors").size());
    for (int i = 1; i <= 9; i++) {
      for (int selector = 0; selector < 5; selector++) {
        boolean concerns =
            selector == 0
                ? !values(hook, 0, "NotDPort").contains("700" + i)
                : values(hook, selector, "DPort").contains("700" + i);
        assertTrue(
            !concerns || values(hook, selector, "NotDAddr").contains("203.0." + i + ".0/24"),
            hook::toPrettyString);
      }
    }
  }

  @Test
  void theInternetAsAPeerLeavesPrivateAddressesStopped() throws IOException {
    model(
        "nginx",
        "observing",
        ENTRIES.substring(0, ENTRIES.indexOf("peers:"))
            + "peers:\n  - { network: public, port: 443"
            + SEEN);
    JsonNode hook = hook(exported("--as", "tetragon", "--enforce"), "tcp_connect");
    for (int i = 1; i < hook.path("selectors").size(); i++) {
      if (values(hook, i, "DPort").contains("443")) {
        assertTrue(values(hook, i, "DAddr").containsAll(List.of("10.0.0.0/8", "169.254.0.0/16")));
        assertTrue(values(hook, i, "NotDAddr").contains("127.0.0.0/8"));
        return;
      }
    }
    fail(hook.toPrettyString());
  }

  @Test
  void protectedFilesAreKeptFromBeingWrittenExceptThoseOfTheModel() throws IOException {
    model(
        "nginx",
        "observing",
        ENTRIES
            + "files:\n  - { path: /etc/cron.d/renew"
            + SEEN
            + "  - { path: /var/cache/nginx/x"
            + SEEN);
    JsonNode hook = hook(exported("--as", "tetragon", "--enforce"), "security_file_permission");
    assertTrue(values(hook, 0, "Prefix").containsAll(List.of("/etc/cron.d/", "/usr/bin/")));
    assertEquals(List.of("/etc/cron.d/renew"), values(hook, 0, "NotEqual"));
    assertEquals(List.of("2"), List.of(hook.at("/selectors/0/matchArgs/2/values/0").asText()));
    assertTrue(values(hook, 1, "Equal").size() > 1);

    String kubeArmor = documents(export("--as", "kubearmor", "--enforce").out()).get(1);
    JsonNode spec = tree(kubeArmor).path("spec");
    List<String> folders = texts(spec.at("/file/matchDirectories"), "dir");
    assertTrue(folders.contains("/usr/bin/"), folders.toString());
    assertFalse(folders.contains("/etc/cron.d/"), "it has no exceptions: " + folders);
    assertEquals("Block", spec.path("action").asText());
    spec.at("/file/matchDirectories")
        .forEach(each -> assertTrue(each.path("readOnly").asBoolean(), "reading is allowed"));
    assertTrue(
        documents(export("--as", "kubearmor").out()).get(1).contains("action: Audit"), kubeArmor);
  }

  @Test
  void whatNoSourceToldOfIsNotStopped() throws IOException {
    model("nginx", "observing", ENTRIES);
    Path file = folder.resolve("models/prod_shop_deployment_web_nginx.yaml");
    Files.writeString(
        file,
        Files.readString(file)
            .replace("covers: [programs, listeners, peers, files]", "covers: [programs]"));
    JsonNode policy = exported("--as", "tetragon", "--enforce");
    assertEquals(1, policy.at("/spec/kprobes").size());
    assertEquals(1, documents(export("--as", "kubearmor", "--enforce").out()).size());
  }

  @Test
  void kubeArmorAllowsTheProgramsAndEveryFile() {
    Shell.Result result = export("--as", "kubearmor");
    JsonNode spec = tree(result.out()).path("spec");
    assertEquals(
        List.of("/bin/migrate", "/usr/bin/migrate", "/usr/sbin/nginx"),
        texts(spec.at("/process/matchPaths"), "path"));
    assertEquals(List.of("/opt/"), texts(spec.at("/process/matchDirectories"), "dir"));
    assertEquals(List.of("/"), texts(spec.at("/file/matchDirectories"), "dir"));
    assertEquals("Allow", spec.path("action").asText());
    assertEquals("[nginx]", spec.at("/selector/matchLabels/kubearmor.io~1container.name").asText());
    assertTrue(result.out().contains("kubearmor-file-posture=audit"), result.out());
    assertTrue(
        export("--as", "kubearmor", "--enforce").out().contains("kubearmor-file-posture=block"));
  }

  @Test
  void aNetworkPolicyAllowsTheModelAndDnsAndNothingElse() {
    Shell.Result result = export("--as", "networkpolicy");
    NetworkPolicy policy = YAML.unmarshal(result.out(), NetworkPolicy.class);
    assertEquals(Map.of(), policy.getSpec().getAdditionalProperties());
    assertEquals(List.of("Ingress", "Egress"), policy.getSpec().getPolicyTypes());
    assertEquals(
        8080, policy.getSpec().getIngress().getFirst().getPorts().getFirst().getPort().getIntVal());
    List<NetworkPolicyEgressRule> egress = policy.getSpec().getEgress();
    assertEquals(4, egress.size());
    assertEquals(53, egress.get(0).getPorts().getFirst().getPort().getIntVal());
    assertEquals(6, egress.get(1).getTo().size());
    assertEquals(5432, egress.get(1).getPorts().getFirst().getPort().getIntVal());
    assertEquals("203.0.113.0/24", egress.get(2).getTo().getFirst().getIpBlock().getCidr());
    assertEquals(443, egress.get(2).getPorts().getFirst().getPort().getIntVal());
    assertEquals(
        Map.of("kubernetes.io/metadata.name", "shop"),
        egress.get(3).getTo().getFirst().getNamespaceSelector().getMatchLabels());
    egress.forEach(
        rule -> {
          assertEquals(Map.of(), rule.getAdditionalProperties());
          assertFalse(rule.getTo().isEmpty(), "an empty list allows everything");
          rule.getTo().forEach(to -> assertEquals(Map.of(), to.getAdditionalProperties()));
        });
    for (String said : List.of("DNS: port 53", "Probes of the kubelet", "the protocol of peers")) {
      assertTrue(result.out().contains(said), said);
    }
  }

  @Test
  void aNameIsForCiliumOnly() throws IOException {
    model(
        "nginx",
        "observing",
        ENTRIES
            + "  - { dns: api.example.com, port: 443"
            + SEEN
            + "  - { service: default/kubernetes, port: 443"
            + SEEN);
    Shell.Result plain = export("--as", "networkpolicy");
    assertEquals(2, plain.code());
    assertTrue(plain.err().contains("it would block what the model has"), plain.err());
    assertTrue(plain.err().contains("the engine knows addresses only"), plain.err());
    JsonNode cilium = exported("--as", "ciliumnetworkpolicy");
    assertEquals(List.of("api.example.com"), texts(cilium, "matchName"));
    assertTrue(cilium.toString().contains("kube-apiserver"));
  }

  @Test
  void aRuleOfCiliumHasAsManyPortsAsCiliumTakes() throws IOException {
    for (String container : List.of("nginx", "sidecar")) {
      StringBuilder listeners = new StringBuilder("listeners:\n");
      for (int port = 0; port < 32; port++) {
        listeners
            .append("  - { protocol: tcp, port: ")
            .append((container.equals("nginx") ? 1_000 : 2_000) + port)
            .append(SEEN);
      }
      model(container, "observing", listeners.toString());
    }
    JsonNode cilium = exported("--as", "ciliumnetworkpolicy", "prod/shop/Deployment/web/sidecar");
    int all = 0;
    for (JsonNode rule : cilium.at("/spec/ingress/0/toPorts")) {
      assertTrue(rule.at("/ports").size() <= 40, rule.toString());
      all += rule.at("/ports").size();
    }
    assertEquals(64, all);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/bin/x\\\"\\n  action: Allow\\n#",
        "/bin/x\\n---\\nkind: Pod",
        "/bin/x\\u2028- action: NoPost",
        "/bin/{x,**}",
        "/bin/x y",
        "/usr/bin/*",
        "/usr/*",
        "/u*",
        "*",
        "/tmp/*",
        "nginx",
        "memfd:*",
        "/bin/../x"
      })
  void whatAPolicyCannotNameSafelyIsNeitherAllowedNorBlockedSilently(String path)
      throws IOException {
    for (String engine : List.of("tetragon", "kubearmor")) {
      model("nginx", "observing", ENTRIES);
      JsonNode before = exported("--as", engine);
      model(
          "nginx",
          "observing",
          ENTRIES.replace("listeners:", "  - { path: \"" + path + "\"" + SEEN + "listeners:"));
      Shell.Result result = export("--as", engine);
      assertEquals(0, result.code(), result.err());
      assertEquals(before, tree(result.out()), "the path changes nothing but comments");
      assertTrue(result.out().contains("although the model has it"), result.out());
      assertEquals(2, export("--as", engine, "--enforce").code());
      assertEquals(0, export("--as", engine, "--enforce", "--force").code());
    }
  }

  @Test
  void anIntrudersUnconfirmedShellIsNotAllowed() throws IOException {
    model(
        "nginx",
        "observing",
        ENTRIES.replace(
            "listeners:",
            "  - { path: /bin/sh, count: 1, first: 2026-03-02, last: 2026-03-02, pods: 1, starts: 1"
                + " }\n"
                + "listeners:"));
    Shell.Result result = export("--as", "tetragon", "--enforce");
    assertEquals(0, result.code(), result.err());
    assertFalse(tree(result.out()).toString().contains("/bin/sh\""), result.out());
    assertTrue(result.err().contains("unconfirmed: runs /bin/sh"), result.err());
  }

  @Test
  void whatIsNotReadyIsRefused() throws IOException {
    model("nginx", "learning", ENTRIES);
    Shell.Result learning = export("--as", "tetragon");
    assertEquals(2, learning.code());
    assertTrue(learning.err().contains("it is learning"), learning.err());
    assertEquals("", learning.out());
    model("nginx", "observing", ENTRIES + "refused: { programs: 3 }\n");
    assertTrue(export("--as", "tetragon").err().contains("not complete"));
    Shell.Result forced = export("--as", "tetragon", "--force");
    assertEquals(0, forced.code(), forced.err());
    assertTrue(forced.err().contains("warning: " + WEB + ": not complete"), forced.err());
  }

  @Test
  void whatCannotBeEnforcedIsRefusedAlsoWithForce() throws IOException {
    Shell.Result seccomp = export("--as", "seccomp", "--force");
    assertEquals(2, seccomp.code());
    assertTrue(seccomp.err().contains("the model has no system calls"), seccomp.err());
    model("nginx", "observing", "");
    for (String engine : List.of("tetragon", "kubearmor")) {
      assertTrue(export("--as", engine, "--force").err().contains("nothing could run"), engine);
    }
    Path file = folder.resolve("models/prod_shop_deployment_web_nginx.yaml");
    Files.writeString(file, Files.readString(file).replaceAll("covers: .*", "covers: [programs]"));
    assertTrue(export("--as", "networkpolicy", "--force").err().contains("allow everything"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tetragon", "kubearmor", "seccomp"})
  void aContainerThatKubernetesCannotHaveIsRefusedByItsName(String engine) throws IOException {
    Path file = folder.resolve("models/prod_shop_deployment_web_nginx.yaml");
    Files.writeString(
        file, Files.readString(file).replace("container: nginx", "container: nginx.v1"));
    Shell.Result result = exportOf(WEB + ".v1", "--as", engine, "--force");
    assertEquals(2, result.code(), result.out());
    assertTrue(
        result
            .err()
            .contains(
                WEB
                    + ".v1: 'nginx.v1' cannot be the name of a container in Kubernetes, which has"
                    + " only lower-case letters, digits and -, and no dot"),
        result.err());
    Files.writeString(
        file, Files.readString(file).replace("container: nginx.v1", "container: \"\""));
    String unknown = exportOf(file.toString(), "--as", engine, "--force").err();
    assertTrue(unknown.contains("the container's name is not known"), unknown);
  }

  @Test
  void anUnknownEngineIsAnsweredWithTheKnownOnes() {
    assertTrue(
        export("--as", "foo")
            .err()
            .contains(
                "--as foo: unknown engine; expected networkpolicy, ciliumnetworkpolicy, tetragon,"
                    + " kubearmor or seccomp"));
  }

  @Test
  void aPolicyForThePodNeedsTheModelsOfAllItsContainers() throws IOException {
    model("proxy", "observing", "listeners:\n  - { protocol: tcp, port: 9901" + SEEN);
    Shell.Result one = export("--as", "networkpolicy");
    assertEquals(2, one.code());
    assertTrue(one.err().contains("web/proxy: the policy is for the whole pod"), one.err());
    JsonNode both = exported("--as", "networkpolicy", "prod/shop/Deployment/web/proxy");
    assertEquals(List.of("8080", "9901"), texts(both.at("/spec/ingress/0/ports"), "port"));
    assertEquals(0, export("--as", "tetragon").code());
  }

  @Test
  void theSelectorIsGivenAndNotGuessed() {
    assertTrue(run("", "--as", "tetragon").err().contains("--selector is missing"));
    for (String wrong : List.of("app", "app=a b", "app=\"x\"\n", "=x")) {
      assertEquals(2, run("", "--as", "tetragon", "--selector", wrong).code(), wrong);
    }
    assertTrue(export("--as", "tetragn").err().contains("tetragon"));
  }

  @Test
  void policiesAreWrittenToAFileOrAFolder() throws IOException {
    Path out = Files.createDirectory(folder.resolve("out"));
    assertEquals(0, export("--as", "tetragon", "--out", out.toString()).code());
    assertEquals(0, export("--as", "tetragon", "--out", out + "/x.yaml").code());
    List<String> texts;
    try (Stream<Path> files = Files.list(out)) {
      texts = files.map(ModelExportCommandTest::text).toList();
    }
    assertEquals(2, texts.size());
    assertEquals(texts.getFirst(), texts.getLast());
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String exec(String path, String parent) {
    return """
    {"process_exec":{"process":{"binary":"%s","pod":{"namespace":"shop","name":"web-a","workload":"web",\
    "workload_kind":"Deployment","container":{"id":"containerd://a","name":"nginx",\
    "image":{"id":"nginx@sha256:aa","name":"nginx:1"},"start_time":"2026-03-01T00:00:00Z"}}},\
    "parent":{"binary":"%s"}},"node_name":"n1","time":"2026-03-03T09:00:00Z"}
    """
        .formatted(path, parent);
  }

  private static String connect(String address, int port) {
    return exec("/usr/sbin/nginx", "/bin/init")
        .replace(
            "\"process_exec\":{",
            "\"process_kprobe\":{\"function_name\":\"tcp_connect\",\"policy_name\":\"c\","
                + "\"args\":[{\"sock_arg\":{\"family\":\"AF_INET\",\"protocol\":\"IPPROTO_TCP\","
                + "\"saddr\":\"10.0.0.9\",\"sport\":40000,\"daddr\":\""
                + address
                + "\",\"dport\":"
                + port
                + "}}],");
  }

  private Shell.Result dryRun(String input, String engine) {
    return new Shell()
        .piping(input)
        .run(
            "model",
            "export",
            "--policy",
            folder.toString(),
            "--cluster",
            "prod",
            "--as",
            engine,
            WEB,
            "--dry-run",
            "-");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tetragon", "kubearmor"})
  void aDryRunBlocksTheIntrusionAndNothingElse(String engine) {
    String ordinary = exec("/usr/sbin/nginx", "/bin/init") + exec("/opt/app-7/bin/run", "");
    Shell.Result before = dryRun(ordinary + connect("10.1.2.3", 5432), engine);
    assertEquals(0, before.code(), before.out() + before.err());
    Shell.Result after =
        dryRun(ordinary + exec("/bin/sh", "/usr/sbin/nginx") + exec("/tmp/x", "/bin/sh"), engine);
    assertEquals(1, after.code(), after.err());
    String said = after.out().replaceAll("\\s+", " ");
    assertTrue(said.contains("runs /bin/sh, started by /usr/sbin/nginx, 1 time"), said);
    assertTrue(said.contains("runs /tmp/x"), said);
    assertTrue(said.contains("2 observations allowed, 2 blocked, 0 unknown"), said);
  }

  @ParameterizedTest
  @ValueSource(strings = {"networkpolicy", "ciliumnetworkpolicy"})
  void aDryRunOfTheNetworkBlocksOtherPeers(String engine) {
    String ordinary = connect("10.1.2.3", 5432) + connect("203.0.113.9", 443);
    Shell.Result before = dryRun(ordinary + exec("/bin/sh", ""), engine);
    assertEquals(0, before.code(), before.out() + before.err());
    Shell.Result after =
        dryRun(ordinary + connect("203.0.113.9", 22) + connect("169.254.169.254", 80), engine);
    assertEquals(1, after.code(), after.out());
    String said = after.out().replaceAll("\\s+", " ");
    assertTrue(said.contains("connects to network 203.0.113.0/24, port 22, 1 time"), said);
    assertTrue(said.contains("169.254.169.254/32, port 80"), said);
    assertTrue(said.contains(" 2 blocked, 0 unknown"), said);
  }

  private static String write(String path) {
    return exec("/usr/sbin/nginx", "/bin/init")
        .replace(
            "\"process_exec\":{",
            "\"process_kprobe\":{\"function_name\":\"security_file_permission\","
                + "\"policy_name\":\"f\",\"args\":[{\"file_arg\":{\"path\":\""
                + path
                + "\"}},{\"int_arg\":2}],");
  }

  @Test
  void aDryRunOfTetragonBlocksOtherPeersAndProtectedFiles() {
    Shell.Result result =
        dryRun(
            connect("203.0.113.9", 443)
                + connect("203.0.113.9", 22)
                + write("/var/log/x")
                + write("/etc/cron.d/x"),
            "tetragon");
    assertEquals(1, result.code(), result.err());
    String said = result.out().replaceAll("\\s+", " ");
    assertTrue(said.contains("connects to network 203.0.113.0/24, port 22, 1 time"), said);
    assertTrue(said.contains("writes /etc/cron.d/x, 1 time"), said);
    assertTrue(said.contains(" 2 blocked, 0 unknown"), said);
  }

  @Test
  void aDryRunNamesProgramsWhoseProcessTheSourceLost() {
    String lost =
        "{\"process_tracepoint\":{\"process\":{\"pid\":7},\"event\":\"sched_process_exec\",\"args\":[{\"linux_binprm_arg\":{\"path\":\"/usr/bin/unshare\",\"permission\":\"-rwxr-xr-x\"}}]},\"node_name\":\"n1\",\"time\":\"2026-03-03T09:00:00Z\"}\n";
    Shell.Result result =
        dryRun(lost + lost + lost.replace("/usr/bin/unshare", "/usr/sbin/nginx"), "tetragon");
    assertEquals(0, result.code(), result.err());
    String said = result.out().replaceAll("\\s+", " ");
    assertTrue(said.contains("3 programs started in processes that the source lost"), said);
    assertTrue(said.contains("In this one the policy would block: /usr/bin/unshare "), said);
    assertFalse(said.contains("block: /usr/sbin/nginx"), said);
  }
}
