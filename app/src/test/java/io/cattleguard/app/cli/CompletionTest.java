package io.cattleguard.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.testing.Shell;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares a shell's suggestions with the help. */
final class CompletionTest {
  private static final Pattern COMMAND = Pattern.compile("(?m)^  ([a-z]+) +[A-Z]");
  private static final Pattern OPTION = Pattern.compile("(?m)^ +(?:-[a-zA-Z], )?(--[a-z0-9-]+)");

  @TempDir private Path folder;

  static Set<String> commands() {
    return named(COMMAND, new Shell().run("--help").out());
  }

  @Test
  void everyCommandIsSuggested() throws IOException, InterruptedException {
    assertTrue(commands().containsAll(List.of("demo", "sensor", "completion")));
    assertEquals(commands(), suggested(""));
  }

  @Test
  void everyOptionOfTheWholeIsSuggested() throws IOException, InterruptedException {
    assertEquals(Set.of("--help", "--version", "--debug"), suggested("--"));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyOptionOfACommandIsSuggested(String command) throws IOException, InterruptedException {
    Set<String> options = named(OPTION, help(command));

    assertTrue(options.contains("--help"), options::toString);
    assertEquals(options, suggested(command, "--"));
  }

  @ParameterizedTest(name = "cattleguard {0} -> {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          repl                      | replay
          permissions --as r        | rbac respond
          completion z              | zsh
          sensor --spool-sync c     | commit
          sensor --flush-severity f | fatal
          up --kubeconfig pom.      | pom.xml
          """)
  void valuesAndFilesAreSuggested(String line, String values)
      throws IOException, InterruptedException {
    assertEquals(
        Stream.of(values.split(" ")).collect(Collectors.toSet()), suggested(line.split(" ")));
  }

  @Test
  void oneScriptServesBothShells() {
    Shell.Result result = new Shell().run("completion", "bash");

    assertEquals(0, result.code(), result.err());
    assertTrue(result.out().contains("bashcompinit"), result.out());
    assertEquals(result, new Shell().run("completion", "zsh"));
  }

  /** The launcher starts the sensor's own main class. */
  private static String help(String command) {
    if (!command.equals("sensor")) {
      return new Shell().run(command, "--help").out();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
    assertEquals(0, io.cattleguard.sensor.cli.Main.run(printed, printed, "--help"));
    return out.toString(StandardCharsets.UTF_8);
  }

  private static Set<String> named(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map((MatchResult found) -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** What bash suggests for the last of these words. */
  private Set<String> suggested(String... words) throws IOException, InterruptedException {
    Path script =
        Files.writeString(folder.resolve("it"), new Shell().run("completion", "bash").out());
    String line = Stream.of(words).map(word -> "'" + word + "'").collect(Collectors.joining(" "));
    Process bash =
        new ProcessBuilder(
                "bash",
                "-c",
                """
                source '%s'
                COMP_WORDS=(cattleguard %s)
                COMP_CWORD=%d
                _complete_cattleguard
                printf '%%s\\n' "${COMPREPLY[@]}"
                """
                    .formatted(script, line, words.length))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String out = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    bash.waitFor();
    return out.lines().map(String::strip).collect(Collectors.toCollection(TreeSet::new));
  }
}
