package io.cattleguard.respond;

import java.time.Duration;

/**
 * The timeouts of a responder.
 *
 * @param verifyWithin how long an action's effect may take
 * @param hold how long a claim excludes others; at least the duration of one attempt
 * @param holdBetweenChecks the same for an action that waits to be verified; longer than messages
 *     wait in a queue that has fallen behind
 * @param rehearsal dry run without a cluster or account: nothing can be changed, and only the alert
 *     itself is judged
 */
public record ResponderSettings(
    Duration verifyWithin, Duration hold, Duration holdBetweenChecks, boolean rehearsal) {
  /** A minute for the effect, two for an attempt, thirty between two checks. */
  public static final ResponderSettings DEFAULT =
      new ResponderSettings(
          Duration.ofMinutes(1), Duration.ofMinutes(2), Duration.ofMinutes(30), false);

  /** For recorded events: a dry run without a cluster or account. */
  public static final ResponderSettings REHEARSAL =
      new ResponderSettings(Duration.ZERO, Duration.ZERO, Duration.ZERO, true);
}
