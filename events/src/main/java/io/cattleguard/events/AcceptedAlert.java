package io.cattleguard.events;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An alert that deduplicate published, with the state of its problem.
 *
 * @param fingerprint the problem
 * @param count alerts of the problem so far, including this one
 * @param firstAt event time of the problem's first alert
 * @param lastAt event time of its latest
 * @param targets number of distinct objects of the problem
 * @param hops number of steps passed; rules reject events with too many hops
 * @param silenced what hides it from people, absent if nothing does
 */
public record AcceptedAlert(
    Alert alert,
    String fingerprint,
    Acceptance acceptance,
    long count,
    Instant firstAt,
    Instant lastAt,
    int targets,
    int hops,
    @Nullable Silenced silenced) {

  /** An alert that nothing hides from people. */
  public AcceptedAlert(
      Alert alert,
      String fingerprint,
      Acceptance acceptance,
      long count,
      Instant firstAt,
      Instant lastAt,
      int targets,
      int hops) {
    this(alert, fingerprint, acceptance, count, firstAt, lastAt, targets, hops, null);
  }

  /** The same alert, hidden from people. */
  public AcceptedAlert silencedBy(Silenced mark) {
    return new AcceptedAlert(
        alert, fingerprint, acceptance, count, firstAt, lastAt, targets, hops, mark);
  }

  /** The same alert, which nothing hides from people. */
  public AcceptedAlert unsilenced() {
    return new AcceptedAlert(
        alert, fingerprint, acceptance, count, firstAt, lastAt, targets, hops, null);
  }

  /** The same, with another version of its alert. */
  public AcceptedAlert with(Alert changed) {
    return new AcceptedAlert(
        changed, fingerprint, acceptance, count, firstAt, lastAt, targets, hops, silenced);
  }

  /** Deterministic: the same alert accepted twice for the same reason has the same id. */
  public String id() {
    return alert.id() + "/" + acceptance.jsonName();
  }
}
