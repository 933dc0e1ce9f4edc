package io.cattleguard.score;

import io.cattleguard.events.Incident;
import java.util.Optional;
import java.util.Set;

/**
 * The facts that the history of a subject has about an alert, as of the alert's time.
 *
 * @param newRule whether this is the rule's first alert on a subject that has been known for long
 *     enough
 * @param tactics the distinct MITRE tactics on the subject within the window, including the alert's
 * @param unavailable why the history is unavailable; empty if it is available
 * @param subject the kind of subject, in one word
 * @param novel the behaviour that is new for the subject and its image
 * @param days on how many days, without a longer gap, the rule fired on the subject; 0 if its image
 *     is new
 * @param incident the incident, empty if the alert has no history
 */
public record HistoryFacts(
    boolean newRule,
    Set<String> tactics,
    Optional<String> unavailable,
    String subject,
    Set<Novelty> novel,
    int days,
    Optional<Incident> incident) {
  /** Copies the sets. */
  public HistoryFacts {
    tactics = Set.copyOf(tactics);
    novel = Set.copyOf(novel);
  }

  /** Facts of an alert that has no subject, and so no history. */
  static HistoryFacts none() {
    return new HistoryFacts(
        false, Set.of(), Optional.empty(), "object", Set.of(), 0, Optional.empty());
  }

  static HistoryFacts unavailable(String reason) {
    return new HistoryFacts(
        false, Set.of(), Optional.of(reason), "object", Set.of(), 0, Optional.empty());
  }
}
