package io.cattleguard.models;

/** Knows which paths of a workload are on volumes, such as a sensor that reads the pods' mounts. */
@FunctionalInterface
public interface Volumes {
  /** Knows none. */
  Volumes UNKNOWN = (workload, path) -> false;

  /** Whether a path is on a volume, whose content is the workload's own concern. */
  boolean isOnVolume(Workload workload, String path);
}
