package io.cattleguard.models.export;

/** The effect of a policy on a workload's behaviour. */
public enum Effect {
  /** The policy allows it. */
  ALLOWED,
  /** The policy stops it. */
  BLOCKED,
  /** The entry has too little detail to decide. */
  UNKNOWN;

  /** The combined effect of two parts of a policy: each may stop it. */
  Effect and(Effect other) {
    if (this == BLOCKED || other == BLOCKED) {
      return BLOCKED;
    }
    return this == UNKNOWN || other == UNKNOWN ? UNKNOWN : ALLOWED;
  }
}
