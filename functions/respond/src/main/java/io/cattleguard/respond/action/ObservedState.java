package io.cattleguard.respond.action;

import java.util.Optional;

/** What an action read from its place before the decision. */
public interface ObservedState {
  /** The object to act on; empty if it does not exist or could not be read. */
  Optional<? extends Subject> subject();

  /** The node whose alert leads to the action, if the object is of one node's alert. */
  default Optional<String> onNode() {
    return subject().flatMap(Subject::onNode);
  }
}
