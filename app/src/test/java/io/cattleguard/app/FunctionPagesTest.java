package io.cattleguard.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks that each function's Terraform page has the function's handler class and settings. */
final class FunctionPagesTest {
  private static final Path ROOT = Path.of(System.getProperty("cattleguard.root", ".."));
  private static final Pattern HANDLER = Pattern.compile("handler\\s*=\\s*\"([^\"]+)\"");
  private static final Pattern SETTING = Pattern.compile("(?m)^\\s*([A-Z][A-Z_]+)\\s*=");

  /** The name of a variable, in a class that reads the environment. */
  private static final Pattern ASKED = Pattern.compile("\"([A-Z]+(?:_[A-Z]+)+)\"");

  /** A function is a module with a budget for its zip. */
  static List<String> functions() throws IOException {
    try (Stream<Path> folders = Files.list(ROOT.resolve("functions"))) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("zip-budget")))
          .map(folder -> folder.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  private static String page(String step) throws IOException {
    return Files.readString(ROOT.resolve("infra/terraform/" + step + ".tf"));
  }

  @ParameterizedTest
  @MethodSource("functions")
  void lambdaFindsTheHandlerAndCanMakeIt(String step) throws Exception {
    List<String> handlers = all(HANDLER, page(step));

    assertEquals(1, handlers.size(), handlers.toString());
    Class<?> handler = Class.forName(handlers.getFirst());
    assertTrue(
        Class.forName("com.amazonaws.services.lambda.runtime.RequestStreamHandler")
            .isAssignableFrom(handler));
    assertEquals(0, handler.getConstructor().getParameterCount());
  }

  @ParameterizedTest
  @MethodSource("functions")
  void aFunctionIsGivenWhatItAsksForAndNothingElse(String step) throws IOException {
    Set<String> asked = new TreeSet<>();
    for (String module : modules(step)) {
      Path folder = ROOT.resolve("functions/" + module + "/src/main/java");
      try (Stream<Path> sources = Files.walk(folder)) {
        for (Path source : sources.filter(Files::isRegularFile).toList()) {
          String text = Files.readString(source);
          if (text.contains("import io.cattleguard.edge.lambda.Env;")) {
            asked.addAll(all(ASKED, text));
          }
        }
      }
    }
    // set by Lambda
    asked.removeIf(name -> name.startsWith("AWS_"));

    assertEquals(asked, new TreeSet<>(all(SETTING, page(step))));
  }

  /** The modules that read a step's settings. Two modules read the settings of a responder. */
  private static List<String> modules(String step) {
    return step.startsWith("respond-") ? List.of("respond", step) : List.of(step);
  }

  private static List<String> all(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(result -> result.group(1)).toList();
  }
}
