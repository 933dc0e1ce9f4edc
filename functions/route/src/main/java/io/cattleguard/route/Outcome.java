package io.cattleguard.route;

import java.time.Duration;

/** The outcome of a delivery. Failures are outcomes, never exceptions. */
public sealed interface Outcome {

  /** The destination accepted the notice. */
  record Delivered() implements Outcome {}

  /**
   * The destination is busy or unreachable.
   *
   * @param after delay before the retry
   * @param reason for the log; holds no secret and no text of an alert
   */
  record TryAgain(Duration after, String reason) implements Outcome {}

  /**
   * The destination rejects the notice, and a retry will not help until the event, the policy or
   * the destination is fixed.
   *
   * @param reason for the log; holds no secret and no text of an alert
   */
  record Rejected(String reason) implements Outcome {}

  /**
   * Nothing was sent.
   *
   * @param reason why: the destination is not configured, the delivery was already made, …
   */
  record Skipped(String reason) implements Outcome {}

  /** One word for people and for JSON. */
  default String word() {
    return switch (this) {
      case Delivered ignored -> "delivered";
      case TryAgain ignored -> "try-again";
      case Rejected ignored -> "rejected";
      case Skipped ignored -> "skipped";
    };
  }
}
