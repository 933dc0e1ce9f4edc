package io.cattleguard.route.splunk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SplunkCodesTest {
  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

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
  void aSplunkCodeIsRetryableOrNot(int status, int code, String word, boolean oneEvent) {
    assertEquals(word, SplunkCodes.outcome(status, code, Optional.empty(), NOW).word());
    assertEquals(oneEvent, SplunkCodes.isAboutOneEvent(code));
  }
}
