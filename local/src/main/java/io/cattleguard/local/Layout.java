package io.cattleguard.local;

import java.util.ArrayList;
import java.util.List;

/** Fits text to a terminal's columns. */
final class Layout {
  private Layout() {}

  /** The text, cut to so many columns, with an ellipsis where it was longer. */
  static String cut(String text, int columns) {
    return text.length() <= columns ? text : text.substring(0, columns - 1) + "…";
  }

  /** The text in lines of at most so many columns, broken between words where there are any. */
  static List<String> wrap(String text, int columns) {
    List<String> lines = new ArrayList<>();
    String rest = text;
    while (rest.length() > columns) {
      int space = rest.lastIndexOf(' ', columns);
      int end = space > columns / 2 ? space : columns;
      lines.add(rest.substring(0, end));
      rest = rest.substring(end).stripLeading();
    }
    lines.add(rest);
    return lines;
  }
}
