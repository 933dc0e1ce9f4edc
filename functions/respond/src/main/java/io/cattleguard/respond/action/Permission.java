package io.cattleguard.respond.action;

/** One call that an action makes and must be allowed. */
public interface Permission {
  /** Whether the call changes something; without these an action can only observe. */
  boolean changes();

  /** The call in the words of its own system, {@code pods: delete}. */
  String inWords();
}
