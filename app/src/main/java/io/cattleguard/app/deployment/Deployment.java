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

    /**
     * Clients for the stack's region, with the process's credentials.
     *
     * @throws UsageError if neither the stack nor the environment names a region
     */
    public AwsClients aws() {
      return clients(region, ", or name a running up with --data DIR");
    }

    /**
     * Clients with the process's credentials.
     *
     * @throws UsageError if neither the argument nor the environment names a region
     */
    public static AwsClients clients(Optional<String> region) {
      return clients(region, "");
    }

    private static AwsClients clients(Optional<String> region, String otherwise) {
      Map<String, String> variables = new HashMap<>(System.getenv());
      variables.put(
          "AWS_REGION",
          region
              .or(() -> Optional.ofNullable(variables.get("AWS_REGION")))
              .or(() -> Optional.ofNullable(variables.get("AWS_DEFAULT_REGION")))
              .orElseThrow(
                  () ->
                      new UsageError(
                          "no AWS region: set --region or AWS_REGION, for example eu-central-1"
                              + otherwise)));
      return new Env(variables).aws();
    }
  }
}
