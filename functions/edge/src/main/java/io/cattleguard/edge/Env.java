package io.cattleguard.edge;

import java.util.Map;
import java.util.Optional;

/** The settings a function is deployed with; a missing one is named, not guessed. */
public final class Env {
  private final Map<String, String> variables;

  /** Over the process's own environment. */
  public Env() {
    this(System.getenv());
  }

  /** Over the given variables, for tests. */
  public Env(Map<String, String> variables) {
    this.variables = Map.copyOf(variables);
  }

  /**
   * The variable's value.
   *
   * @throws IllegalStateException where it is unset or empty, naming it
   */
  public String required(String name) {
    return optional(name)
        .orElseThrow(
            () -> new IllegalStateException("Environment variable " + name + " is not set"));
  }

  /** The variable's value, or empty where it is unset or empty. */
  public Optional<String> optional(String name) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
  }
}
