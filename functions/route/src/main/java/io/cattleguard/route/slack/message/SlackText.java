package io.cattleguard.route.slack.message;

import io.cattleguard.events.HostileText;

/**
 * An attacker's text, made fit for Slack: visible, bounded, and unable to mention, link, format or
 * break out of a code span.
 *
 * @see <a href="https://docs.slack.dev/messaging/formatting-message-text/#escaping">Escaping
 *     text</a>
 */
final class SlackText {
  /** A look-alike of the backtick that opens and closes nothing. */
  private static final char HARMLESS_BACKTICK = 'ˋ';

  private SlackText() {}

  /**
   * The text, visible and cut so that it costs at most {@code budget} characters once escaped for
   * Slack and for JSON; what was cut is said.
   */
  static String bounded(String text, int budget) {
    String visible = HostileText.visible(text, budget + 1);
    if (fitting(visible, budget) == visible.length()) {
      return visible;
    }
    String cut = String.format("… [cut, %,d characters in all]", text.length());
    int end = fitting(visible, Math.max(0, budget - cut.length()));
    return visible.substring(0, end) + cut;
  }

  /** Exactly {@code &}, {@code <} and {@code >}, as Slack wants it; and no backticks. */
  static String escape(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '`' -> out.append(HARMLESS_BACKTICK);
        default -> out.append(c);
      }
    }
    return out.toString();
  }

  /** Characters that the text takes once it is escaped for Slack and for JSON. */
  static int cost(String text) {
    return text.codePoints().map(SlackText::cost).sum();
  }

  private static int cost(int codePoint) {
    return switch (codePoint) {
      case '&' -> 5;
      case '<', '>' -> 4;
      case '"', '\\' -> 2;
      default -> Character.charCount(codePoint);
    };
  }

  /** How many characters of the text fit, without cutting a surrogate pair in two. */
  private static int fitting(String text, int budget) {
    int left = budget;
    int at = 0;
    while (at < text.length()) {
      int codePoint = text.codePointAt(at);
      left -= cost(codePoint);
      if (left < 0) {
        return at;
      }
      at += Character.charCount(codePoint);
    }
    return at;
  }
}
