package io.cattleguard.app.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.events.ContractFiles;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * Checks a policy with one mistake each: values that never match and keys that are ignored are
 * named with their file and line.
 */
final class PolicyMistakesTest {
  private static final Path RESOURCES =
      ContractFiles.root().resolve("app/src/test/resources/io/cattleguard/app/check");

  @TempDir Path directory;

  static Stream<Arguments> mistakes() throws IOException {
    return Files.readAllLines(RESOURCES.resolve("mistakes.txt")).stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(line -> line.split(" \\| ", -1))
        .map(parts -> Arguments.of(parts[0], parts[1], parts[2], parts[3]));
  }

  @ParameterizedTest(name = "{0}: {2}")
  @MethodSource("mistakes")
  void aMistakeIsNamedWithItsFileAndLine(String file, String right, String wrong, String expected)
      throws IOException {
    copy();
    String text = Files.readString(directory.resolve(file));
    int at = text.indexOf(unescaped(right));
    assertTrue(at >= 0 && text.indexOf(unescaped(right), at + 1) < 0, "once in the file: " + right);
    Files.writeString(directory.resolve(file), text.replace(unescaped(right), unescaped(wrong)));

    String said = check();

    assertTrue(said.contains(expected), wrong + "\n" + said);
    assertEquals(expected.startsWith("warning: "), said.contains(" is valid"), said);
  }

  /** The day in the file is far away, so that the file stays valid; that is a warning. */
  private void expireInAMonth() throws IOException {
    Path file = directory.resolve("suppressions.yaml");
    String soon = LocalDate.now(ZoneOffset.UTC).plusDays(30).toString();
    Files.writeString(file, Files.readString(file).replace("2099-01-31", soon));
  }

  private static String unescaped(String text) {
    return text.replace("\\n", "\n");
  }

  private void copy() throws IOException {
    Path policy = RESOURCES.resolve("policy");
    try (Stream<Path> files = Files.walk(policy)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path to = directory.resolve(policy.relativize(file).toString());
        Files.createDirectories(to.getParent());
        Files.copy(file, to);
      }
    }
  }

  @Test
  void theSamePolicyWithoutMistakesIsValid() throws IOException {
    copy();
    expireInAMonth();
    String said = check();

    assertTrue(said.contains(" is valid"), said);
    assertEquals(1, said.lines().count(), said);
  }

  @Test
  void aFileOrFolderThatNothingReadsIsNamed() throws IOException {
    copy();
    expireInAMonth();
    Files.writeString(directory.resolve("kustomization.yaml"), "resources: []\n");
    Files.writeString(directory.resolve("bad-peers.txt"), "203.0.113.7\n");
    Files.createDirectory(directory.resolve(".git"));
    String said = check();

    assertTrue(said.contains("warning: kustomization.yaml:1: nothing reads this file ("), said);
    assertTrue(said.contains(" is valid"), said);
    assertEquals(2, said.lines().count(), said);

    Files.writeString(directory.resolve("setting.yaml"), "protected-namespaces: [shop]\n");
    Files.createDirectory(directory.resolve("playbook"));
    String refused = check();

    assertTrue(
        refused.contains(
            "setting.yaml:1: nothing reads this file; did you mean 'settings.yaml'? ("),
        refused);
    assertTrue(
        refused.contains("playbook:1: nothing reads this folder; did you mean 'playbooks'? ("),
        refused);
    assertFalse(refused.contains(" is valid"), refused);
  }

  @Test
  void aFieldThatAMappingFillsWithAnotherFormIsAWarning() throws IOException {
    copy();
    Path source = directory.resolve("sources/own-tool.yaml");
    Files.writeString(
        source, Files.readString(source).replace("  pod: pod\n", "  workload: service\n"));
    Path suppressions = directory.resolve("suppressions.yaml");
    Files.writeString(
        suppressions, Files.readString(suppressions).replace("[Deployment/backup]", "[backup]"));
    String said = check();

    assertTrue(said.contains("warning: suppressions.yaml:14: no event has the workload"), said);
    assertTrue(said.contains(" is valid"), said);
  }

  private String check() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
    Surroundings surroundings =
        Surroundings.of(
            new ByteArrayInputStream(new byte[0]),
            printed,
            printed,
            Map.of("COLUMNS", "2000"),
            new Properties());
    new CommandLine(new CheckCommand(surroundings, name -> Optional.empty()))
        .setExecutionExceptionHandler(
            (e, command, parsed) -> {
              if (e instanceof PolicyException wrong) {
                wrong.errors().forEach(printed::println);
                return 1;
              }
              throw e;
            })
        .execute("--policy", directory.toString());
    return out.toString(StandardCharsets.UTF_8);
  }
}
