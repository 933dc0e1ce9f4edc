package io.cattleguard.route.splunk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cattleguard.route.Outcome;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SplunkCodesTest {
  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

  @ParameterizedTest(name = "Splunk HTTP {0}, code {1}: {2}, about one event: {3}")
  @CsvSource({
    "200,  0, Delivered, false",
    "403,  1, Blocked,   false",
    "401,  2, Blocked,   false",
    "401,  3, Blocked,   false",
    "403,  4, Blocked,   false",
    "400,  5, Rejected,  true",
    "400,  6, Rejected,  true",
    "400,  7, Blocked,   true",
    "500,  8, TryAgain,  false",
    "503,  9, TryAgain,  false",
    "400, 10, Blocked,   false",
    "400, 11, Blocked,   false",
    "400, 12, Rejected,  true",
    "400, 13, Rejected,  true",
    "400, 14, Rejected,  false",
    "400, 15, Rejected,  true",
    "400, 16, Rejected,  false",
    "200, 17, TryAgain,  false",
    "503, 18, TryAgain,  false",
    "503, 19, TryAgain,  false",
    "503, 20, TryAgain,  false",
    "400, 21, Blocked,   false",
    "400, 22, Blocked,   false",
    "503, 23, TryAgain,  false",
    "200, 24, Delivered, false",
    "200, 25, Delivered, false",
    "503, 24, TryAgain,  false",
    "429, 26, TryAgain,  false",
    "429, 27, TryAgain,  false",
    "429, -1, TryAgain,  false",
    "503, -1, TryAgain,  false",
    "404, -1, Blocked,   false",
    "200, -1, TryAgain,  false",
    "500,  0, TryAgain,  false"
  })
  void aSplunkCodeIsWorthAnotherTryOrNot(int status, int code, String kind, boolean oneEvent) {
    Outcome outcome = SplunkCodes.outcome(status, code, Optional.empty(), NOW);

    assertEquals(kind, outcome.getClass().getSimpleName());
    assertEquals(oneEvent, SplunkCodes.isAboutOneEvent(code));
  }
}
