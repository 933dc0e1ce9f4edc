package io.cattleguard.respond.action;

import java.time.Duration;

/**
 * How many actions a playbook may take within a time.
 *
 * @param max actions within the window, at least 1
 */
public record Budget(Per per, int max, Duration window) {
  /** No more than three actions on one workload within ten minutes. */
  public static final Budget DEFAULT = new Budget(Per.WORKLOAD, 3, Duration.ofMinutes(10));

  /** What shares a budget. */
  public enum Per {
    /** Each workload has its own. */
    WORKLOAD,
    /** All workloads of a namespace share one. */
    NAMESPACE,
    /** The whole cluster shares one. */
    CLUSTER
  }
}
