package io.cattleguard.route.slack;

import io.cattleguard.route.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When a channel may be written to next: one message a second, and not at all while Slack asks for
 * a rest.
 *
 * @param free the first moment at which it may
 * @see <a href="https://docs.slack.dev/apis/web-api/rate-limits/">Rate limits</a>
 */
public record SlackThrottle(Instant free) {
  public static final Duration BETWEEN_MESSAGES = Duration.ofSeconds(1);

  /** A wait that is worth sitting out; a longer one is left to the queue. */
  public static final Duration PATIENCE = Duration.ofSeconds(2);

  /** A channel that was not written to yet. */
  public static final SlackThrottle FREE = new SlackThrottle(Instant.EPOCH);

  /** How long until a message may be sent; zero where it may be now. */
  public Duration wait(Instant now) {
    Duration left = Duration.between(now, free);
    return left.isNegative() ? Duration.ZERO : left;
  }

  /** The wait as an outcome, where it is too long to sit out. */
  public Optional<Outcome> refusal(Instant now) {
    Duration left = wait(now);
    return left.compareTo(PATIENCE) > 0
        ? Optional.of(new Outcome.TryAgain(left, "Slack asked for a rest"))
        : Optional.empty();
  }

  /** After a message was sent. */
  public SlackThrottle sent(Instant now) {
    return held(now, BETWEEN_MESSAGES);
  }

  /** After Slack asked for a rest, or did not answer. */
  public SlackThrottle held(Instant now, Duration rest) {
    Instant until = now.plus(rest);
    return until.isAfter(free) ? new SlackThrottle(until) : this;
  }
}
