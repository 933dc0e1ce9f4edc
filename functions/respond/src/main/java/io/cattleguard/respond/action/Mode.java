package io.cattleguard.respond.action;

import java.util.Locale;

/** Whether a playbook acts, waits for approval or only observes; the strongest mode is last. */
public enum Mode {
  /** Takes no action and reports what would have been done. */
  OBSERVE,
  /** Waits for a person's approval. */
  APPROVE,
  /** Takes the action. */
  ENFORCE;

  /** The name in the policy: {@code observe}. */
  public String jsonName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
