package io.cattleguard.route;

/** A delivery and what became of it. */
public record Attempt(Delivery delivery, Outcome outcome) {

  /** Whether somebody still has to be told: it failed, for now or until somebody mends it. */
  public boolean isOpen() {
    return switch (outcome) {
      case Outcome.Delivered ignored -> false;
      case Outcome.Skipped ignored -> false;
      case Outcome.TryAgain ignored -> true;
      case Outcome.Rejected ignored -> true;
    };
  }
}
