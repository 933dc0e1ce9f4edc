package io.cattleguard.edge.port;

/**
 * A table or a store of secrets did not answer, or has an unreadable item. A retry may succeed. The
 * message is for people and contains no account.
 */
public class Unavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Takes the message and the cause. */
  public Unavailable(String message, Throwable cause) {
    super(message, cause);
  }

  /** Takes the message. */
  public Unavailable(String message) {
    super(message);
  }
}
