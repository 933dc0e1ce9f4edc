package io.cattleguard.app.deployment;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.policy.PolicyException;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.policy.PolicyNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The file that names a person's deployments, so that a command needs one word in place of its
 * options.
 *
 * @param chosen the profile that applies if a command names none
 */
record Profiles(Optional<String> chosen, Map<String, Deployment> byName) {
  private static final String FILE = "profiles.yaml";

  Profiles {
    byName = Map.copyOf(byName);
  }

  /**
   * Where the file is: {@code CATTLEGUARD_PROFILES}, or {@code cattleguard/profiles.yaml} in the
   * folder of the user's settings.
   *
   * @see <a href="https://specifications.freedesktop.org/basedir-spec/latest/">XDG Base Directory
   *     Specification</a>
   */
  static Path file(Map<String, String> environment) {
    String named = environment.getOrDefault("CATTLEGUARD_PROFILES", "");
    if (!named.isEmpty()) {
      return Path.of(named).toAbsolutePath();
    }
    String settings = environment.getOrDefault("XDG_CONFIG_HOME", "");
    Path folder =
        settings.startsWith("/")
            ? Path.of(settings)
            : Path.of(System.getProperty("user.home", "")).resolve(".config");
    return folder.resolve("cattleguard").resolve(FILE).toAbsolutePath();
  }

  /**
   * Reads the file; without one there are no profiles.
   *
   * @throws UsageError naming every error with its line
   */
  static Profiles read(Path file) {
    if (!Files.isRegularFile(file)) {
      return new Profiles(Optional.empty(), Map.of());
    }
    Path folder = file.getParent();
    Path name = file.getFileName();
    if (folder == null || name == null) {
      throw new UsageError(file + ": not a file");
    }
    try {
      return new PolicyFiles(folder)
          .file(name.toString())
          .map(Profiles::read)
          .orElseGet(() -> new Profiles(Optional.empty(), Map.of()));
    } catch (PolicyException e) {
      throw new UsageError("profiles in " + folder + ":\n" + e.getMessage());
    }
  }

  private static Profiles read(PolicyNode node) {
    PolicyNode.Mapping keys = node.mapping("default", "profiles");
    PolicyNode.Mapping entries = keys.required("profiles").anyMapping();
    Map<String, Deployment> all = new LinkedHashMap<>();
    for (String name : entries.keys()) {
      all.put(name, deployment(entries.required(name)));
    }
    Optional<PolicyNode> chosen = keys.optional("default");
    chosen.ifPresent(
        one -> {
          if (!all.containsKey(one.text())) {
            throw one.wrong(
                "no profile has that name; there are " + String.join(", ", all.keySet()));
          }
        });
    return new Profiles(chosen.map(PolicyNode::text), all);
  }

  private static Deployment deployment(PolicyNode node) {
    PolicyNode.Mapping keys = node.mapping("data", "name", "region");
    Optional<PolicyNode> data = keys.optional("data");
    if (data.isEmpty()) {
      return new Deployment.Stack(
          keys.optional("name").map(PolicyNode::text).orElse(Deployment.Stack.DEFAULT_NAME),
          Optional.of(keys.required("region").text()));
    }
    if (keys.optional("name").isPresent() || keys.optional("region").isPresent()) {
      throw node.wrong("either data, for a running up, or name and region, for a stack in AWS");
    }
    return new Deployment.Up(Path.of(data.get().text()));
  }

  /**
   * The deployment of that name.
   *
   * @throws UsageError if there is none
   */
  Deployment named(String name, Path file) {
    Deployment found = byName.get(name);
    if (found == null) {
      throw new UsageError(
          byName.isEmpty()
              ? "no profile named '" + name + "': " + file + " has none"
              : "no profile named '"
                  + name
                  + "' in "
                  + file
                  + "; it has "
                  + String.join(", ", byName.keySet().stream().sorted().toList()));
    }
    return found;
  }
}
