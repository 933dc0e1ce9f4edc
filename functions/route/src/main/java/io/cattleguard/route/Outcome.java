package io.cattleguard.route;

import java.time.Duration;

/** The outcome of a delivery. Failures are outcomes, never exceptions. */
public sealed interface Outcome {

  /**
   * The destination accepted the notice.
   *
   * @param notifies whether that notifies people: a new page or message, but not an update of what
   *     is shown already, and nothing that only machines read
   */
  record Delivered(boolean notifies) implements Outcome {
    /** Accepted without notifying people. */
    public Delivered() {
      this(false);
    }
  }

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
   * The destination accepts no message until a person fixes the cause: its token is invalid, or the
   * app is not in the channel. The notice itself is valid, so it is kept and retried.
   *
   * @param reason for the log, with what to do; holds no secret and no text of an alert
   */
  record Blocked(String reason) implements Outcome {
    /** The delay before the retry. */
    public static final Duration RETRY = Duration.ofSeconds(30);
  }

  /**
   * None of the destination's settings is set, or the policy has no such destination, so nothing
   * can be sent.
   *
   * @param reason names what is missing
   */
  record NotConfigured(String reason) implements Outcome {}

  /**
   * Nothing was sent, and nothing needs to be sent.
   *
   * @param reason why: the delivery was already made, …
   */
  record Skipped(String reason) implements Outcome {}

  /** The outcome in one word, for people and for JSON. */
  default String word() {
    return switch (this) {
      case Delivered ignored -> "delivered";
      case TryAgain ignored -> "try-again";
      case Rejected ignored -> "rejected";
      case Blocked ignored -> "rejected";
      case NotConfigured ignored -> "skipped";
      case Skipped ignored -> "skipped";
    };
  }
}
