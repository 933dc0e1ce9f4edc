package io.cattleguard.app.incidents;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.policy.Durations;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;

/** The beginning of a period, as people write it: {@code 24h}, {@code 7d}, a day, or a time. */
public final class Period {
  private Period() {}

  /**
   * The beginning.
   *
   * @throws UsageError if the text is not a period
   */
  public static Instant start(String text, Instant now) {
    Optional<Duration> back = Durations.parse(text).filter(Duration::isPositive);
    if (back.isPresent()) {
      return now.minus(back.get());
    }
    try {
      return text.indexOf('T') > 0
          ? Instant.parse(text)
          : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
    } catch (DateTimeException e) {
      throw new UsageError(
          "--since: expected a duration such as 24h or 7d, a day such as 2026-01-31, or a time such"
              + " as 2026-01-31T08:00:00Z, found "
              + text);
    }
  }
}
