package io.cattleguard.route.slack;

import io.cattleguard.route.Outcome;
import io.cattleguard.route.RetryPolicy;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  /** Errors that a person must repair, with what to do. */
  private static final Map<String, String> REMEDIES = remedies();

  private SlackErrors() {}

  private static Map<String, String> remedies() {
    Map<String, String> remedies = new HashMap<>();
    remedies.put("not_in_channel", "invite the app: /invite @its-name in the channel");
    remedies.put(
        "channel_not_found", "set the channel's ID; invite the app if the channel is private");
    remedies.put("is_archived", "unarchive the channel, or set another one");
    for (String error :
        List.of(
            "restricted_action",
            "restricted_action_read_only_channel",
            "restricted_action_thread_only_channel",
            "restricted_action_non_threadable_channel")) {
      remedies.put(error, "let the app post in the channel");
    }
    for (String error : List.of("missing_scope", "no_permission", "not_allowed_token_type")) {
      remedies.put(error, "give the app the scope chat:write and set its bot token");
    }
    for (String error :
        List.of(
            "invalid_auth",
            "not_authed",
            "account_inactive",
            "token_revoked",
            "token_expired",
            "access_denied",
            "ekm_access_denied",
            "enterprise_is_restricted",
            "team_access_not_granted",
            "two_factor_setup_required")) {
      remedies.put(error, "set a valid bot token");
    }
    return Map.copyOf(remedies);
  }

  /** The outcome of Slack's {@code ok: false} with HTTP 200. */
  static Outcome outcome(String error, Optional<String> retryAfter, Instant now) {
    String reason = "Slack error: " + error;
    if (PASSING.contains(error)) {
      return new Outcome.TryAgain(RetryPolicy.after(retryAfter, now), reason);
    }
    String remedy = REMEDIES.get(error);
    return remedy == null
        ? new Outcome.Rejected(reason)
        : new Outcome.Blocked(reason + "; " + remedy);
  }
}
