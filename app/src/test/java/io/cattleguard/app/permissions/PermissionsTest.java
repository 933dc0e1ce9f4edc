package io.cattleguard.app.permissions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.ContractFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PermissionsTest {
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
    "terraform, terraform/respond-aws.statements.json"
  })
  void theFilesThatShipAreWhatItWrites(String kind, String file) throws IOException {
    assertEquals(
        Files.readString(ContractFiles.root().resolve("infra").resolve(file)),
        new Shell().run("permissions", "--as", kind).out());
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
