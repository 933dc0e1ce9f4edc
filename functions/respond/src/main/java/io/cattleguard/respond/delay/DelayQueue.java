package io.cattleguard.respond.delay;

import java.time.Duration;

/** Sends a responder's messages to itself, so that no function waits. */
public interface DelayQueue {
  /** The longest delay of one message: that of SQS. */
  Duration LONGEST = Duration.ofMinutes(15);

  /** Sends a message to this responder after a delay of at most {@link #LONGEST}. */
  void send(DelayedMessage again, Duration delay);

  /**
   * Whether messages are delivered. If not, {@link #send} waits, and then the caller itself
   * continues the work.
   */
  default boolean comes() {
    return true;
  }

  /** Waits. */
  @FunctionalInterface
  interface Pause {
    /** Waits that many milliseconds. */
    void millis(long millis);
  }

  /** For a host that waits itself, such as the demo. It does not retry. */
  static DelayQueue waiting(Pause pause) {
    return new DelayQueue() {
      @Override
      public void send(DelayedMessage again, Duration delay) {
        pause.millis(delay.toMillis());
      }

      @Override
      public boolean comes() {
        return false;
      }
    };
  }
}
