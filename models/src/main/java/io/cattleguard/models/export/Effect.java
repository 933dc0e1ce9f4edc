package io.cattleguard.models.export;

/** What a policy does with something that a workload does. */
public enum Effect {
  /** It lets it happen. */
  ALLOWED,
  /** It stops it. */
  BLOCKED,
  /** The entry does not tell enough to know. */
  UNKNOWN;

  /** What two parts of a policy do together: each may stop it. */
  Effect and(Effect other) {
    if (this == BLOCKED || other == BLOCKED) {
      return BLOCKED;
    }
    return this == UNKNOWN || other == UNKNOWN ? UNKNOWN : ALLOWED;
  }
}
