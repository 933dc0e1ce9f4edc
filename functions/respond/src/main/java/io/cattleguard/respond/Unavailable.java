package io.cattleguard.respond;

/** A cluster, account or ledger did not answer. A retry may succeed. */
public final class Unavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Takes the message. */
  public Unavailable(String message) {
    super(message);
  }

  /** Takes the message and the cause. */
  public Unavailable(String message, Throwable cause) {
    super(message, cause);
  }
}
