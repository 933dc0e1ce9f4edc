package io.cattleguard.app.deployment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.terminal.UsageError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Tests which deployment the options, the environment and the profiles select. */
final class DeploymentChoiceTest {
  private static final String PROFILES =
      """
      default: prod
      profiles:
        prod: { region: eu-central-1 }
        staging: { name: cg-staging, region: us-east-1 }
        laptop: { data: /var/lib/cattleguard }
      """;

  @TempDir private Path directory;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void profiles() throws IOException {
    write(PROFILES);
    environment.put("CATTLEGUARD_PROFILES", directory.resolve("profiles.yaml").toString());
  }

  private void write(String profiles) throws IOException {
    Files.writeString(directory.resolve("profiles.yaml"), profiles);
  }

  @Command(name = "any")
  private static final class Any {
    @Mixin private final DeploymentChoice choice;

    Any(Map<String, String> environment) {
      choice = new DeploymentChoice(environment);
    }
  }

  private DeploymentChoice choice(String options) {
    Any any = new Any(environment);
    new CommandLine(any).parseArgs(options.isBlank() ? new String[0] : options.split(" ", -1));
    return any.choice;
  }

  private static String words(Deployment deployment) {
    return switch (deployment) {
      case Deployment.Up up -> "up " + up.data();
      case Deployment.Stack stack ->
          "stack " + stack.name() + stack.region().map(one -> " " + one).orElse("");
    };
  }

  @ParameterizedTest
  @CsvSource({
    "'', '', '', stack cattleguard eu-central-1",
    "'', /data, '', up /data",
    "'', '', laptop, up /var/lib/cattleguard",
    "'', /data, laptop, up /data",
    "--profile staging, /data, laptop, stack cg-staging us-east-1",
    "--profile laptop, '', staging, up /var/lib/cattleguard",
    "--profile prod --region us-west-2, '', '', stack cattleguard us-west-2",
    "--data /other, /data, staging, up /other",
    "--name blue, /data, staging, stack blue",
    "--region us-west-2, /data, '', stack cattleguard us-west-2",
    "--region us-west-2, '', staging, stack cg-staging us-west-2",
  })
  void theCommandLinePrecedesTheEnvironmentAndThatTheDefaultProfile(
      String options, String data, String profile, String expected) {
    environment.put("CATTLEGUARD_DATA", data);
    environment.put("CATTLEGUARD_PROFILE", profile);

    assertEquals(expected, words(choice(options).deployment()));
  }

  @Test
  void withoutAFileOrADefaultItIsTheStackOfTheDefaultName() throws IOException {
    Deployment expected = new Deployment.Stack("cattleguard", Optional.empty());

    write("profiles: { prod: { region: eu-central-1 } }");
    assertEquals(expected, choice("").deployment());
    Files.delete(directory.resolve("profiles.yaml"));
    assertEquals(expected, choice("").deployment());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--data /d --profile prod",
        "--data /d --name blue",
        "--data /d --region us-east-1",
        "--profile prod --name blue",
        "--profile laptop --region us-east-1",
        "--profile unknown",
      })
  void whatContradictsItselfIsAUsageError(String options) {
    assertThrows(UsageError.class, () -> choice(options).deployment());
  }

  @Test
  void anUnknownProfileIsToldWithThoseThatExist() {
    UsageError wrong = assertThrows(UsageError.class, () -> choice("--profile x").deployment());

    assertTrue(wrong.toString().contains("laptop, prod, staging"), wrong.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "default: gone\nprofiles: { prod: { region: eu-central-1 } }",
        "profiles: { prod: { name: blue } }",
        "profiles: { prod: { data: /d, region: eu-central-1 } }",
        "profiles: { prod: { regions: eu-central-1 } }",
        "stacks: {}",
      })
  void aFileThatIsWrongIsToldWithItsLine(String profiles) throws IOException {
    write(profiles);

    UsageError wrong = assertThrows(UsageError.class, () -> choice("").deployment());

    assertTrue(wrong.toString().contains("profiles.yaml:"), wrong.toString());
  }

  @Test
  void aCommandToPasteNamesTheSameDeployment() {
    assertEquals(" --profile staging", choice("--profile staging").inCommands());
    assertEquals(" --data '/a;b'", choice("--data /a;b").inCommands());
    assertEquals(" --region eu-central-1", choice("").inCommands());
    assertEquals(" --name blue", choice("--name blue").inCommands());
  }
}
