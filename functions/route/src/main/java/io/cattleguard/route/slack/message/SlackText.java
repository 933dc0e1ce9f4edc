package io.cattleguard.route.slack.message;

import io.cattleguard.events.HostileText;

/**
 * Makes untrusted text safe for Slack: visible, bounded, and unable to mention, link, format or
 * leave a code span.
 *
 * @see <a href="https://docs.slack.dev/messaging/formatting-message-text/#escaping">Escaping
 *     text</a>
 */
public final class SlackText {
  /** A look-alike of the backtick without a meaning in Slack. */
  private static final char HARMLESS_BACKTICK = 'ˋ';

  private SlackText() {}

  /**
   * The visible text, truncated to {@code budget} characters after escaping for Slack and JSON. A
   * truncation is marked.
   */
  static String bounded(String text, int budget) {
    String visible = HostileText.visible(text, budget + 1);
    if (fitting(visible, budget) == visible.length()) {
      return visible;
    }
    String cut = String.format("… [truncated, %,d characters in total]", text.length());
    int end = fitting(visible, Math.max(0, budget - cut.length()));
    return visible.substring(0, end) + cut;
  }

  /**
   * Escapes exactly {@code &}, {@code <} and {@code >}, as Slack requires, and replaces backticks.
   */
  public static String escape(String text) {
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

  /** The length of the text after escaping for Slack and JSON. */
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

  /** The number of characters that fit, without splitting a surrogate pair. */
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
