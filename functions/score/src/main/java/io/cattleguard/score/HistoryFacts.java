package io.cattleguard.score;

import java.util.Optional;
import java.util.Set;

/**
 * What the history of a workload says about an alert, as of the alert's time.
 *
 * @param newRule whether this is the rule's first alert on a workload that has been known for long
 *     enough
 * @param tactics the distinct MITRE tactics on the workload within the window, including the
 *     alert's
 * @param unavailable why the history is unavailable; empty if it is available
 */
public record HistoryFacts(boolean newRule, Set<String> tactics, Optional<String> unavailable) {
  /** Copies the set. */
  public HistoryFacts {
    tactics = Set.copyOf(tactics);
  }

  /** Facts of an alert that has no workload, and so no history. */
  static HistoryFacts none() {
    return new HistoryFacts(false, Set.of(), Optional.empty());
  }

  static HistoryFacts unavailable(String reason) {
    return new HistoryFacts(false, Set.of(), Optional.of(reason));
  }
}
