package io.cattleguard.respond.action;

import java.time.Duration;

/**
 * The maximum number of actions that a playbook may take per time window.
 *
 * @param max actions within the window, at least 1
 */
public record Budget(Per per, int max, Duration window) {
  /** Three actions per workload within ten minutes. */
  public static final Budget DEFAULT = new Budget(Per.WORKLOAD, 3, Duration.ofMinutes(10));

  /** The scope of a budget. */
  public enum Per {
    /** One budget per workload. */
    WORKLOAD,
    /** One budget per namespace. */
    NAMESPACE,
    /** One budget per cluster. */
    CLUSTER
  }
}
