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
      // Its queue is almost full; Splunk accepted the events if it says 200.
      case 24, 25 ->
          status == 200
              ? new Outcome.Delivered()
              : new Outcome.TryAgain(
                  RetryPolicy.after(retryAfter, now), "Splunk is busy: code " + code);
      case 8, 9, 18, 19, 20, 23, 26, 27 ->
          new Outcome.TryAgain(RetryPolicy.after(retryAfter, now), "Splunk is busy: code " + code);
      case 1, 2, 3, 4, 21, 22 ->
          new Outcome.Blocked(
              "Splunk rejected the token: code " + code + "; set the token of an enabled input");
      case 10, 11 ->
          new Outcome.Blocked(
              "Splunk asks for a channel: code "
                  + code
                  + "; turn off indexer acknowledgement for the token");
      case 17 ->
          new Outcome.TryAgain(
              RetryPolicy.DEFAULT, "code 17 answers a health check; check the address");
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
