package io.cattleguard.route.splunk;

import io.cattleguard.route.Outcome;
import io.cattleguard.route.RetryPolicy;
import java.time.Instant;
import java.util.Optional;

/**
 * Interprets the codes of Splunk's HTTP Event Collector.
 *
 * @see <a
 *     href="https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector">Status
 *     codes</a>
 */
final class SplunkCodes {
  private SplunkCodes() {}

  /**
   * The outcome of a response; the code is more specific than the status.
   *
   * @param code -1 if the response has none
   */
  static Outcome outcome(int status, int code, Optional<String> retryAfter, Instant now) {
    return switch (code) {
      case 0 ->
          status == 200 ? new Outcome.Delivered() : RetryPolicy.ofStatus(status, retryAfter, now);
      case 8, 9, 18, 19, 20, 23, 24, 25 ->
          new Outcome.TryAgain(RetryPolicy.after(retryAfter, now), "Splunk is busy: code " + code);
      case 1, 2, 3, 4 ->
          new Outcome.Blocked(
              "Splunk rejected the token: code " + code + "; set the token of an enabled input");
      case 7 ->
          new Outcome.Blocked(
              "Splunk rejected the index: code 7; allow it for the token, or set another one");
      case 5, 6, 12, 13, 15 -> new Outcome.Rejected("Splunk cannot parse the event: code " + code);
      case -1 ->
          status == 200
              ? new Outcome.TryAgain(RetryPolicy.DEFAULT, "HTTP 200 without a Splunk response")
              : RetryPolicy.ofStatus(status, retryAfter, now);
      default ->
          status == 200
              ? new Outcome.Rejected("Splunk error: code " + code)
              : RetryPolicy.ofStatus(status, retryAfter, now);
    };
  }

  /** Whether the code may concern only one event of a batch. */
  static boolean isAboutOneEvent(int code) {
    return switch (code) {
      case 5, 6, 7, 12, 13, 15 -> true;
      default -> false;
    };
  }
}
