package io.cattleguard.edge.policy;

import java.util.List;
import java.util.stream.Collectors;

/** An invalid policy, with all its errors. */
public final class PolicyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  @SuppressWarnings("serial") // never serialised; the list keeps the message's parts apart
  private final List<PolicyError> errors;

  /** Takes at least one error. */
  public PolicyException(List<PolicyError> errors) {
    super(errors.stream().map(PolicyError::toString).collect(Collectors.joining("\n")));
    this.errors = List.copyOf(errors);
  }

  /** The errors, in the order of the files. */
  public List<PolicyError> errors() {
    return errors;
  }
}
