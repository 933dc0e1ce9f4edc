package io.cattleguard.app.models;

import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.models.ClusterFacts;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints the services and volumes of a cluster, for its sensors. */
@Command(
    name = "facts",
    description = {
      "Print the services and volumes of a cluster, which its sensors need to name services and to"
          + " leave files on volumes out: --learn-facts of the sensor, and of up --learn.",
      "Lists services and pods. Print it again when services or volumes were added; until then a"
          + " sensor reports a new service as a private address."
    })
public final class ModelFactsCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Option(
      names = "--kubeconfig",
      required = true,
      paramLabel = "FILE",
      description = "The cluster to read.")
  private Path kubeconfig = Path.of("");

  ModelFactsCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    ClusterFacts facts = ClusterFactsOption.read(kubeconfig, false);
    surroundings.out().print("# Written by cattleguard model facts.\n" + facts.text());
    return ExitCode.SUCCESS;
  }
}
