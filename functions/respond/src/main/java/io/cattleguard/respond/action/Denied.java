package io.cattleguard.respond.action;

/**
 * An API refused a change for good, by an admission policy, a missing permission or a conflict with
 * an existing object. Nothing was changed. The message says what the API answered.
 */
public final class Denied extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Takes the API's answer. */
  public Denied(String message) {
    super(message);
  }

  /** Takes the API's answer and its cause. */
  public Denied(String message, Throwable cause) {
    super(message, cause);
  }
}
