package io.cattleguard.respond;

/** A cluster or ledger did not answer; nothing is concluded from it. */
public final class Unavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With what it said. */
  public Unavailable(String message) {
    super(message);
  }

  /** With what it said and why. */
  public Unavailable(String message, Throwable cause) {
    super(message, cause);
  }
}
