package io.cattleguard.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RetryPolicyTest {
  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

  @ParameterizedTest(name = "HTTP {0}: {1}")
  @CsvSource({
    "301, rejected", "302, rejected", "307, rejected", "400, rejected", "401, rejected",
    "403, rejected", "404, rejected", "405, rejected", "410, rejected", "413, rejected",
    "408, try-again", "425, try-again", "429, try-again", "500, try-again", "502, try-again",
    "503, try-again", "504, try-again", "520, try-again", "501, rejected", "505, rejected"
  })
  void anHttpStatusIsWorthAnotherTryOrNot(int status, String word) {
    assertEquals(word, RetryPolicy.ofStatus(status, Optional.empty(), NOW).word());
  }

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
  void aSlackErrorIsWorthAnotherTryOrNot(String error, String word) {
    assertEquals(word, RetryPolicy.ofSlackError(error, Optional.empty(), NOW).word());
  }

  @ParameterizedTest(name = "Splunk HTTP {0}, code {1}: {2}, about one event: {3}")
  @CsvSource({
    "200,  0, delivered, false",
    "403,  1, rejected,  false",
    "401,  2, rejected,  false",
    "401,  3, rejected,  false",
    "403,  4, rejected,  false",
    "400,  5, rejected,  true",
    "400,  6, rejected,  true",
    "400,  7, rejected,  true",
    "500,  8, try-again, false",
    "503,  9, try-again, false",
    "400, 10, rejected,  false",
    "400, 11, rejected,  false",
    "400, 12, rejected,  true",
    "400, 13, rejected,  true",
    "400, 14, rejected,  false",
    "400, 15, rejected,  true",
    "400, 16, rejected,  false",
    "503, 18, try-again, false",
    "503, 23, try-again, false",
    "429, -1, try-again, false",
    "503, -1, try-again, false",
    "404, -1, rejected,  false",
    "200, -1, try-again, false",
    "500,  0, try-again, false"
  })
  void aSplunkCodeIsWorthAnotherTryOrNot(int status, int code, String word, boolean oneEvent) {
    assertEquals(word, RetryPolicy.ofSplunkCode(status, code, Optional.empty(), NOW).word());
    assertEquals(oneEvent, RetryPolicy.isAboutOneEvent(code));
  }

  @ParameterizedTest(name = "Retry-After: {0} means {1} seconds")
  @CsvSource({
    "0, 0",
    "1, 1",
    "' 30 ', 30",
    "900, 900",
    "901, 900",
    "999999999, 900",
    "99999999999999999999, 10",
    "-5, 10",
    "soon, 10",
    "'', 10",
    "'Thu, 01 Jan 2026 12:00:20 GMT', 20",
    "'Thu, 01 Jan 2026 11:59:00 GMT', 0",
    "'Fri, 01 Jan 2027 12:00:00 GMT', 900"
  })
  void retryAfterIsHonouredWithinReason(String header, long seconds) {
    Outcome.TryAgain outcome =
        (Outcome.TryAgain) RetryPolicy.ofStatus(429, Optional.of(header), NOW);

    assertEquals(Duration.ofSeconds(seconds), outcome.after());
  }

  @Test
  void noAnswerIsWorthAnotherTry() {
    assertEquals("try-again", RetryPolicy.ofNoAnswer("ConnectException").word());
  }
}
