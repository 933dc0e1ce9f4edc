package io.cattleguard.route;

import java.time.Duration;

/** What became of a delivery; an exception is never one of the answers. */
public sealed interface Outcome {

  /** The destination has it. */
  record Delivered() implements Outcome {}

  /**
   * The destination is busy or out of reach.
   *
   * @param after how long to wait before the next try
   * @param reason for the log; holds no secret and no text of an alert
   */
  record TryAgain(Duration after, String reason) implements Outcome {}

  /**
   * The destination will never take it as things stand: somebody must mend the event, the policy or
   * the destination.
   *
   * @param reason for the log; holds no secret and no text of an alert
   */
  record Rejected(String reason) implements Outcome {}

  /**
   * There was nothing to do.
   *
   * @param reason why: the destination is not configured, the delivery was made before, …
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
