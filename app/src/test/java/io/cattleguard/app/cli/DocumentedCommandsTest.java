package io.cattleguard.app.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.events.ContractFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;

/** The commands that the documents show exist, with the options that they show. */
final class DocumentedCommandsTest {
  private static final String LAUNCHER = "./cattleguard ";
  private static final Pattern WORD = Pattern.compile("\"[^\"]*\"|'[^']*'|\\S+");

  /** A command in a sentence, which may leave out required options. */
  private static final Pattern SPAN = Pattern.compile("`\\./cattleguard ([a-z][^`]*)`");

  /** What ends a command in a shell. */
  private static final Pattern END = Pattern.compile("\\s(#|\\||&&|>|;|&).*|;\\s.*|\\)$");

  static List<String> commands() throws IOException {
    Path root = ContractFiles.root();
    List<Path> documents;
    try (Stream<Path> all = Files.walk(root)) {
      documents =
          all.filter(file -> file.toString().endsWith(".md"))
              .filter(file -> !root.relativize(file).toString().contains("target/"))
              .toList();
    }
    List<String> commands = new ArrayList<>();
    for (Path document : documents) {
      boolean fenced = false;
      for (String line : Files.readString(document).replace("\\\n", " ").lines().toList()) {
        fenced = line.strip().startsWith("```") != fenced;
        if (!fenced) {
          SPAN.matcher(line)
              .results()
              .map(span -> span.group(1))
              .filter(command -> !command.contains("$") && !command.contains("…"))
              .map(command -> END.matcher(command).replaceAll(""))
              .forEach(command -> commands.add(root.relativize(document) + ": " + command));
        }
        int at = line.indexOf(LAUNCHER);
        // A shell's variable may stand for anything.
        if (fenced && at >= 0 && !line.contains("$")) {
          String command = END.matcher(line.substring(at + LAUNCHER.length())).replaceAll("");
          commands.add(root.relativize(document) + ": " + command.strip());
        }
      }
    }
    return commands;
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aDocumentedCommandIsUnderstood(String documented) {
    List<String> words = new ArrayList<>();
    Matcher matcher = WORD.matcher(documented.substring(documented.indexOf(": ") + 2));
    while (matcher.find()) {
      words.add(matcher.group().replaceAll("^[\"']|[\"']$", ""));
    }
    CommandLine commands =
        Main.commands(
            Surroundings.of(
                InputStream.nullInputStream(),
                new PrintStream(OutputStream.nullOutputStream()),
                new PrintStream(OutputStream.nullOutputStream()),
                Map.of(),
                new Properties()));
    try {
      commands.parseArgs(words.toArray(String[]::new));
    } catch (MissingParameterException e) {
      // A sentence names the command only.
    } catch (ParameterException e) {
      fail(documented + ": " + e.getMessage());
    }
  }

  @Test
  void documentsShowCommands() throws IOException {
    List<String> commands = commands();
    assertTrue(commands.size() > 20, commands::toString);
  }
}
