package io.cattleguard.app.deployment;

import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.lambda.Env;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A deployment of Cattleguard. */
public sealed interface Deployment {
  /**
   * An {@code up} of this machine.
   *
   * @param data its data directory
   */
  record Up(Path data) implements Deployment {}

  /**
   * A stack in AWS.
   *
   * @param region empty for the one that the environment names
   */
  record Stack(String name, Optional<String> region) implements Deployment {
    /** The name that Terraform gives a stack by default. */
    public static final String DEFAULT_NAME = "cattleguard";

    /** Clients for the stack's region, with the process's credentials. */
    public AwsClients aws() {
      return clients(region);
    }

    /**
     * Clients with the process's credentials.
     *
     * @throws UsageError if neither the argument nor the environment names a region
     */
    public static AwsClients clients(Optional<String> region) {
      Map<String, String> variables = new HashMap<>(System.getenv());
      variables.put(
          "AWS_REGION",
          region
              .or(() -> Optional.ofNullable(variables.get("AWS_REGION")))
              .or(() -> Optional.ofNullable(variables.get("AWS_DEFAULT_REGION")))
              .orElseThrow(
                  () ->
                      new UsageError(
                          "no region: set --region or AWS_REGION, or --data DIR for a running"
                              + " up")));
      return new Env(variables).aws();
    }
  }
}
