package io.cattleguard.edge.policy;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * Starts and ends of periods as people write them. A date is a whole day in UTC: a period starts at
 * its beginning, or ends at its end, so that it lasts through that day.
 */
public final class Dates {
  /** The text of errors about a start. */
  public static final String EXPECTED_START =
      "a date such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z";

  /** The text of errors about an end. */
  public static final String EXPECTED_END =
      "a last day such as 2026-01-31, a time such as 2026-01-31T12:00:00Z, or a duration such as"
          + " 4h, 14d or 2w";

  private Dates() {}

  /** The start of a period, or empty if the text is not one. */
  public static Optional<Instant> start(String text) {
    return day(text).map(day -> day.atStartOfDay(ZoneOffset.UTC).toInstant()).or(() -> time(text));
  }

  /** The end of a period, or empty if the text is neither a day nor a time. */
  public static Optional<Instant> end(String text) {
    return day(text)
        .map(day -> day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant())
        .or(() -> time(text));
  }

  /** The end of a period that started then; the text may also be a duration. */
  public static Optional<Instant> end(String text, Instant start) {
    return end(text).or(() -> Durations.parse(text).filter(Duration::isPositive).map(start::plus));
  }

  private static Optional<LocalDate> day(String text) {
    try {
      return Optional.of(LocalDate.parse(text));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Optional<Instant> time(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
