package io.cattleguard.app.permissions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.ContractFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PermissionsTest {
  @TempDir private Path policy;

  @Test
  void eachActionIsShownWithWhatItReadsAndChanges() {
    Shell.Result result = new Shell().run("permissions");

    assertEquals(0, result.code(), result.err());
    for (String line :
        List.of("delete-pod", "  changes  pods: delete", "  reads    ec2:DescribeInstances")) {
      assertTrue(result.out().contains(line), result::out);
    }
  }

  @Test
  void asJsonEachActionIsALineWithItsPermissionsAndItsGuards() {
    List<JsonNode> lines =
        new Shell().run("permissions", "--json").out().lines().map(Shell::parse).toList();

    assertEquals("isolate-pod", lines.getFirst().path("action").asText());
    assertTrue(lines.getFirst().path("guards").toString().contains("\"host network\""));
    assertTrue(lines.stream().allMatch(line -> line.path("permissions").size() > 1));
  }

  @ParameterizedTest
  @CsvSource({
    "rbac, kubernetes/rbac.yaml",
    "respond, kubernetes/respond.yaml",
    "admission, kubernetes/admission.yaml",
    "terraform, terraform/respond-aws.statements.json",
    "admission, ../app/chart/files/admission.yaml"
  })
  void theFilesThatShipAreWhatItWrites(String kind, String file) throws IOException {
    assertEquals(
        Files.readString(ContractFiles.root().resolve("infra").resolve(file)),
        new Shell().run("permissions", "--as", kind).out());
  }

  @Test
  void theChartHasTheRulesOfTheRole() throws IOException {
    String rbac = new Shell().run("permissions", "--as", "rbac").out();
    String rules = rbac.substring(rbac.indexOf("\nrules:\n") + "\nrules:\n".length());

    assertEquals(
        rules.substring(0, rules.indexOf("---")),
        Files.readString(ContractFiles.root().resolve("app/chart/files/rules.yaml")));
  }

  @Test
  void onlyWhatAPolicyNeedsIsWritten() throws IOException {
    Files.createDirectories(policy.resolve("playbooks"));
    Files.writeString(policy.resolve("settings.yaml"), "protected-namespaces: [ingress-of-ours]\n");
    Files.writeString(
        policy.resolve("playbooks/one.yaml"),
        """
        name: one
        when: { alert: { class: [runtime] } }
        mode: enforce
        steps:
          - isolate-pod: {}
          - quarantine-instance: {}
        """);
    Files.writeString(
        policy.resolve("playbooks/two.yaml"),
        """
        name: two
        when: { alert: { class: [runtime] } }
        mode: observe
        steps:
          - cordon-node: {}
          - revoke-ingress: {}
        """);

    String rbac = ofPolicy("rbac");
    assertTrue(rbac.contains("resources: [pods]\n    verbs: [get, list, patch]\n"), rbac);
    assertTrue(rbac.contains("resources: [nodes]\n    verbs: [get, list]\n"), rbac);
    assertFalse(rbac.contains("/scale"), rbac);
    String admission = ofPolicy("admission");
    assertTrue(admission.contains("'ingress-of-ours'"), admission);
    assertTrue(
        admission.contains(
            "may only update pods, create and delete networkpolicies, and no other subresources"),
        admission);
    String iam = ofPolicy("iam");
    assertTrue(iam.contains("ec2:ModifyNetworkInterfaceAttribute"), iam);
    assertFalse(iam.contains("ec2:RevokeSecurityGroupIngress"), iam);
    assertTrue(iam.contains("ec2:DescribeSecurityGroupRules"), iam);
    assertEquals(
        List.of("isolate-pod", "quarantine-instance", "revoke-ingress", "cordon-node"),
        new Shell()
            .run("permissions", "--json", "--policy", policy.toString())
            .out()
            .lines()
            .map(line -> Shell.parse(line).path("action").asText())
            .toList());
  }

  private String ofPolicy(String kind) {
    Shell.Result result =
        new Shell().run("permissions", "--as", kind, "--policy", policy.toString());
    assertEquals(0, result.code(), result.err());
    return result.out();
  }

  @Test
  void aPolicyThatIsNotThereIsAMistake() {
    assertEquals(2, new Shell().run("permissions", "--policy", policy + "/none").code());
  }

  @Test
  void theStatementsOfIamAreAPolicy() {
    JsonNode policy = Shell.parse(new Shell().run("permissions", "--as", "iam").out());

    assertEquals("2012-10-17", policy.path("Version").asText());
    assertTrue(policy.path("Statement").size() >= 5);
  }

  @Test
  void whatIsNoKindIsAMistake() {
    assertEquals(2, new Shell().run("permissions", "--as", "helm").code());
  }
}
