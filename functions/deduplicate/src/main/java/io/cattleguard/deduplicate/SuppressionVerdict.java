package io.cattleguard.deduplicate;

import java.util.List;

/**
 * What one suppression says of an alert.
 *
 * @param unmet why it does not hide it, a condition each; empty where it does
 */
public record SuppressionVerdict(Suppression suppression, List<String> unmet) {

  /** Copies the list. */
  public SuppressionVerdict {
    unmet = List.copyOf(unmet);
  }

  /** Whether it hides the alert, as long as its cap is not spent. */
  public boolean matches() {
    return unmet.isEmpty();
  }
}
