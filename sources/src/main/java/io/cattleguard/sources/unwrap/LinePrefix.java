package io.cattleguard.sources.unwrap;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Removes what container runtimes, kubectl, stern, syslog and {@code aws logs tail} write before an
 * event.
 */
public final class LinePrefix {
  /** Up to eight words before a JSON object: times, names of pods and streams, tags. */
  private static final Pattern WORDS =
      Pattern.compile(
          "(?:\\e\\[[0-9;]*m)*+(?:[\\w./:+<>\\[\\]›|@-]{1,128}+(?:\\e\\[[0-9;]*m)*+"
              + " ++){1,8}(?=\\{)");

  /** Maximum length of a prefix. */
  private static final int LONGEST = 600;

  private LinePrefix() {}

  /** The JSON after a prefix; empty for several lines, or a line without such a prefix. */
  public static Optional<String> removed(String line) {
    int brace = line.indexOf('{');
    if (brace <= 0 || brace > LONGEST || line.stripTrailing().indexOf('\n') >= 0) {
      return Optional.empty();
    }
    Matcher words = WORDS.matcher(line);
    return words.lookingAt() ? Optional.of(line.substring(words.end())) : Optional.empty();
  }
}
