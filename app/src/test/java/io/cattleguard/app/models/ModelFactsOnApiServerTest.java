package io.cattleguard.app.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.testing.Shell;
import io.cattleguard.models.ClusterFacts;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** A real API server names its own service. */
@EnabledIfEnvironmentVariable(named = "CATTLEGUARD_TEST_KUBECONFIG", matches = ".+")
final class ModelFactsOnApiServerTest {
  @Test
  void theServiceOfTheApiServerIsKnownByItsAddress() {
    Shell.Result result =
        new Shell()
            .run("model", "facts", "--kubeconfig", System.getenv("CATTLEGUARD_TEST_KUBECONFIG"));
    assertEquals(0, result.code(), result.err());
    ClusterFacts facts = ClusterFacts.parse(result.out());
    Optional<String> address =
        facts.services().entrySet().stream()
            .filter(each -> each.getValue().equals("default/kubernetes"))
            .map(each -> each.getKey())
            .findFirst();
    assertTrue(address.isPresent(), result.out());
  }
}
