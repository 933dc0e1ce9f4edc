package io.cattleguard.app.terminal;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import io.cattleguard.events.HostileText;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Prints for people: fits lines to the width, colours them where there is colour, and lets no text
 * through that could move a cursor or reorder a line.
 */
public final class Screen {
  /** Where there is no terminal to ask. */
  static final int DEFAULT_COLUMNS = 100;

  /** Beyond this, lines are hard to read. */
  private static final int WIDEST = 120;

  private static final String RESET = "\u001b[0m";

  private final PrintStream out;
  private final int columns;
  private final boolean colour;

  Screen(PrintStream out, int columns, boolean colour) {
    this.out = out;
    this.columns = Math.min(WIDEST, columns);
    this.colour = colour;
  }

  /** How a text looks where there is colour. */
  public enum Style {
    PLAIN(""),
    STRONG("\u001b[1m"),
    FAINT("\u001b[2m"),
    ALARM("\u001b[1;31m"),
    GOOD("\u001b[32m"),
    WARN("\u001b[33m");

    private final String start;

    Style(String start) {
      this.start = start;
    }
  }

  /** An empty line. */
  public void blank() {
    out.println();
  }

  /** A line of words, broken where it is too long. */
  public void line(Style style, String text) {
    wrap(text, columns).forEach(line -> print(style, line, true));
  }

  /** A line of words. */
  public void line(String text) {
    line(Style.PLAIN, text);
  }

  /** A line that is never broken, so that it can be copied. */
  public void verbatim(Style style, String text) {
    print(style, text, true);
  }

  /** A line whose end is cut off where it is too long. */
  public void cut(Style style, String text) {
    print(style, shortened(text, columns), true);
  }

  /** A label, and beside it a text that keeps to its column. */
  public void field(int indent, int width, String label, Style style, String text) {
    String start = " ".repeat(indent) + pad(label, width);
    for (String line : wrap(text, columns - indent - width)) {
      print(Style.FAINT, start, false);
      print(style, line, true);
      start = " ".repeat(indent + width);
    }
  }

  /** Shows what was printed. */
  public void flush() {
    out.flush();
  }

  /** How many columns there are. */
  public int columns() {
    return columns;
  }

  private void print(Style style, String text, boolean endOfLine) {
    String visible = visible(text);
    String shown = colour && style != Style.PLAIN ? style.start + visible + RESET : visible;
    if (endOfLine) {
      out.println(shown);
    } else {
      out.print(shown);
    }
  }

  /** The values in the pattern, the same in every country. */
  @FormatMethod
  public static String format(@FormatString String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }

  /** The text cut to so many columns, with an ellipsis where it was longer. */
  public static String shortened(String text, int columns) {
    String visible = visible(text);
    return visible.length() <= columns ? visible : visible.substring(0, columns - 1) + "…";
  }

  /** The text in exactly so many columns, or more where it is longer. */
  public static String pad(String text, int columns) {
    return text.length() >= columns ? text : text + " ".repeat(columns - text.length());
  }

  /** The text in lines of at most so many columns, broken between words where there are any. */
  static List<String> wrap(String text, int columns) {
    List<String> lines = new ArrayList<>();
    String rest = visible(text);
    while (rest.length() > columns) {
      int space = rest.lastIndexOf(' ', columns);
      int end = space > columns / 2 ? space : columns;
      lines.add(rest.substring(0, end));
      rest = rest.substring(end).stripLeading();
    }
    if (!rest.isEmpty() || lines.isEmpty()) {
      lines.add(rest);
    }
    return lines;
  }

  private static String visible(String text) {
    return HostileText.visible(text, Integer.MAX_VALUE);
  }
}
