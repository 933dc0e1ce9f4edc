package io.cattleguard.app.board.page;

/** A page with one message. */
public record Notice(String title, String text) {
  /** Makes the text bounded and visible. */
  public Notice {
    text = Words.sentence(text);
  }
}
