package io.cattleguard.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.app.testing.Shell;
import io.cattleguard.events.ContractFiles;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the commands of README.md, and checks the links of every document. */
final class ReadmeTest {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");
  private static final String LAUNCHER = "./cattleguard ";

  private static List<String> commands() throws IOException {
    List<String> commands = new ArrayList<>();
    boolean fenced = false;
    for (String line : Files.readAllLines(ContractFiles.root().resolve("README.md"))) {
      if (line.startsWith("```")) {
        fenced = line.equals("```sh");
      } else if (fenced && !line.isBlank()) {
        commands.add(line.replaceAll("\\s+#.*", "").strip());
      }
    }
    return commands;
  }

  static List<String> launched() throws IOException {
    return commands().stream().filter(command -> command.startsWith(LAUNCHER)).toList();
  }

  @ParameterizedTest
  @MethodSource("launched")
  void everyCommandWorks(String command) {
    String[] arguments =
        Arrays.stream(command.substring(LAUNCHER.length()).split("\\s+"))
            .map(
                argument ->
                    argument.contains("/")
                        ? ContractFiles.root().resolve(argument).toString()
                        : argument)
            .toArray(String[]::new);

    Shell.Result result = new Shell().run(arguments);

    assertEquals(0, result.code(), result.err());
    assertEquals("", result.err());
    assertFalse(result.out().isBlank());
  }

  @Test
  void theTwoCommandsAreTheFirstTwo() throws IOException {
    assertEquals(List.of("./cattleguard demo", "./mvnw test"), commands().subList(0, 2));
  }

  @Test
  void theLauncherAndTheWrapperAreThereAndMayBeRun() {
    assertTrue(Files.isExecutable(ContractFiles.root().resolve("cattleguard")));
    assertTrue(Files.isExecutable(ContractFiles.root().resolve("mvnw")));
  }

  /** Every Markdown file of the checkout. */
  static List<String> documents() throws IOException {
    Path root = ContractFiles.root();
    Set<String> skipped = Set.of("target", ".git", "node_modules", ".terraform");
    List<String> documents = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return skipped.contains(String.valueOf(folder.getFileName()))
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".md")) {
              documents.add(root.relativize(file).toString());
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return documents;
  }

  @Test
  void everyModuleHasAReadme() throws IOException {
    List<String> documents = documents();
    List<String> modules =
        MODULE
            .matcher(Files.readString(ContractFiles.root().resolve("pom.xml")))
            .results()
            .map(module -> module.group(1))
            .toList();
    assertTrue(modules.contains("app"), modules::toString);
    for (String module : modules) {
      assertTrue(documents.contains(module + "/README.md"), module);
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyLinkLeadsToAFileAndItsHeading(String document) throws IOException {
    Path file = ContractFiles.root().resolve(document);
    List<String> broken = new ArrayList<>();
    Matcher links = LINK.matcher(Files.readString(file));
    while (links.find()) {
      String[] parts = links.group(1).split("#", 2);
      if (parts[0].startsWith("http")) {
        continue;
      }
      Path target = parts[0].isEmpty() ? file : file.resolveSibling(parts[0]);
      if (!Files.exists(target) || (parts.length > 1 && !hasHeading(target, parts[1]))) {
        broken.add(links.group(1));
      }
    }
    assertEquals(List.of(), broken);
  }

  private static boolean hasHeading(Path file, String anchor) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("^#+ ", "").toLowerCase(java.util.Locale.ROOT))
        .map(heading -> heading.replaceAll("[^a-z0-9 _-]", "").replace(' ', '-'))
        .anyMatch(anchor::equals);
  }
}
