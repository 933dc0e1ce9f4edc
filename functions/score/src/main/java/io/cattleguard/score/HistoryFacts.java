package io.cattleguard.score;

import java.util.Optional;
import java.util.Set;

/**
 * What the past of a workload says about an alert, as of the alert's own time.
 *
 * @param newRule whether the rule was never seen on the workload before, although it has been
 *     watched for long enough to tell
 * @param tactics the distinct MITRE tactics seen on it lately, the alert's own among them
 * @param unavailable why nobody could tell, empty where the past is known
 */
public record HistoryFacts(boolean newRule, Set<String> tactics, Optional<String> unavailable) {
  /** Copies the set. */
  public HistoryFacts {
    tactics = Set.copyOf(tactics);
  }

  /** Nothing but the alert itself is known, and nothing else was to be known. */
  static HistoryFacts none() {
    return new HistoryFacts(false, Set.of(), Optional.empty());
  }

  static HistoryFacts unavailable(String reason) {
    return new HistoryFacts(false, Set.of(), Optional.of(reason));
  }
}
