package io.cattleguard.events;

import java.util.List;

/**
 * An accepted alert with its score.
 *
 * @param score 0 to 100
 * @param reasons the signals that applied; their values add up to the score
 */
public record ScoredAlert(AcceptedAlert accepted, int score, List<Points> reasons) {

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

  /** The alert. */
  public Alert alert() {
    return accepted.alert();
  }

  /** Deterministic: scoring the same accepted alert again gives the same id. */
  public String id() {
    return accepted.id() + "/scored";
  }
}
