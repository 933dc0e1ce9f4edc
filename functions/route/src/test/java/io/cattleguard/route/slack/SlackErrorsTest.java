package io.cattleguard.route.slack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.route.Outcome;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SlackErrorsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

  @ParameterizedTest(name = "Slack's {0}: {1}")
  @CsvSource({
    "ratelimited, TryAgain",
    "rate_limited, TryAgain",
    "internal_error, TryAgain",
    "fatal_error, TryAgain",
    "request_timeout, TryAgain",
    "service_unavailable, TryAgain",
    "team_added_to_org, TryAgain",
    "org_login_required, TryAgain",
    "message_limit_exceeded, TryAgain",
    "channel_not_found, Blocked",
    "not_in_channel, Blocked",
    "is_archived, Blocked",
    "msg_too_long, Rejected",
    "msg_blocks_too_long, Rejected",
    "invalid_blocks, Rejected",
    "invalid_auth, Blocked",
    "token_revoked, Blocked",
    "missing_scope, Blocked",
    "something_new, Rejected"
  })
  void aSlackErrorPassesOrHasToBeRepairedOrIsAboutTheMessage(String error, String outcome) {
    assertEquals(
        outcome, SlackErrors.outcome(error, Optional.empty(), NOW).getClass().getSimpleName());
  }

  @Test
  void theRemedyIsNamed() {
    assertEquals(
        new Outcome.Blocked(
            "Slack error: not_in_channel; invite the app: /invite @its-name in the channel"),
        SlackErrors.outcome("not_in_channel", Optional.empty(), NOW));
  }
}
