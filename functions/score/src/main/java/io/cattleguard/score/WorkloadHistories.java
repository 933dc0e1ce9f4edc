package io.cattleguard.score;

import java.util.Optional;

/** Store of workload histories, with compare-and-set writes. */
public interface WorkloadHistories {

  /** Returns the last known state of a workload: a hint that may be stale or missing. */
  Optional<WorkloadHistory> recall(String workload);

  /** Reads the current state of a subject. Only alerts of several objects need it. */
  Optional<WorkloadHistory> current(String workload);

  /**
   * Stores a state, unless another writer has stored one since.
   *
   * @param expectedVersion the version that the new state is based on, 0 for none
   * @return empty if stored; otherwise the state that is stored now
   */
  Optional<WorkloadHistory> store(WorkloadHistory next, long expectedVersion);
}
