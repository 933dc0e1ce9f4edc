package io.cattleguard.app.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.policy.Policy;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.edge.policy.PolicyError;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.route.Secrets;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class CheckCommandTest {
  private static final Path SHIPPED = ContractFiles.root().resolve("policy");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private String check(Map<String, String> variables) {
    assertEquals(0, check(SHIPPED, variables), out::toString);
    return out.toString(StandardCharsets.UTF_8).replaceAll("\\s+", " ");
  }

  private int check(Path directory, Map<String, String> variables) {
    PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
    Surroundings surroundings =
        Surroundings.of(
            new ByteArrayInputStream(new byte[0]), printed, printed, Map.of(), new Properties());
    Secrets secrets = name -> Optional.ofNullable(variables.get(name));
    return new CommandLine(new CheckCommand(surroundings, secrets))
        .execute("--policy", directory.toString());
  }

  @Test
  void aDestinationOfWhichAPartIsSetIsNamedWithWhatIsMissing() {
    String text = check(Map.of("CATTLEGUARD_SPLUNK_URL", "https://splunk.example.com"));

    assertTrue(
        text.contains(
            "warning: destination 'siem' is incomplete: CATTLEGUARD_SPLUNK_TOKEN is not set, so its"
                + " messages wait"),
        text);
    assertFalse(text.contains("security-channel"), text);
    assertTrue(text.contains("is valid"), text);
  }

  @Test
  void aSourceThatNoAlertHasIsNamedWithItsFileAndLine(@TempDir Path directory) throws IOException {
    Files.createDirectories(directory.resolve("playbooks"));
    Files.createDirectories(directory.resolve("sources"));
    copy("scoring.yaml", directory);
    copy("routes.yaml", directory);
    copy("sources/wazuh.yaml", directory);
    Files.writeString(
        directory.resolve("suppressions.yaml"),
        """
        suppressions:
          - name: known
            reason: a test
            owner: platform-team
            expires: 2099-01-01
            cap: 5
            when:
              alert:
                source: [wazuh, prowler, { prefix: fal }, falcon]
                rule: [x]
          - name: other
            reason: a test
            owner: platform-team
            expires: 2099-01-01
            cap: 5
            when:
              alert:
                $or: [{ source: [{ anything-but: [tetragn] }] }, { rule: [x] }]
                rule: [y]
        """);

    List<PolicyError> errors = NeverMatching.in(directory, Policy.read(directory)).errors();

    assertEquals(List.of(9, 18), errors.stream().map(PolicyError::line).toList());
    assertEquals("suppressions.yaml", errors.getFirst().file());
    assertTrue(
        errors
            .getFirst()
            .message()
            .startsWith(
                "no event has the source 'falcon'; did you mean 'falco'? (known: access-analyzer,"),
        errors.getFirst().message());
    PolicyException refused =
        assertThrows(PolicyException.class, () -> PolicyCheck.read(directory));
    assertEquals(errors, refused.errors());
    assertNotEquals(0, check(directory, Map.of()));
  }

  private static void copy(String file, Path to) throws IOException {
    Files.copy(SHIPPED.resolve(file), to.resolve(file));
  }

  @Test
  void destinationsThatNobodyHasSetAreNotWarnedOf() {
    assertFalse(check(Map.of()).contains("warning"));
  }
}
