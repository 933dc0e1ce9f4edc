package io.cattleguard.app.board;

import io.cattleguard.app.deployment.Deployment;
import io.cattleguard.app.incidents.DeploymentOptions;
import io.cattleguard.app.incidents.IncidentsCommand;
import io.cattleguard.app.operate.CommandBus;
import io.cattleguard.app.operate.Operator;
import io.cattleguard.app.operate.SocketOperator;
import io.cattleguard.app.operate.StackOperator;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.policy.PolicyFiles;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.HostileText;
import io.cattleguard.respond.action.Playbooks;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves the board. */
@Command(
    name = "board",
    sortOptions = false,
    description = {
      "Serve a web page on this machine: what happened, what is contained, what waits for you.",
      "It reads the deployment and gives commands with your credentials. It listens on 127.0.0.1"
          + " only. Open the printed address in a browser; it works once.",
      ""
    })
public final class BoardCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "Port on 127.0.0.1. Default: a free one.")
  private int port;

  @Option(
      names = "--by",
      paramLabel = "WHO",
      description = "Your name, shown to people. Default: your user name.")
  private @Nullable String by;

  @Option(
      names = "--incident",
      paramLabel = "ID",
      description = "The incident to show first. Default: the overview.")
  private String incident = "";

  @Mixin private final PolicyOption policy = new PolicyOption();
  @Mixin private final DeploymentOptions deployment = new DeploymentOptions();

  /** With the streams to print to. */
  public BoardCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (port < 0 || port > 65_535) {
      throw new UsageError("--port: expected 0 to 65535, found " + port);
    }
    ShownDeployment shown = deployment();
    try {
      shown.incidents().holding(1);
    } catch (Unavailable e) {
      surroundings.err().println(IncidentsCommand.unavailable(deployment, e));
      return ExitCode.FAILURE;
    }
    BoardServer server = start(shown);
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(
                    () -> {
                      server.close();
                      ended.countDown();
                    }));
    String address = incident.isEmpty() ? server.address() : server.address(incident);
    surroundings.out().println("Open this address, which works once: " + address);
    surroundings.out().println("Stop with Ctrl+C.");
    surroundings.out().flush();
    ended.await();
    return ExitCode.SUCCESS;
  }

  private BoardServer start(ShownDeployment shown) {
    try {
      return BoardServer.start(
          port,
          shown,
          Clock.systemUTC(),
          sentence ->
              surroundings.err().println("cattleguard: " + HostileText.visible(sentence, 600)));
    } catch (IOException e) {
      throw new UsageError("--port " + port + " cannot be used: " + e.getMessage());
    }
  }

  private ShownDeployment deployment() {
    Path directory = policy.directory(surroundings);
    Deployment chosen = deployment.deployment();
    return new ShownDeployment(
        switch (chosen) {
          case Deployment.Up up -> "cattleguard up in " + up.data();
          case Deployment.Stack stack -> "stack " + stack.name() + " in AWS";
        },
        deployment.incidents(),
        switch (chosen) {
          case Deployment.Up up -> onSocket(up.data());
          case Deployment.Stack stack -> inAws(stack);
        },
        by(),
        directory.toString(),
        () -> Playbooks.read(new PolicyFiles(directory)).all());
  }

  private String by() {
    String name = by == null ? System.getProperty("user.name", "unknown") : by;
    if (name.isBlank()) {
      throw new UsageError("--by: expected a text");
    }
    return name;
  }

  /** The server learns from the kernel who asks. */
  private static Operator onSocket(Path data) {
    SocketOperator socket = new SocketOperator(data);
    return (request, unused) -> socket.ask(request);
  }

  private static Operator inAws(Deployment.Stack stack) {
    AwsClients aws = stack.aws();
    return new StackOperator(
        table -> new DynamoTable(aws, stack.name() + "-" + table),
        CommandBus.of(aws, stack.name()),
        Clock.systemUTC());
  }
}
