package io.cattleguard.sources.falco;

import java.util.List;

/** Recognises Falco's text output, so that the error names the setting that turns on JSON. */
public final class FalcoText {
  private static final List<String> PRIORITIES =
      List.of("Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Info", "Debug");

  private FalcoText() {}

  /** {@code 11:10:51.000000000: Critical …}: a time of day or a date, then a priority. */
  public static boolean isTextOutput(String text) {
    int end = text.indexOf(": ");
    return end >= 8
        && end <= 36
        && Character.isDigit(text.charAt(0))
        && PRIORITIES.stream().anyMatch(name -> text.startsWith(name, end + 2));
  }
}
