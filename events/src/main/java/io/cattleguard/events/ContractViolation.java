package io.cattleguard.events;

/** An event of the road is not what the contract says; redelivery will not mend it. */
public final class ContractViolation extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the field and what is wrong with it. */
  public ContractViolation(String message) {
    super(message);
  }

  /** With the field, what is wrong with it, and what found out. */
  public ContractViolation(String message, Throwable cause) {
    super(message, cause);
  }
}
