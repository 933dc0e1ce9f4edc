package io.cattleguard.app.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.server.UpOnApiServerTest;
import io.cattleguard.app.testing.Shell;
import io.cattleguard.app.wire.KubectlBackend;
import io.cattleguard.events.ContractFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** Checks permissions in a cluster, against the API server for tests. */
@Tag("cluster")
@EnabledIfEnvironmentVariable(
    named = UpOnApiServerTest.KUBECONFIG,
    matches = ".+",
    disabledReason = "it names no API server that is meant for tests")
final class DoctorOnApiServerTest {
  private final String kubeconfig = String.valueOf(System.getenv(UpOnApiServerTest.KUBECONFIG));
  private KubectlBackend granted;

  @BeforeEach
  void grantWhatTheManifestDoes() throws Exception {
    granted = new KubectlBackend(Path.of(kubeconfig));
  }

  @AfterEach
  void takeItBack() throws Exception {
    granted.close();
  }

  private Shell.Result doctor(String group) {
    return new Shell()
        .run("doctor", "--kubeconfig", kubeconfig, "--kubernetes-group", group, "--json");
  }

  @Test
  void theGroupsOfTheManifestMayDoAllThatRespondNeeds() throws Exception {
    String respond = granted.group().orElseThrow();
    for (String group : new String[] {respond, respond.replace("-respond", "-observe")}) {
      // The API server takes a moment to apply new roles.
      for (int i = 0; i < 100 && doctor(group).code() != 0; i++) {
        Thread.sleep(50);
      }
      Shell.Result result = doctor(group);
      assertEquals(0, result.code(), result.out());
      assertTrue(result.json().path("sound").asBoolean());
    }
  }

  @Test
  void aGroupWithoutPermissionsIsAProblemThatNamesEachVerb() {
    Shell.Result result = doctor("nobody-respond");
    assertEquals(1, result.code());
    String says = result.json().path("checks").get(0).path("says").asText();
    assertTrue(says.contains("nobody-respond may not delete pods in group ''"), says);
    assertTrue(says.contains("nobody-respond may not list poddisruptionbudgets"), says);
    assertTrue(says.endsWith("apply infra/kubernetes/respond.yaml"), says);
  }

  /** The policy that ships has the action. */
  @Test
  void aMissingPolicyForRevokedTokensIsAProblemOfAPolicyThatRevokes() throws Exception {
    String ships = ContractFiles.root().resolve("policy").toString();
    String without = "not installed; apply infra/kubernetes/admission.yaml; revoke-service-account";
    String name = "validatingadmissionpolicy/cattleguard-revoked";
    kubectl("delete", "--ignore-not-found", name);
    Shell.Result missing = new Shell().run("doctor", "--kubeconfig", kubeconfig, "--policy", ships);
    assertTrue(missing.out().contains(without), missing.out());
    assertEquals(1, missing.code(), missing.out());
    Shell.Result any = new Shell().run("doctor", "--kubeconfig", kubeconfig);
    assertTrue(any.out().contains(without), any.out());
    assertEquals(0, any.code(), any.out());

    kubectl(
        "apply", "-f", ContractFiles.root().resolve("infra/kubernetes/admission.yaml").toString());
    try {
      Shell.Result there = new Shell().run("doctor", "--kubeconfig", kubeconfig, "--policy", ships);
      assertTrue(there.out().contains("is installed unchanged"), there.out());
      assertEquals(0, there.code(), there.out());
    } finally {
      kubectl(
          "delete",
          "-f",
          ContractFiles.root().resolve("infra/kubernetes/admission.yaml").toString());
    }
  }

  private void kubectl(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("kubectl", "--kubeconfig", kubeconfig));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
  }

  @Test
  void withoutAGroupTheKubeconfigsUserIsChecked() {
    Shell.Result result = new Shell().run("doctor", "--kubeconfig", kubeconfig);
    assertEquals(0, result.code(), result.out());
    assertTrue(result.out().startsWith("ok       cluster "), result.out());
    assertTrue(
        result.out().contains("cannot tell whether NetworkPolicy is enforced"), result.out());
  }
}
