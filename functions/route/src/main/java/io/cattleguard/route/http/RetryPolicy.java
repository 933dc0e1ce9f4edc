package io.cattleguard.route.http;

import io.cattleguard.route.Outcome;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/**
 * The one place that knows which answers are worth another try, and after how long.
 *
 * <p>What is rejected is not worth one as things stand; the record still goes to its dead-letter
 * queue, so that it can be delivered once somebody has mended what is wrong.
 */
public final class RetryPolicy {
  /** After an answer that does not say when. */
  public static final Duration DEFAULT = Duration.ofSeconds(10);

  /** A destination that asks for more than this is asked again sooner. */
  static final Duration LONGEST = Duration.ofMinutes(15);

  private RetryPolicy() {}

  /**
   * What an HTTP status other than success means. Redirects are not followed: they would carry a
   * secret to where nobody sent it.
   *
   * @param retryAfter the header of that name, as it came
   * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3">Retry-After</a>
   */
  public static Outcome ofStatus(int status, Optional<String> retryAfter, Instant now) {
    String reason = "HTTP " + status;
    return switch (status) {
      case 408, 425, 429 -> new Outcome.TryAgain(after(retryAfter, now), reason);
      default ->
          status >= 500 && status != 501 && status != 505
              ? new Outcome.TryAgain(after(retryAfter, now), reason)
              : new Outcome.Rejected(reason);
    };
  }

  /** No answer came: nobody listens, it took too long, the connection broke. */
  public static Outcome ofNoAnswer(String how) {
    return new Outcome.TryAgain(DEFAULT, how);
  }

  /** The time after which to retry: Retry-After, bounded, or the default. */
  public static Duration after(Optional<String> retryAfter, Instant now) {
    return retryAfter.flatMap(text -> parse(text.strip(), now)).orElse(DEFAULT);
  }

  private static Optional<Duration> parse(String text, Instant now) {
    Duration asked;
    if (text.matches("[0-9]{1,9}")) {
      asked = Duration.ofSeconds(Long.parseLong(text));
    } else {
      try {
        Instant at = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
        asked = Duration.between(now, at);
      } catch (DateTimeException e) {
        return Optional.empty();
      }
    }
    if (asked.isNegative()) {
      return Optional.of(Duration.ZERO);
    }
    return Optional.of(asked.compareTo(LONGEST) > 0 ? LONGEST : asked);
  }
}
