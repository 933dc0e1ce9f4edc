package io.cattleguard.events;

import java.time.Instant;

/**
 * An alert that deduplicate published, with the state of its problem.
 *
 * @param fingerprint the problem
 * @param count alerts of the problem so far, including this one
 * @param firstAt event time of the problem's first alert
 * @param lastAt event time of its latest
 * @param targets number of distinct objects of the problem
 * @param hops number of steps passed; rules reject events with too many hops
 */
public record AcceptedAlert(
    Alert alert,
    String fingerprint,
    Acceptance acceptance,
    long count,
    Instant firstAt,
    Instant lastAt,
    int targets,
    int hops) {

  /** Deterministic: the same alert accepted twice for the same reason has the same id. */
  public String id() {
    return alert.id() + "/" + acceptance.jsonName();
  }
}
