package io.cattleguard.score;

import java.util.Optional;

/** What is remembered of each workload; written only if nobody else has written since. */
public interface WorkloadHistories {

  /** The state last known of a workload: a hint that may be stale or missing. */
  Optional<WorkloadHistory> recall(String workload);

  /**
   * Stores a state if nobody else has stored one since.
   *
   * @param expectedVersion the version the new state was made from, 0 where there was none
   * @return empty when stored; else the state that stands there now
   */
  Optional<WorkloadHistory> store(WorkloadHistory next, long expectedVersion);
}
