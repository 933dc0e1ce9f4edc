package io.cattleguard.app.check;

import io.cattleguard.edge.policy.PolicyError;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.text.ClosestWord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Finds files and folders of a policy directory that nothing reads. */
final class PolicyFolder {
  private static final List<String> FILES =
      List.of(
          "settings.yaml",
          "routes.yaml",
          "scoring.yaml",
          "suppressions.yaml",
          "inhibitions.yaml",
          "owners.yaml");

  private static final List<String> FOLDERS =
      List.of("playbooks", "detections", "sources", "models");

  private PolicyFolder() {}

  static void check(Path directory, Findings found) {
    try (Stream<Path> listing = Files.list(directory)) {
      listing.sorted().forEach(path -> entry(path, found));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Only YAML is a policy: events of tests and lists of addresses have other names. */
  private static void entry(Path path, Findings found) {
    String name = String.valueOf(path.getFileName());
    boolean isFolder = Files.isDirectory(path);
    List<String> known = isFolder ? FOLDERS : FILES;
    boolean isPolicy = isFolder || name.endsWith(".yaml") || name.endsWith(".yml");
    if (isPolicy && !name.startsWith(".") && !known.contains(name)) {
      String hint = ClosestWord.hint(name, known);
      PolicyError ignored =
          new PolicyError(
              HostileText.visible(name, 100),
              1,
              "nothing reads this "
                  + (isFolder ? "folder" : "file")
                  + hint
                  + " (known: "
                  + String.join(", ", known)
                  + ")");
      (hint.isEmpty() ? found.warnings() : found.errors()).add(ignored);
    }
  }
}
