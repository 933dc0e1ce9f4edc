package io.cattleguard.record;

import io.cattleguard.events.text.WireName;
import java.util.Optional;

/** What became of an incident, in one word for people. */
public enum IncidentState implements WireName {
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

  private final String jsonName = WireName.of(this);

  /** The name in JSON and on the command line: {@code awaiting-approval}. */
  @Override
  public String jsonName() {
    return jsonName;
  }

  /** The state of that name, or empty. */
  public static Optional<IncidentState> named(String jsonName) {
    return WireName.find(values(), jsonName);
  }
}
