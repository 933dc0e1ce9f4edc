package io.cattleguard.aws;

import java.time.Duration;

/**
 * The timeouts and the number of attempts of a client.
 *
 * @param attempts per call, including the first one
 * @param attempt timeout of one attempt
 * @param call timeout of a call, including all attempts and pauses
 */
public record AwsLimits(int attempts, Duration attempt, Duration call) {
  /** Four attempts of up to 8 s, within 20 s. */
  public static final AwsLimits DEFAULT =
      new AwsLimits(4, Duration.ofSeconds(8), Duration.ofSeconds(20));

  /** One attempt of up to 8 s, for callers that retry by themselves. */
  public static final AwsLimits ONE_ATTEMPT =
      new AwsLimits(1, Duration.ofSeconds(8), Duration.ofSeconds(8));
}
