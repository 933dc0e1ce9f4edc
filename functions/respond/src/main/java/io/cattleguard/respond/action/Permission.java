package io.cattleguard.respond.action;

/** One API call that an action must be allowed to make. */
public interface Permission {
  /** Whether the call changes something. In observe mode no such permission is needed. */
  boolean changes();

  /** The call as its own system writes it, {@code pods: delete}. */
  String inWords();
}
