package io.cattleguard.respond.action;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * The maximum number of objects on which actions may be taken per time window. All actions on one
 * object count once.
 *
 * @param max objects within the window, at least 1
 */
public record Budget(Per per, int max, Duration window) {
  /** Three objects per workload within ten minutes. */
  public static final Budget DEFAULT = new Budget(Per.WORKLOAD, 3, Duration.ofMinutes(10));

  /** The scope of a budget. */
  public enum Per {
    /** One budget per workload. */
    WORKLOAD,
    /** One budget per namespace. */
    NAMESPACE,
    /** One budget per cluster. */
    CLUSTER;

    /** The name in policy files. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The group of objects that shares a budget with that object. */
    String share(Optional<? extends Subject> subject) {
      return switch (this) {
        case WORKLOAD -> subject.map(Subject::workload).orElse("unknown");
        case NAMESPACE -> subject.map(Subject::neighbourhood).orElse("unknown");
        case CLUSTER -> "cluster";
      };
    }
  }
}
