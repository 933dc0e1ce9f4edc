package io.cattleguard.route;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/**
 * Decides which HTTP responses are retried, and after how long. A destination adds the errors of
 * its own service.
 *
 * <p>A rejected record also goes to the dead-letter queue, so that it can be redriven once the
 * cause is fixed.
 */
public final class RetryPolicy {
  /** The delay if the response has no Retry-After. */
  public static final Duration DEFAULT = Duration.ofSeconds(10);

  /** The maximum delay, also if Retry-After is longer. */
  static final Duration LONGEST = Duration.ofMinutes(15);

  private RetryPolicy() {}

  /**
   * The outcome of an HTTP status other than success. Redirects are not followed, because they
   * would send the secret to another address.
   *
   * @param retryAfter the value of that header
   * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3">Retry-After</a>
   */
  public static Outcome ofStatus(int status, Optional<String> retryAfter, Instant now) {
    String reason = "HTTP " + status;
    return switch (status) {
      case 408, 425, 429 -> new Outcome.TryAgain(after(retryAfter, now), reason);
      case 401, 403, 404, 407, 410 ->
          new Outcome.Blocked(reason + "; check its address and secret");
      default ->
          status >= 500 && status != 501 && status != 505
              ? new Outcome.TryAgain(after(retryAfter, now), reason)
              : new Outcome.Rejected(reason);
    };
  }

  /** The outcome of a refused connection, a timeout or a broken connection. */
  public static Outcome ofNoAnswer(String how) {
    return new Outcome.TryAgain(DEFAULT, how);
  }

  /** The delay; {@link #DEFAULT} if the response has no Retry-After. */
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
