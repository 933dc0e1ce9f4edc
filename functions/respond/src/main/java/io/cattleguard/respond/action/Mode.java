package io.cattleguard.respond.action;

/** How far a playbook may go by itself. */
public enum Mode {
  /** Says what it would have done. */
  OBSERVE,
  /** Waits for a person. */
  APPROVE,
  /** Acts. */
  ENFORCE
}
