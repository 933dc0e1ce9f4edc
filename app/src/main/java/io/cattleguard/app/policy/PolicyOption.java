package io.cattleguard.app.policy;

import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --policy DIR}, as every command that has a policy takes it. */
public final class PolicyOption {
  @Option(
      names = "--policy",
      paramLabel = "DIR",
      defaultValue = "${env:CATTLEGUARD_POLICY}",
      description = "The policy directory; without it, the one that comes with Cattleguard.")
  private @Nullable Path directory;

  public Path directory(Surroundings surroundings) {
    Path named = directory;
    if (named == null) {
      return surroundings.defaultPolicy();
    }
    if (!Files.isDirectory(named)) {
      throw new UsageError(
          "--policy " + named + ": no such folder; name one with scoring.yaml and routes.yaml");
    }
    return named;
  }
}
