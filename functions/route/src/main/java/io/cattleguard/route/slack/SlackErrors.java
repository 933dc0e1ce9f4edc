package io.cattleguard.route.slack;

import static io.cattleguard.route.http.RetryPolicy.after;

import io.cattleguard.route.Outcome;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** Knows which of Slack's errors are retryable. */
final class SlackErrors {
  /**
   * Slack's retryable errors.
   *
   * @see <a href="https://docs.slack.dev/reference/methods/chat.postMessage#errors">errors</a>
   */
  private static final Set<String> SLACK_PASSING =
      Set.of(
          "ratelimited",
          "rate_limited",
          "internal_error",
          "fatal_error",
          "request_timeout",
          "service_unavailable",
          "team_added_to_org",
          "org_login_required",
          "message_limit_exceeded");

  private SlackErrors() {}

  /** What Slack's {@code ok: false} with HTTP 200 means. */
  static Outcome outcome(String error, Optional<String> retryAfter, Instant now) {
    String reason = "Slack says " + error;
    return SLACK_PASSING.contains(error)
        ? new Outcome.TryAgain(after(retryAfter, now), reason)
        : new Outcome.Rejected(reason);
  }
}
