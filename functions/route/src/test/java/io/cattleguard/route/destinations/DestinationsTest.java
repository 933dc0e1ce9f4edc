package io.cattleguard.route.destinations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cattleguard.route.DestinationType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class DestinationsTest {
  private static final Path MODULE =
      Path.of(System.getProperty("cattleguard.root", "../..")).resolve("functions/route");

  static List<String> types() {
    return Destinations.TYPES.stream().map(DestinationType::name).toList();
  }

  @Test
  void noTwoTypesHaveOneName() {
    Set<String> names = new HashSet<>(types());

    assertEquals(names.size(), types().size());
  }

  @ParameterizedTest
  @MethodSource("types")
  void everyTypeHasARowInTheReadme(String type) throws IOException {
    assertTrue(Files.readString(MODULE.resolve("README.md")).contains("\n| `" + type + "` | "));
  }

  @ParameterizedTest
  @MethodSource("types")
  void everyTypePassesTheContract(String type) throws IOException {
    try (Stream<Path> sources = Files.walk(MODULE.resolve("src/test/java"))) {
      List<Path> tests =
          sources
              .filter(path -> path.toString().endsWith("Test.java"))
              .filter(path -> isContractOf(type, path))
              .toList();

      assertEquals(1, tests.size(), "tests that extend PolicyDestinationContract: " + tests);
    }
  }

  private static boolean isContractOf(String type, Path path) {
    try {
      String source = Files.readString(path);
      return source.contains(" extends PolicyDestinationContract ")
          && source.contains("type: " + type + ",");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
