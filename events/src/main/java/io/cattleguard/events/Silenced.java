package io.cattleguard.events;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What hides an alert from people. Machines such as a SIEM still receive the alert.
 *
 * @param by what hides it: {@code silence 1f2e3d4c}, {@code suppression backup-reads-shadow}
 * @param reason why, in a person's words
 * @param responders whether it hides the alert from responders too
 * @param below people are notified if the score is not below this value
 * @param until when people are notified of the alert after all; absent if they never are
 */
public record Silenced(
    String by, String reason, boolean responders, int below, @Nullable Instant until) {
  /** A number above every score. */
  static final int ANY = 101;

  /** A silence that hides an alert whatever its score. */
  public Silenced(String by, String reason, boolean responders) {
    this(by, reason, responders, ANY, null);
  }

  /** Whether it hides an alert of that score. */
  public boolean hides(int score) {
    return score < below;
  }

  /** Whether it depends on the score. */
  boolean isBounded() {
    return below < ANY;
  }
}
