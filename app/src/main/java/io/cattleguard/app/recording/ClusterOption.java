package io.cattleguard.app.recording;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.sensor.settings.OptionValue;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The cluster of recorded events, which is a part of fingerprints. */
public final class ClusterOption {
  private static final String OPTION = "--cluster";

  @Option(
      names = OPTION,
      paramLabel = "NAME",
      description =
          "Name of the cluster, for events that do not name one. With it, fingerprints are those of"
              + " its alerts.")
  private @Nullable String cluster;

  /** The name, or null. */
  public @Nullable String name() {
    return checked(cluster);
  }

  /**
   * A valid name, or null.
   *
   * @throws UsageError if it is no name of a cluster
   */
  public static @Nullable String checked(@Nullable String name) {
    try {
      return name == null ? null : OptionValue.cluster(OPTION, name);
    } catch (IllegalArgumentException e) {
      throw new UsageError(String.valueOf(e.getMessage()));
    }
  }
}
