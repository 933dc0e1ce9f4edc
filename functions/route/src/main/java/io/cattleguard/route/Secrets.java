package io.cattleguard.route;

import java.util.Optional;

/**
 * Reads secrets by name when they are needed. Secrets are never in the policy and never kept in a
 * field.
 */
@FunctionalInterface
public interface Secrets {

  /** The secret, or empty if it is not set. */
  Optional<String> named(String name);

  /** Whether it is set, even if it cannot be read now. */
  default boolean isSet(String name) {
    return named(name).filter(value -> !value.isBlank()).isPresent();
  }
}
