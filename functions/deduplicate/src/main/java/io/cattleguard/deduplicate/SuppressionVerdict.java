package io.cattleguard.deduplicate;

import java.util.List;

/**
 * Whether one suppression hides an alert.
 *
 * @param unmet the conditions that are not met; empty if it hides the alert
 */
public record SuppressionVerdict(Suppression suppression, List<String> unmet) {

  /** Copies the list. */
  public SuppressionVerdict {
    unmet = List.copyOf(unmet);
  }

  /** Whether it hides the alert, if its cap is not reached. */
  public boolean matches() {
    return unmet.isEmpty();
  }
}
