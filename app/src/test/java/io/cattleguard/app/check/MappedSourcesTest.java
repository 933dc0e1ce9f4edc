package io.cattleguard.app.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.testing.Policies;
import io.cattleguard.deduplicate.detections.DetectionRules;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The shipped mappings of other sources, with the tests in their files. */
final class MappedSourcesTest {
  private static final Path POLICY = Policies.defaultPolicy();

  @Test
  void everyShippedMappingReadsItsEventAndIgnoresTheOneThatIsNoAlert() {
    List<PolicyTests.Result> results =
        PolicyTests.run(POLICY, Policy.read(POLICY)).stream()
            .filter(result -> result.at().startsWith(DetectionRules.SOURCES))
            .toList();
    assertTrue(!results.isEmpty(), "no test was run");
    assertEquals(List.of(), results.stream().filter(one -> !one.failures().isEmpty()).toList());
  }

  @Test
  void eachHasAnEventThatIsAnAlertAndOneThatIsNone() {
    List<PolicyNode> files = new PolicyFiles(POLICY).folder(DetectionRules.SOURCES);
    assertTrue(!files.isEmpty());
    for (PolicyNode file : files) {
      List<PolicyNode> expected =
          file.anyMapping().required("tests").items().stream()
              .map(test -> test.anyMapping().required("expect"))
              .toList();
      assertTrue(expected.stream().anyMatch(one -> one.toJson().has("alert")), file.at());
      assertTrue(expected.stream().anyMatch(one -> one.toJson().has("ignored")), file.at());
    }
  }
}
