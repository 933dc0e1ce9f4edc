package io.cattleguard.route;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.Set;

/**
 * The one place that knows which answers are worth another try, and after how long.
 *
 * <p>What is rejected is not worth one as things stand; the record still goes to its dead-letter
 * queue, so that it can be delivered once somebody has mended what is wrong.
 */
final class RetryPolicy {
  /** After an answer that does not say when. */
  static final Duration DEFAULT = Duration.ofSeconds(10);

  /** A destination that asks for more than this is asked again sooner. */
  static final Duration LONGEST = Duration.ofMinutes(15);

  /**
   * Slack's errors that pass by themselves.
   *
   * @see <a href="https://docs.slack.dev/reference/methods/chat.postMessage#errors">errors</a>
   */
  private static final Set<String> SLACK_PASSING =
      Set.of(
          "ratelimited",
          "rate_limited",
          "internal_error",
          "fatal_error",
          "request_timeout",
          "service_unavailable",
          "team_added_to_org",
          "org_login_required",
          "message_limit_exceeded");

  private RetryPolicy() {}

  /**
   * What an HTTP status other than success means. Redirects are not followed: they would carry a
   * secret to where nobody sent it.
   *
   * @param retryAfter the header of that name, as it came
   * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3">Retry-After</a>
   */
  static Outcome ofStatus(int status, Optional<String> retryAfter, Instant now) {
    String reason = "HTTP " + status;
    return switch (status) {
      case 408, 425, 429 -> new Outcome.TryAgain(after(retryAfter, now), reason);
      default ->
          status >= 500 && status != 501 && status != 505
              ? new Outcome.TryAgain(after(retryAfter, now), reason)
              : new Outcome.Rejected(reason);
    };
  }

  /** What Slack's {@code ok: false} with HTTP 200 means. */
  static Outcome ofSlackError(String error, Optional<String> retryAfter, Instant now) {
    String reason = "Slack says " + error;
    return SLACK_PASSING.contains(error)
        ? new Outcome.TryAgain(after(retryAfter, now), reason)
        : new Outcome.Rejected(reason);
  }

  /**
   * What a code of Splunk's HTTP Event Collector means; the code says more than the status.
   *
   * @param code -1 where the answer holds none
   * @see <a
   *     href="https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector">Status
   *     codes</a>
   */
  static Outcome ofSplunkCode(int status, int code, Optional<String> retryAfter, Instant now) {
    return switch (code) {
      case 0 -> status == 200 ? new Outcome.Delivered() : ofStatus(status, retryAfter, now);
      case 8, 9, 18, 19, 20, 23, 24, 25 ->
          new Outcome.TryAgain(after(retryAfter, now), "Splunk is busy, code " + code);
      case 1, 2, 3, 4 -> new Outcome.Rejected("Splunk refuses the token, code " + code);
      case 7 -> new Outcome.Rejected("Splunk refuses the index, code 7");
      case 5, 6, 12, 13, 15 -> new Outcome.Rejected("Splunk cannot read it, code " + code);
      case -1 ->
          status == 200
              ? new Outcome.TryAgain(DEFAULT, "HTTP 200 from something that is not Splunk")
              : ofStatus(status, retryAfter, now);
      default ->
          status == 200
              ? new Outcome.Rejected("Splunk answers with code " + code)
              : ofStatus(status, retryAfter, now);
    };
  }

  /** Whether a code of Splunk's may be about one event of a batch, and the others may pass. */
  static boolean isAboutOneEvent(int code) {
    return switch (code) {
      case 5, 6, 7, 12, 13, 15 -> true;
      default -> false;
    };
  }

  /** No answer came: nobody listens, it took too long, the connection broke. */
  static Outcome ofNoAnswer(String how) {
    return new Outcome.TryAgain(DEFAULT, how);
  }

  private static Duration after(Optional<String> retryAfter, Instant now) {
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
