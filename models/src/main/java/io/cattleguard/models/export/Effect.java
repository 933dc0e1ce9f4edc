package io.cattleguard.models.export;

/** What a policy does with something that a workload does. */
public enum Effect {
  /** It lets it happen. */
  ALLOWED,
  /** It stops it. */
  BLOCKED,
  /** The entry does not tell enough to know. */
  UNKNOWN
}
