package io.cattleguard.route;

/** A delivery and its outcome. */
public record Attempt(Delivery delivery, Outcome outcome) {

  /** Whether the delivery is still open: it must be retried, or it was rejected or blocked. */
  public boolean isOpen() {
    return switch (outcome) {
      case Outcome.Delivered ignored -> false;
      case Outcome.Skipped ignored -> false;
      case Outcome.NotConfigured ignored -> false;
      case Outcome.Blocked ignored -> true;
      case Outcome.TryAgain ignored -> true;
      case Outcome.Rejected ignored -> true;
    };
  }
}
