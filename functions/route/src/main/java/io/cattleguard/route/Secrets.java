package io.cattleguard.route;

import java.util.Optional;

/**
 * Where secrets are read, by name and only when they are needed: never from the policy, never into
 * a field.
 */
@FunctionalInterface
public interface Secrets {

  /** The secret, or empty where it is not set. */
  Optional<String> named(String name);
}
