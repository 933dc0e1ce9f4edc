package io.cattleguard.edge;

/**
 * A table did not answer, or holds what nobody can read; another try may find it well again. The
 * message is fit for people and names no account.
 */
public final class TableUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With what went wrong, and what was said. */
  public TableUnavailable(String message, Throwable cause) {
    super(message, cause);
  }

  /** With what went wrong. */
  public TableUnavailable(String message) {
    super(message);
  }
}
