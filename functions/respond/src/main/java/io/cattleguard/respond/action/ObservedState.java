package io.cattleguard.respond.action;

import java.util.Optional;

/** What an action read from its place before the decision. */
public interface ObservedState {
  /** The object to act on; empty if it does not exist or could not be read. */
  Optional<? extends Subject> subject();
}
