package io.cattleguard.local;

/** The command cannot be carried out as it was given; the message says what to do. */
final class UsageError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageError(String message) {
    super(message);
  }
}
