package io.cattleguard.events;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The recorded events outside the repository. A test that needs them is skipped without them. */
public final class Corpora {
  private Corpora() {}

  /**
   * The folder: CATTLEGUARD_CORPORA (property or environment variable), or shared/corpora beside
   * the checkout.
   */
  public static Path folder() {
    String named = System.getProperty("CATTLEGUARD_CORPORA", System.getenv("CATTLEGUARD_CORPORA"));
    Path folder =
        named != null ? Path.of(named) : ContractFiles.root().resolve("../shared/corpora");
    Assumptions.assumeTrue(
        Files.isDirectory(folder), "no recorded events: set CATTLEGUARD_CORPORA to their folder");
    return folder.normalize();
  }

  /** The recorded files of some of its folders, in order. */
  public static List<Path> files(String... folders) {
    Path all = folder();
    return Stream.of(folders)
        .flatMap(folder -> walk(all.resolve(folder)))
        .filter(file -> file.toString().endsWith(".json") || file.toString().endsWith(".txt"))
        .sorted()
        .toList();
  }

  /** The text of a recorded file. */
  public static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<Path> walk(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
