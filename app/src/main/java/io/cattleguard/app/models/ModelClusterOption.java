package io.cattleguard.app.models;

import io.cattleguard.app.recording.ClusterOption;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The cluster of recorded events, which is a part of a workload's name. */
final class ModelClusterOption {
  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      description = "Name of the cluster in the models, for events that do not name one.")
  private @Nullable String cluster;

  /** The name, or null. */
  @Nullable String name() {
    return ClusterOption.checked(cluster);
  }
}
