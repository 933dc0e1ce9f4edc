package io.cattleguard.route.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.route.Outcome;
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
