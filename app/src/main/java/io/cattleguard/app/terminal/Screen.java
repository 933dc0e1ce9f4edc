package io.cattleguard.app.terminal;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import io.cattleguard.events.HostileText;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Prints for people: wraps lines to the terminal's width, adds colours, and escapes text that could
 * move the cursor or reorder a line. Where standard output is not a terminal, lines are neither
 * wrapped nor truncated, so that other programs can search them.
 */
public final class Screen {
  /** The width of a ruled line when standard output is not a terminal. */
  private static final int DEFAULT_COLUMNS = 100;

  private static final String RESET = "\u001b[0m";

  private final PrintStream out;
  private final Optional<Integer> terminal;
  private final boolean colour;

  /**
   * Prints to a stream.
   *
   * @param terminal the width of the terminal; empty if the stream is not one
   */
  Screen(PrintStream out, Optional<Integer> terminal, boolean colour) {
    this.out = out;
    this.terminal = terminal;
    this.colour = colour;
  }

  /** The colour of a text. */
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

  /** Prints an empty line. */
  public void blank() {
    out.println();
  }

  /** Prints a text, wrapped at the terminal's width. */
  public void line(Style style, String text) {
    wrap(text, widest()).forEach(line -> print(style, line, true));
  }

  /** Prints a text without colour, wrapped at the terminal's width. */
  public void line(String text) {
    line(Style.PLAIN, text);
  }

  /** Prints a line without wrapping, so that it can be copied. */
  public void verbatim(Style style, String text) {
    print(style, text, true);
  }

  /** Prints a line, truncated at the terminal's width. */
  public void cut(Style style, String text) {
    print(style, shortened(text, widest()), true);
  }

  /** Prints a label, and beside it a text that is wrapped within its own column. */
  public void field(int indent, int width, String label, Style style, String text) {
    String start = " ".repeat(indent) + pad(label, width);
    for (String line : wrap(text, widest() - indent - width)) {
      print(Style.FAINT, start, false);
      print(style, line, true);
      start = " ".repeat(indent + width);
    }
  }

  /** Prints commands to paste, each behind its purpose. They are neither wrapped nor truncated. */
  public void commands(List<Map.Entry<String, String>> byPurpose) {
    int width = byPurpose.stream().mapToInt(one -> one.getKey().length()).max().orElse(0);
    byPurpose.forEach(
        one -> verbatim(Style.PLAIN, "  " + pad(one.getKey(), width) + "  " + one.getValue()));
  }

  /** Flushes the output. */
  public void flush() {
    out.flush();
  }

  /** The width of a line to draw: that of the terminal, or else 100. */
  public int columns() {
    return terminal.orElse(DEFAULT_COLUMNS);
  }

  /** The length from which on a line is wrapped or truncated. */
  public int widest() {
    return terminal.orElse(Integer.MAX_VALUE);
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

  /** Formats values, independently of the default locale. */
  @FormatMethod
  public static String format(@FormatString String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }

  /** Truncates a text to a number of columns; an ellipsis marks the cut. */
  public static String shortened(String text, int columns) {
    String visible = visible(text);
    return visible.length() <= columns ? visible : visible.substring(0, columns - 1) + "…";
  }

  /** Pads a text with spaces to a number of columns. */
  public static String pad(String text, int columns) {
    return text.length() >= columns ? text : text + " ".repeat(columns - text.length());
  }

  /**
   * Wraps a text between words. A line is longer than that many columns only if it is one word, for
   * example a path or an id, which a reader copies.
   */
  static List<String> wrap(String text, int columns) {
    List<String> lines = new ArrayList<>();
    String rest = visible(text);
    while (rest.length() > columns) {
      int indent = rest.length() - rest.stripLeading().length();
      int space = rest.lastIndexOf(' ', columns);
      int end = space > indent ? space : rest.indexOf(' ', Math.max(indent, columns));
      if (end < 0) {
        break;
      }
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
