package io.cattleguard.app.server;

import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.sensor.settings.OptionValue;
import io.cattleguard.sensor.settings.SensorException;
import io.cattleguard.sensor.spool.SpoolUnavailable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs all steps as a server that receives Falco's alerts. */
@Command(
    name = "up",
    sortOptions = false,
    description = {
      "Run all steps as a server that receives Falco's alerts over HTTP.",
      "Acts on the cluster of --kubeconfig, or else on the cluster it runs in. Without a"
          + " cluster it takes no action.",
      "Every option is also an environment variable: --data is CATTLEGUARD_DATA.",
      ""
    })
@SuppressWarnings("NullAway.Init") // picocli sets every field that has a default
public final class UpCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:CATTLEGUARD_LISTEN:-127.0.0.1:2801}",
      description = "Address for Falco's http_output. Default: ${DEFAULT-VALUE}.")
  private String listen;

  @Option(
      names = "--operations-listen",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:CATTLEGUARD_OPERATIONS_LISTEN:-127.0.0.1:2802}",
      description = "Address of /healthz, /readyz and /metrics. Default: ${DEFAULT-VALUE}.")
  private String operationsListen;

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_KUBECONFIG}",
      description = "Cluster to act on: the current context of this file.")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      defaultValue = "${env:CATTLEGUARD_CLUSTER}",
      description = "Name of the cluster. Default: the kubeconfig's context, or local.")
  private @Nullable String cluster;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:CATTLEGUARD_DATA:-cattleguard-data}",
      description = "Directory for all state that survives a restart. Default: ${DEFAULT-VALUE}.")
  private Path data;

  public UpCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() throws InterruptedException {
    UpServer server = start();
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(
                    () -> {
                      server.close();
                      ended.countDown();
                    }));
    ended.await();
    return ExitCode.SUCCESS;
  }

  private UpServer start() {
    try {
      return UpServer.start(settings(), surroundings, new Env()::optional, Clock.systemUTC());
    } catch (SensorException e) {
      throw new UsageError(
          e.getMessage()
              + "; stop the process that uses it, or set another address with --listen or"
              + " --operations-listen");
    } catch (SpoolUnavailable e) {
      throw new UsageError("--data " + data + " cannot be used: " + e.getMessage());
    }
  }

  private UpSettings settings() {
    try {
      return new UpSettings(
          OptionValue.singleAddress("--listen", listen, "set the one address that Falco uses"),
          OptionValue.address("--operations-listen", operationsListen),
          policy.directory(surroundings),
          data,
          Optional.ofNullable(cluster)
              .filter(name -> !name.isEmpty())
              .map(name -> OptionValue.cluster("--cluster", name)),
          kubeconfig());
    } catch (IllegalArgumentException e) {
      throw new UsageError(String.valueOf(e.getMessage()));
    }
  }

  private Optional<Path> kubeconfig() {
    Path file = kubeconfig;
    if (file == null || file.toString().isEmpty()) {
      return Optional.empty();
    }
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new UsageError(
          "--kubeconfig " + file + ": cannot be read; set a file such as ~/.kube/config");
    }
    return Optional.of(file);
  }
}
