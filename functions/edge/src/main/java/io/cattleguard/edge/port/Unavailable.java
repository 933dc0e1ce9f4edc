package io.cattleguard.edge.port;

/**
 * A table did not answer, or holds what nobody can read; another try may find it well again. The
 * message is fit for people and names no account.
 */
public final class Unavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With what went wrong, and what was said. */
  public Unavailable(String message, Throwable cause) {
    super(message, cause);
  }

  /** With what went wrong. */
  public Unavailable(String message) {
    super(message);
  }
}
