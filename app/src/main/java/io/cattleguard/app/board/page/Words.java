package io.cattleguard.app.board.page;

import io.cattleguard.answer.IncidentWords;
import io.cattleguard.events.HostileText;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * Texts of the pages. This class bounds them and makes hidden characters visible; the templates
 * escape them.
 */
final class Words {
  private static final int NAME = 200;
  private static final int SENTENCE = 600;

  private Words() {}

  /** A name from an event. */
  static String name(String text) {
    return HostileText.visible(text, NAME);
  }

  /** A sentence, parts of which may come from an event. */
  static String sentence(String text) {
    return HostileText.visible(text, SENTENCE);
  }

  /** A number with separators. */
  static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** A time to the second, in UTC. */
  static String time(Instant at) {
    return IncidentWords.time(at);
  }

  /** The time since then, or until then. */
  static String distance(Instant at, Instant now) {
    Duration past = Duration.between(at, now);
    return past.isNegative()
        ? "in " + IncidentWords.took(past.negated().truncatedTo(ChronoUnit.SECONDS))
        : IncidentWords.took(past.truncatedTo(ChronoUnit.SECONDS)) + " ago";
  }

  /** The first letter in upper case. */
  static String capitalised(String text) {
    return text.isEmpty()
        ? text
        : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }
}
