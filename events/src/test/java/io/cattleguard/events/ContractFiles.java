package io.cattleguard.events;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The folder {@code events/}: schemas, patterns, samples, as tests of every module read it. */
public final class ContractFiles {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private ContractFiles() {}

  /** The root of the checkout. */
  public static Path root() {
    return Path.of(System.getProperty("cattleguard.root", "..")).toAbsolutePath().normalize();
  }

  /** A folder of the contract: {@code schemas}, {@code patterns}, {@code samples}. */
  public static Path folder(String name) {
    return root().resolve("events").resolve(name);
  }

  /** Every file below a folder of the contract, by its path there, in order. */
  public static List<String> names(String folder) {
    Path root = folder(folder);
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> root.relativize(file).toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file of the contract, as text. */
  public static String text(String folder, String name) {
    try {
      return Files.readString(folder(folder).resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file of the contract, as JSON. */
  public static JsonNode json(String folder, String name) {
    try {
      return JSON.readTree(text(folder, name));
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }
}
