package io.cattleguard.aws;

import java.time.Duration;

/**
 * How long a client waits and how often it calls.
 *
 * @param attempts per call, the first one included
 * @param attempt how long one attempt may take
 * @param call how long a call may take, with all attempts and the pauses between them
 */
public record AwsLimits(int attempts, Duration attempt, Duration call) {
  /** Four attempts of up to 8 s, within 20 s. */
  public static final AwsLimits DEFAULT =
      new AwsLimits(4, Duration.ofSeconds(8), Duration.ofSeconds(20));

  /** One attempt of up to 8 s, for callers that retry by themselves. */
  public static final AwsLimits ONE_ATTEMPT =
      new AwsLimits(1, Duration.ofSeconds(8), Duration.ofSeconds(8));
}
