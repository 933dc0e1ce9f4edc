package io.cattleguard.respond;

import java.time.Duration;

/**
 * The timeouts of a responder.
 *
 * @param verifyWithin how long an action's effect may take
 * @param hold how long a claim excludes others; at least the duration of one attempt
 * @param rehearsal dry run without a cluster or account: nothing can be changed, and only the alert
 *     itself is judged
 */
public record ResponderSettings(Duration verifyWithin, Duration hold, boolean rehearsal) {
  /** Thirty seconds for the effect, two minutes for an attempt. */
  public static final ResponderSettings DEFAULT =
      new ResponderSettings(Duration.ofSeconds(30), Duration.ofMinutes(2), false);

  /** For recorded events: a dry run without a cluster or account. */
  public static final ResponderSettings REHEARSAL =
      new ResponderSettings(Duration.ZERO, Duration.ZERO, true);
}
