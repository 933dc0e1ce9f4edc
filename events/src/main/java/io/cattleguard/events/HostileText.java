package io.cattleguard.events;

/**
 * Makes untrusted text safe to store and display: bounded, and without characters that move a
 * cursor, reorder a line or are invisible.
 *
 * <p>The result is not escaped; Slack and HTML need their own escaping.
 */
public final class HostileText {
  /** Maximum characters of a field, enough for a readable command line. */
  public static final int FIELD_LIMIT = 2_048;

  private HostileText() {}

  /** The visible text, truncated to {@link #FIELD_LIMIT} characters. */
  public static String visible(String text) {
    return visible(text, FIELD_LIMIT);
  }

  /**
   * The text with control, format and bidirectional characters, line and paragraph separators and
   * lone surrogates as escapes ({@code \n}, {@code \u202e}), truncated to {@code limit} characters
   * with a {@code …}.
   */
  public static String visible(String text, int limit) {
    int clean = 0;
    int end = Math.min(text.length(), limit);
    while (clean < end && isPlain(text.charAt(clean))) {
      clean++;
    }
    if (clean == text.length()) {
      return text;
    }
    StringBuilder out = new StringBuilder(Math.min(text.length(), limit) + 16);
    out.append(text, 0, clean);
    int at = clean;
    while (at < text.length()) {
      if (out.length() >= limit) {
        return out.append('…').toString();
      }
      int codePoint = text.codePointAt(at);
      appendVisible(out, codePoint);
      at += Character.charCount(codePoint);
    }
    return out.toString();
  }

  private static boolean isPlain(char c) {
    return c >= ' ' && c < 0x7f;
  }

  private static void appendVisible(StringBuilder out, int codePoint) {
    switch (codePoint) {
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        if (isHidden(codePoint)) {
          for (char unit : Character.toChars(codePoint)) {
            out.append("\\u");
            for (int shift = 12; shift >= 0; shift -= 4) {
              out.append(Character.forDigit(unit >> shift & 0xf, 16));
            }
          }
        } else {
          out.appendCodePoint(codePoint);
        }
      }
    }
  }

  private static boolean isHidden(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
