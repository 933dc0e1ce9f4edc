package io.cattleguard.route.slack.message;

import io.cattleguard.route.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Rate limit of a channel: one message per second, and none during Slack's Retry-After.
 *
 * @param free time of the next allowed message
 * @see <a href="https://docs.slack.dev/apis/web-api/rate-limits/">Rate limits</a>
 */
public record SlackThrottle(Instant free) {
  static final Duration BETWEEN_MESSAGES = Duration.ofSeconds(1);

  /** The longest wait within a batch; for a longer one the message returns to the queue. */
  static final Duration PATIENCE = Duration.ofSeconds(2);

  /** A channel without a message so far. */
  public static final SlackThrottle FREE = new SlackThrottle(Instant.EPOCH);

  /** Time until a message may be sent; zero if it may be sent now. */
  public Duration wait(Instant now) {
    Duration left = Duration.between(now, free);
    return left.isNegative() ? Duration.ZERO : left;
  }

  /** The outcome if the wait is longer than {@link #PATIENCE}. */
  public Optional<Outcome> refusal(Instant now) {
    Duration left = wait(now);
    return left.compareTo(PATIENCE) > 0
        ? Optional.of(new Outcome.TryAgain(left, "rate-limited by Slack"))
        : Optional.empty();
  }

  /** The state after a message was sent. */
  public SlackThrottle sent(Instant now) {
    return held(now, BETWEEN_MESSAGES);
  }

  /** The state after Slack rate-limited a call or did not respond. */
  public SlackThrottle held(Instant now, Duration rest) {
    Instant until = now.plus(rest);
    return until.isAfter(free) ? new SlackThrottle(until) : this;
  }
}
