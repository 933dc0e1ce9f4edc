package io.cattleguard.app.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.testing.Policies;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests when missing permissions in the cluster are an error. */
final class UpClusterTest {
  @ParameterizedTest
  @CsvSource({"observe, false", "approve, true", "enforce, true"})
  void permissionsAreNeededIfAPlaybookActsAlsoAfterAnApproval(
      String mode, boolean acts, @TempDir Path policy) throws IOException {
    Policies.copyDefault(policy);
    Policies.deletePods(policy, "r");
    Policies.replace(policy.resolve("playbooks/reported.yaml"), "mode: enforce", "mode: " + mode);

    assertEquals(acts, UpCluster.acts(Policy.read(policy)));
  }
}
