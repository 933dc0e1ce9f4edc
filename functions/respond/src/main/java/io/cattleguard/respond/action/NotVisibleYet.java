package io.cattleguard.respond.action;

/**
 * A release that the service has accepted and does not show yet. It is checked again, and people
 * hear of a failure only if it stays so.
 */
public final class NotVisibleYet extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Takes what does not show, as a sentence for people. */
  public NotVisibleYet(String message) {
    super(message);
  }
}
