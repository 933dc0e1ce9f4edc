package io.cattleguard.events;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An accepted alert with its score.
 *
 * @param score 0 to 100
 * @param reasons the signals that applied; their values add up to the score
 * @param incident the incident that it belongs to; absent in events of earlier versions
 */
public record ScoredAlert(
    AcceptedAlert accepted, int score, List<Points> reasons, @Nullable Incident incident) {

  /**
   * Rejects reasons that do not add up to the score, because people see them as the explanation.
   */
  public ScoredAlert {
    reasons = List.copyOf(reasons);
    int sum = reasons.stream().mapToInt(Points::value).sum();
    if (sum != score || score < 0 || score > 100) {
      throw new IllegalArgumentException(
          "the reasons add up to " + sum + ", the score is " + score);
    }
  }

  /** A scored alert of an earlier version, without an incident. */
  public ScoredAlert(AcceptedAlert accepted, int score, List<Points> reasons) {
    this(accepted, score, reasons, null);
  }

  /** The id of its incident; without one, the problem is an incident of its own. */
  public String incidentId() {
    return incident == null ? accepted.fingerprint() : incident.id();
  }

  /**
   * Whether its problem is an incident of its own, so no alert of another problem belongs to it.
   */
  public boolean isOwnIncident() {
    return incidentId().equals(accepted.fingerprint());
  }

  /** The alert. */
  public Alert alert() {
    return accepted.alert();
  }

  /** Deterministic: scoring the same accepted alert again gives the same id. */
  public String id() {
    return accepted.id() + "/scored";
  }
}
