package io.cattleguard.app.testing;

import io.cattleguard.events.ContractFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Copies of the default policy that a test can change. */
public final class Policies {
  private Policies() {}

  public static Path defaultPolicy() {
    return ContractFiles.root().resolve("policy");
  }

  public static void copyDefault(Path directory) throws IOException {
    for (Path file : files(defaultPolicy())) {
      Path copy = directory.resolve(defaultPolicy().relativize(file).toString());
      Files.createDirectories(copy.getParent());
      Files.copy(file, copy);
    }
  }

  /** Replaces all playbooks by one that deletes the pod of every alert of a rule. */
  public static void deletePods(Path policy, String rule) throws IOException {
    for (Path playbook : files(policy.resolve("playbooks"))) {
      Files.delete(playbook);
    }
    Files.writeString(
        policy.resolve("playbooks/reported.yaml"),
        """
        name: reported
        when:
          alert: { class: [runtime], rule: [%s] }
        mode: enforce
        freshness: 10m
        steps:
          - delete-pod: { grace: 1s }
        budget: { per: cluster, max: 1000, window: 10m }
        """
            .formatted(rule));
    raiseCaps(policy);
  }

  /**
   * Sets the hourly caps and the limit of repeats so high that no test reaches them by accident.
   */
  public static void raiseCaps(Path policy) throws IOException {
    Files.writeString(
        policy.resolve("settings.yaml"),
        """
        hourly-caps: { workload: 1000, namespace: 1000, cluster: 1000 }
        repeat-offender: { max: 1000 }
        """);
  }

  /** Replaces the first occurrence of a text, which must exist. */
  public static void replace(Path file, String text, String by) throws IOException {
    String before = Files.readString(file);
    int at = before.indexOf(text);
    if (at < 0) {
      throw new IllegalArgumentException(file + " does not hold " + text);
    }
    Files.writeString(file, before.substring(0, at) + by + before.substring(at + text.length()));
  }

  /** Removes all lists of tests; each is the last key of its mapping. */
  public static void dropTests(Path directory) throws IOException {
    for (Path file : files(directory)) {
      StringBuilder kept = new StringBuilder();
      int within = -1;
      for (String line : Files.readAllLines(file)) {
        int indent = line.length() - line.stripLeading().length();
        if (within >= 0 && !line.isBlank() && indent <= within) {
          within = -1;
        }
        if (within < 0 && line.strip().equals("tests:")) {
          within = indent;
        }
        if (within < 0) {
          kept.append(line).append('\n');
        }
      }
      Files.writeString(file, kept);
    }
  }

  public static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }
}
