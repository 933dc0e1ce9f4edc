package io.cattleguard.app.terminal;

/** A word in a command that a person pastes into a shell. */
public final class ShellWord {
  private ShellWord() {}

  /** The word, in quotation marks if a shell would read it in another way. */
  public static String quoted(String word) {
    return word.matches("[A-Za-z0-9_./:@=,+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
