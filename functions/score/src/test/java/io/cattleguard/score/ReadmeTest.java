package io.cattleguard.score;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.edge.policy.PolicyNode;
import io.cattleguard.events.ContractFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The README names every weight. */
final class ReadmeTest {
  @Test
  void everyKeyOfTheScoringPolicyIsInTheReadme() throws IOException {
    String policy = Files.readString(ContractFiles.root().resolve("policy/scoring.yaml"));
    String readme = Files.readString(ContractFiles.root().resolve("functions/score/README.md"));
    List<String> missing =
        PolicyNode.read("scoring.yaml", policy).orElseThrow().anyMapping().keys().stream()
            .filter(key -> !readme.contains("`" + key + "`"))
            .toList();
    assertEquals(List.of(), missing);
  }
}
