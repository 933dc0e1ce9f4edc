package io.cattleguard.route.slack;

import io.cattleguard.route.Outcome;
import io.cattleguard.route.RetryPolicy;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** Decides which of Slack's errors are retried. */
final class SlackErrors {
  /**
   * Slack's transient errors.
   *
   * @see <a href="https://docs.slack.dev/reference/methods/chat.postMessage#errors">errors</a>
   */
  private static final Set<String> PASSING =
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

  /** The outcome of Slack's {@code ok: false} with HTTP 200. */
  static Outcome outcome(String error, Optional<String> retryAfter, Instant now) {
    String reason = "Slack error: " + error;
    return PASSING.contains(error)
        ? new Outcome.TryAgain(RetryPolicy.after(retryAfter, now), reason)
        : new Outcome.Rejected(reason);
  }
}
