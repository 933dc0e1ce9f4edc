package io.cattleguard.app.recording;

import io.cattleguard.events.HostileText;

/**
 * The rest of a file that could not be read, because the file is truncated or damaged.
 *
 * @param file the name as given on the command line
 * @param line the last line that was read, which may be incomplete; 0 if none was
 * @param cause what went wrong, in words
 */
public record UnreadRest(String file, int line, String cause) {
  /** Why the rest is unreadable, without the place. */
  public String reason() {
    return cause + unread();
  }

  /** Where and why, for people. */
  public String sentence() {
    return file + ": " + cause + (line == 0 ? "" : " after line " + line) + unread();
  }

  private String unread() {
    return line == 0 ? "; the file was not read" : "; the rest of the file was not read";
  }

  /** The line for standard error. */
  public String warning() {
    return HostileText.visible("warning: " + sentence());
  }
}
