package io.cattleguard.respond.action;

/** Whether a playbook acts, waits for approval or only observes. */
public enum Mode {
  /** Takes no action and reports what would have been done. */
  OBSERVE,
  /** Waits for a person's approval. */
  APPROVE,
  /** Takes the action. */
  ENFORCE
}
