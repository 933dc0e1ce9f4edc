package io.cattleguard.app.board.page;

/** The result of a person's command, shown once. */
public record Flash(boolean good, String text) {
  /** Makes the text bounded and visible. */
  public Flash {
    text = Words.sentence(text);
  }
}
