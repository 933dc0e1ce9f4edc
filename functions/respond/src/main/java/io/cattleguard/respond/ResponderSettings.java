package io.cattleguard.respond;

import java.time.Duration;

/**
 * How long a responder waits.
 *
 * @param verifyWithin how long an action may take to show its effect
 * @param hold how long a claim keeps others away, at least as long as one attempt lasts
 * @param rehearsal whether there is no place to ask, so that nothing can be done and only what the
 *     alert itself says is judged
 */
public record ResponderSettings(Duration verifyWithin, Duration hold, boolean rehearsal) {
  /** Thirty seconds to see the effect, two minutes for an attempt. */
  public static final ResponderSettings DEFAULT =
      new ResponderSettings(Duration.ofSeconds(30), Duration.ofMinutes(2), false);

  /** For recorded events: nothing can be asked, and nothing can be done. */
  public static final ResponderSettings REHEARSAL =
      new ResponderSettings(Duration.ZERO, Duration.ZERO, true);
}
