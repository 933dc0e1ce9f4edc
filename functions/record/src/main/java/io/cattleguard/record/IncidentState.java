package io.cattleguard.record;

import java.util.Locale;
import java.util.Optional;

/** The state of an incident, in one word for people. */
public enum IncidentState {
  /** No action was taken, and no guard was asked; or alerts came after the last release. */
  OPEN,
  /** An action is in force, or has removed the object, and its effect was verified. */
  CONTAINED,
  /** An action was taken whose effect cannot be verified. */
  REQUESTED,
  /** At least one guard objected, and no action was taken. */
  REFUSED,
  /** A person must approve an action. */
  AWAITING_APPROVAL,
  /** Every containment was released, and no alert came after that. */
  RELEASED,
  /** An action was attempted, and its effect was not verified. */
  FAILED;

  private final String jsonName = name().toLowerCase(Locale.ROOT).replace('_', '-');

  /** The name in JSON and on the command line: {@code awaiting-approval}. */
  public String jsonName() {
    return jsonName;
  }

  /** The state of that name, or empty. */
  public static Optional<IncidentState> named(String jsonName) {
    for (IncidentState state : values()) {
      if (state.jsonName.equals(jsonName)) {
        return Optional.of(state);
      }
    }
    return Optional.empty();
  }
}
