package io.cattleguard.models;

/** Knows which paths of a workload are on volumes, such as {@link ClusterFacts}. */
@FunctionalInterface
public interface Volumes {
  /** Knows no entries. */
  Volumes UNKNOWN = (workload, path) -> false;

  /** Whether a path is on a volume, whose files models leave out. */
  boolean isOnVolume(Workload workload, String path);
}
