package io.cattleguard.respond;

import java.util.Optional;

/** Speaks against an action, in a sentence for people, or is silent. Never changes anything. */
@FunctionalInterface
public interface Guard {
  /** The objection, or empty where this guard has none. */
  Optional<String> objection(Situation situation);
}
