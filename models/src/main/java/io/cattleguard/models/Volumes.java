package io.cattleguard.models;

/** Knows which paths of a workload are on volumes, such as {@link ClusterFacts}. */
@FunctionalInterface
public interface Volumes {
  /** Knows none. */
  Volumes UNKNOWN = (workload, path) -> false;

  /** Whether a path is on a volume, whose content is the workload's own concern. */
  boolean isOnVolume(Workload workload, String path);
}
