package io.cattleguard.edge.lambda;

import io.cattleguard.aws.AwsClients;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The settings a function is deployed with; a missing one is named, not guessed. It is read when it
 * is asked, so that whoever keeps one keeps no secret of it.
 */
public final class Env {
  private final UnaryOperator<@Nullable String> variables;

  /** Over the process's own environment. */
  public Env() {
    this.variables = System::getenv;
  }

  /** Over the given variables, for tests. */
  public Env(Map<String, String> variables) {
    Map<String, String> copy = Map.copyOf(variables);
    this.variables = copy::get;
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
    return Optional.ofNullable(variables.apply(name)).filter(value -> !value.isBlank());
  }

  /**
   * AWS clients as the variables say.
   *
   * @throws IllegalStateException where {@code AWS_REGION} is unset, naming it
   */
  public AwsClients aws() {
    return AwsClients.of(this::optional).in(required("AWS_REGION"));
  }
}
