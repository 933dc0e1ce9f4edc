package io.cattleguard.respond.action;

import java.util.Optional;

/** What an action saw of its place before a decision. */
public interface Sight {
  /** The one object to act on, where it is there and could be read. */
  Optional<? extends Subject> subject();
}
