package io.cattleguard.events;

/** An event violates the contract; a redelivery will not help. */
public final class ContractViolation extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Takes a message that names the field. */
  public ContractViolation(String message) {
    super(message);
  }

  /** Takes a message that names the field, and the cause. */
  public ContractViolation(String message, Throwable cause) {
    super(message, cause);
  }
}
