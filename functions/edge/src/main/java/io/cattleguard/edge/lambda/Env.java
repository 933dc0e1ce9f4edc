package io.cattleguard.edge.lambda;

import io.cattleguard.aws.AwsClients;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The environment variables of a function. A missing one is an error that names it. Values are read
 * at each call, so an instance holds no secrets.
 */
public final class Env {
  private final UnaryOperator<@Nullable String> variables;

  /** Reads the process's environment. */
  public Env() {
    this.variables = System::getenv;
  }

  /** Reads the given variables, for tests. */
  public Env(Map<String, String> variables) {
    Map<String, String> copy = Map.copyOf(variables);
    this.variables = copy::get;
  }

  /**
   * The variable's value.
   *
   * @throws IllegalStateException if it is unset or empty, naming it
   */
  public String required(String name) {
    return optional(name)
        .orElseThrow(
            () -> new IllegalStateException("Environment variable " + name + " is not set"));
  }

  /** The variable's value, or empty if it is unset or empty. */
  public Optional<String> optional(String name) {
    return Optional.ofNullable(variables.apply(name)).filter(value -> !value.isBlank());
  }

  /**
   * AWS clients configured by the variables.
   *
   * @throws IllegalStateException if {@code AWS_REGION} is unset
   */
  public AwsClients aws() {
    return AwsClients.of(this::optional).in(required("AWS_REGION"));
  }
}
