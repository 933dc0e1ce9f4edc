package io.cattleguard.app.policy;

import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option {@code --policy DIR}, shared by all commands that read a policy. */
public final class PolicyOption {
  @Option(
      names = "--policy",
      paramLabel = "DIR",
      defaultValue = "${env:CATTLEGUARD_POLICY}",
      description = "Policy directory. Default: the one that ships with Cattleguard.")
  private @Nullable Path directory;

  /** The folder that the command names, if it names one. */
  public Optional<Path> named() {
    return Optional.ofNullable(directory);
  }

  public Path directory(Surroundings surroundings) {
    Path named = directory;
    if (named == null) {
      return surroundings.defaultPolicy();
    }
    return existing(named);
  }

  /**
   * The folder.
   *
   * @throws UsageError if there is none
   */
  public static Path existing(Path named) {
    if (!Files.isDirectory(named)) {
      throw new UsageError(
          "--policy "
              + named
              + (Files.exists(named) ? ": not a folder" : ": no such folder")
              + "; set a folder that has scoring.yaml and routes.yaml");
    }
    return named;
  }
}
