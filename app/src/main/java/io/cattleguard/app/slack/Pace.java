package io.cattleguard.app.slack;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The timeouts and pauses of a connection.
 *
 * @param first the pause after the first failure, which doubles with each further one
 * @param longest the longest pause
 * @param stable a connection that lasted this long resets the pauses
 * @param connect how long Slack may take to accept a connection and to greet
 * @param ping how often the server asks whether Slack is still there
 * @param silence after this time without a sign of Slack the connection is given up
 */
public record Pace(
    Duration first,
    Duration longest,
    Duration stable,
    Duration connect,
    Duration ping,
    Duration silence) {
  /** Slack refreshes a connection every few hours and says so ten seconds before. */
  static final Pace USUAL =
      new Pace(
          Duration.ofSeconds(1),
          Duration.ofMinutes(1),
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(15),
          Duration.ofSeconds(50));

  /** The pause before the next attempt: many servers must not return at the same moment. */
  Duration pause(int failures, RandomGenerator random) {
    long most =
        Math.min(longest.toMillis(), first.toMillis() << Math.min(Math.max(failures - 1, 0), 20));
    return Duration.ofMillis(most / 2 + random.nextLong(most / 2 + 1));
  }
}
