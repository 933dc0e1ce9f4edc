package io.cattleguard.app.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.ContractFiles;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Exported policies against the schemas of the engines' own CustomResourceDefinitions, which are
 * not copied here: {@code CATTLEGUARD_TEST_CRDS} names a folder with their YAML files. As in an API
 * server with strict field validation, an unknown field is an error. Rules in CEL are not checked.
 */
final class ExportedPolicySchemaTest {
  /** A folder with the CustomResourceDefinitions of Cilium, Tetragon and KubeArmor. */
  private static final String CRDS = "CATTLEGUARD_TEST_CRDS";

  private static final KubernetesSerialization YAML = new KubernetesSerialization();
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String SEEN =
      ", count: 9, first: 2026-03-02, last: 2026-03-09, pods: 3, starts: 3 }\n";

  @TempDir private Path folder;

  @BeforeEach
  void model() throws IOException {
    Policies.copyDefault(folder);
    StringBuilder text =
        new StringBuilder(
            """
            workload: { cluster: prod, namespace: shop, kind: Deployment, name: web, container: nginx }
            mode: observing
            observed: { from: 2026-03-02T09:00:00Z, to: 2026-03-09T09:00:00Z, changed: 2026-03-02T09:00:12Z }
            starts: [a, b, c]
            covers: [programs, listeners, peers, files]
            """);
    add(text, "programs", "path: /usr/sbin/nginx, parent: /bin/init", "path: \"/opt/app-*/run\"");
    add(text, "listeners", "protocol: tcp, port: 8080", "protocol: udp, port: ephemeral");
    add(
        text,
        "peers",
        "service: shop/cache, port: 6379",
        "service: default/kubernetes, port: 443",
        "dns: api.example.com, port: 443",
        "dns: other.example.com",
        "network: 203.0.113.0/24, port: 443",
        "network: \"2001:db8::/48\", port: any",
        "network: 169.254.169.254/32, port: 80",
        "network: private, port: ephemeral",
        "network: public, port: 443");
    add(text, "files", "path: /etc/cron.d/renew", "path: \"/usr/bin/tool-*\"");
    Files.writeString(
        Files.createDirectories(folder.resolve("models")).resolve("web.yaml"), text.toString());
  }

  private static void add(StringBuilder text, String kind, String... entries) {
    text.append(kind).append(":\n");
    for (String entry : entries) {
      text.append("  - { ").append(entry).append(SEEN);
    }
  }

  private List<JsonNode> exported(String engine, boolean enforce) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "model",
                "export",
                "--policy",
                folder.toString(),
                "--as",
                engine,
                "--selector",
                "app=web",
                "--force"));
    if (enforce) {
      arguments.add("--enforce");
    }
    arguments.add("prod/shop/Deployment/web/nginx");
    Shell.Result result = new Shell().run(arguments.toArray(String[]::new));
    assertEquals(0, result.code(), result.err());
    return Stream.of(result.out().split("(?m)^---$"))
        .map(text -> JSON.<JsonNode>valueToTree(YAML.unmarshal(text, Map.class)))
        .toList();
  }

  /** The schema of a version of a kind, in the file that defines it. */
  private static Optional<JsonNode> schema(Path crds, String kind, String version)
      throws IOException {
    try (Stream<Path> files = Files.list(crds)) {
      for (Path file : files.sorted().toList()) {
        JsonNode crd = JSON.valueToTree(YAML.unmarshal(Files.readString(file), Map.class));
        if (crd.at("/spec/names/kind").asText().equals(kind)) {
          for (JsonNode one : crd.at("/spec/versions")) {
            if (one.path("name").asText().equals(version)) {
              return Optional.of(one.at("/schema/openAPIV3Schema"));
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Adds strict field validation to a schema, as an API server does: an unknown field is an error.
   * It considers only the structure, not alternatives such as {@code oneOf}.
   */
  private static void close(JsonNode schema) {
    if (schema instanceof ObjectNode object) {
      if (object.path("properties").isObject()
          && !object.has("additionalProperties")
          && !object.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
        object.put("additionalProperties", false);
      }
      object.path("properties").forEach(ExportedPolicySchemaTest::close);
      close(object.path("items"));
      close(object.path("additionalProperties"));
    }
  }

  @Test
  void thePolicyThatRecordsSystemCallsIsValidByTheSchemaOfTetragon() throws IOException {
    String crds = System.getenv(CRDS);
    assumeTrue(crds != null && !crds.isEmpty(), "set " + CRDS);
    JsonNode open = schema(Path.of(crds), "TracingPolicyNamespaced", "v1alpha1").orElseThrow();
    close(open);
    Path shipped = ContractFiles.root().resolve("sensor/chart/tetragon-system-calls.yaml");
    JsonNode policy = JSON.valueToTree(YAML.unmarshal(Files.readString(shipped), Map.class));
    JsonSchema schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4).getSchema(open);
    assertEquals(List.of(), List.copyOf(schema.validate(policy)), policy::toPrettyString);
  }

  @ParameterizedTest
  @CsvSource({
    "ciliumnetworkpolicy, CiliumNetworkPolicy,      cilium.io/v2",
    "tetragon,            TracingPolicyNamespaced,  cilium.io/v1alpha1",
    "kubearmor,           KubeArmorPolicy,          security.kubearmor.com/v1",
  })
  void aPolicyIsValidByTheSchemaOfItsEngine(String engine, String kind, String apiVersion)
      throws IOException {
    String crds = System.getenv(CRDS);
    assumeTrue(crds != null && !crds.isEmpty(), "set " + CRDS);
    Optional<JsonNode> found =
        schema(Path.of(crds), kind, apiVersion.substring(apiVersion.indexOf('/') + 1));
    assertTrue(found.isPresent(), "no file in " + crds + " defines " + kind);
    JsonNode open = found.get();
    close(open);
    JsonSchema schema = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4).getSchema(open);

    for (boolean enforce : new boolean[] {false, true}) {
      for (JsonNode policy : exported(engine, enforce)) {
        assertEquals(apiVersion, policy.path("apiVersion").asText());
        assertEquals(kind, policy.path("kind").asText());
        assertEquals(List.of(), List.copyOf(schema.validate(policy)), policy::toPrettyString);

        ObjectNode wrong = policy.deepCopy();
        wrong.withObject("spec").put("selectr", "x");
        assertFalse(schema.validate(wrong).isEmpty(), "an unknown field is an error");
      }
    }
  }
}
