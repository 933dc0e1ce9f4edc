package io.cattleguard.app.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.events.ContractFiles;
import io.cattleguard.route.Secrets;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class CheckCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private String check(Map<String, String> variables) {
    PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
    Surroundings surroundings =
        Surroundings.of(
            new ByteArrayInputStream(new byte[0]), printed, printed, Map.of(), new Properties());
    Secrets secrets = name -> Optional.ofNullable(variables.get(name));
    int code =
        new CommandLine(new CheckCommand(surroundings, secrets))
            .execute("--policy", ContractFiles.root().resolve("policy").toString());
    assertEquals(0, code, out::toString);
    return out.toString(StandardCharsets.UTF_8).replaceAll("\\s+", " ");
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
  void destinationsThatNobodyHasSetAreNotWarnedOf() {
    assertFalse(check(Map.of()).contains("warning"));
  }
}
