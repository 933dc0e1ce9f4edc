package io.cattleguard.respond.action;

import java.time.Duration;

/** Formats values for objections and explanations. */
public final class InWords {
  private InWords() {}

  /**
   * {@code 90 s}, {@code 12 min}, {@code 5 h}, {@code 3 d}: one unit is precise enough for a
   * decision.
   */
  public static String of(Duration duration) {
    long seconds = Math.max(0, duration.toSeconds());
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 7_200) {
      return seconds / 60 + " min";
    }
    return seconds < 172_800 ? seconds / 3_600 + " h" : seconds / 86_400 + " d";
  }
}
