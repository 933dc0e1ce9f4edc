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

/** The whole road as a server that Falco posts to. */
@Command(
    name = "up",
    sortOptions = false,
    description = {
      "Run the whole road as a server that Falco's http_output posts to.",
      "Acts on the cluster of --kubeconfig, else on the one it runs in, else on none.",
      "Each setting is also an environment variable: --data is CATTLEGUARD_DATA.",
      ""
    })
@SuppressWarnings("NullAway.Init") // picocli sets every field that has a default
public final class UpCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:CATTLEGUARD_LISTEN:-127.0.0.1:2801}",
      description = "Where Falco's http_output posts to; ${DEFAULT-VALUE}.")
  private String listen;

  @Option(
      names = "--operations-listen",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:CATTLEGUARD_OPERATIONS_LISTEN:-127.0.0.1:2802}",
      description = "Where /healthz, /readyz and /metrics are; ${DEFAULT-VALUE}.")
  private String operationsListen;

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      defaultValue = "${env:CATTLEGUARD_KUBECONFIG}",
      description = "The cluster to act on, by the file's current context.")
  private @Nullable Path kubeconfig;

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      defaultValue = "${env:CATTLEGUARD_CLUSTER}",
      description = "What the cluster is called; else the kubeconfig's context, else local.")
  private @Nullable String cluster;

  @Mixin private final PolicyOption policy = new PolicyOption();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:CATTLEGUARD_DATA:-cattleguard-data}",
      description = "Where everything is kept that outlives a restart; ${DEFAULT-VALUE}.")
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
              + "; end what listens there, or name another address by --listen or"
              + " --operations-listen");
    } catch (SpoolUnavailable e) {
      throw new UsageError("--data " + data + " cannot be used: " + e.getMessage());
    }
  }

  private UpSettings settings() {
    try {
      return new UpSettings(
          OptionValue.singleAddress("--listen", listen, "use the one that Falco reaches"),
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
          "--kubeconfig " + file + ": cannot be read; name a file such as ~/.kube/config");
    }
    return Optional.of(file);
  }
}
