package io.cattleguard.route.splunk;

import static io.cattleguard.route.http.RetryPolicy.DEFAULT;
import static io.cattleguard.route.http.RetryPolicy.after;
import static io.cattleguard.route.http.RetryPolicy.ofStatus;

import io.cattleguard.route.Outcome;
import java.time.Instant;
import java.util.Optional;

/** Knows what the codes of Splunk's HTTP Event Collector mean, and which are retryable. */
final class SplunkCodes {
  private SplunkCodes() {}

  /**
   * What a code of Splunk's HTTP Event Collector means; the code says more than the status.
   *
   * @param code -1 where the answer holds none
   * @see <a
   *     href="https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector">Status
   *     codes</a>
   */
  static Outcome outcome(int status, int code, Optional<String> retryAfter, Instant now) {
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
}
