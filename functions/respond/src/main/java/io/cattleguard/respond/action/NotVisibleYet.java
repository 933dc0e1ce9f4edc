package io.cattleguard.respond.action;

/**
 * A release that the service has accepted and does not show yet. It is checked again, and reported
 * as failed only if that does not change.
 */
public final class NotVisibleYet extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Takes a sentence for people about the missing effect. */
  public NotVisibleYet(String message) {
    super(message);
  }
}
