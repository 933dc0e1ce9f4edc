package io.cattleguard.events;

import java.time.Instant;

/**
 * An alert that deduplicate let through, with what is known of its problem so far.
 *
 * @param fingerprint which problem it is; the same for every alert of it
 * @param count alerts of the problem so far, this one included
 * @param firstAt event time of the problem's first alert
 * @param lastAt event time of its latest
 * @param targets how many distinct objects the problem was seen on
 * @param hops how many steps of the road it passed; rules refuse events that go round
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
