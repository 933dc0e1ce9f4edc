package io.cattleguard.route.slack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SlackErrorsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

  @ParameterizedTest(name = "Slack's {0}: {1}")
  @CsvSource({
    "ratelimited, try-again",
    "rate_limited, try-again",
    "internal_error, try-again",
    "fatal_error, try-again",
    "request_timeout, try-again",
    "service_unavailable, try-again",
    "team_added_to_org, try-again",
    "org_login_required, try-again",
    "message_limit_exceeded, try-again",
    "channel_not_found, rejected",
    "not_in_channel, rejected",
    "is_archived, rejected",
    "msg_too_long, rejected",
    "msg_blocks_too_long, rejected",
    "invalid_blocks, rejected",
    "invalid_auth, rejected",
    "token_revoked, rejected",
    "missing_scope, rejected",
    "something_new, rejected"
  })
  void aSlackErrorIsRetryableOrNot(String error, String word) {
    assertEquals(word, SlackErrors.outcome(error, Optional.empty(), NOW).word());
  }
}
