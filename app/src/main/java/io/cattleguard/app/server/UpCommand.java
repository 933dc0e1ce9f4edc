package io.cattleguard.app.server;

import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.sensor.settings.SensorException;
import io.cattleguard.sensor.spool.SpoolUnavailable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
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
  private static final Pattern CLUSTER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,99}");

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
    return new UpSettings(
        address("--listen", listen, false),
        address("--operations-listen", operationsListen, true),
        policy.directory(surroundings),
        data,
        cluster(),
        kubeconfig());
  }

  private Optional<String> cluster() {
    String name = cluster;
    if (name == null || name.isEmpty()) {
      return Optional.empty();
    }
    if (!CLUSTER.matcher(name).matches()) {
      throw new UsageError(
          "--cluster: use letters, digits, '-', '_' and '.', as in EKS cluster names, not: "
              + name);
    }
    return Optional.of(name);
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

  private static InetSocketAddress address(String option, String value, boolean everyAddress) {
    int colon = value.lastIndexOf(':');
    String host = colon < 1 ? "" : value.substring(0, colon).replace("[", "").replace("]", "");
    try {
      int port = Integer.parseInt(value.substring(colon + 1));
      InetAddress address = InetAddress.getByName(host);
      if (!host.isEmpty() && port >= 0 && port <= 65_535) {
        if (address.isAnyLocalAddress() && !everyAddress) {
          throw new UsageError(
              option
                  + " "
                  + value
                  + ": this is every address of the machine, and anyone who can reach it could send"
                  + " alerts; set the one address that Falco uses");
        }
        return new InetSocketAddress(address, port);
      }
    } catch (NumberFormatException | UnknownHostException e) {
      // reported below
    }
    String example = option.equals("--listen") ? "127.0.0.1:2801" : "127.0.0.1:2802";
    throw new UsageError(
        option + ": expected HOST:PORT, for example " + example + ", not: " + value);
  }
}
