package io.cattleguard.app.board;

import io.cattleguard.app.deployment.Deployment;
import io.cattleguard.app.incidents.DeploymentOptions;
import io.cattleguard.app.incidents.IncidentsCommand;
import io.cattleguard.app.operate.CommandBus;
import io.cattleguard.app.operate.Operator;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.app.operate.SocketOperator;
import io.cattleguard.app.operate.StackOperator;
import io.cattleguard.app.policy.PolicyOption;
import io.cattleguard.app.sensors.HeartbeatLog;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.HostileText;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
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
      "Serve a web page on this machine with incidents, containments and pending approvals.",
      "It reads the deployment and gives commands with your credentials. It listens only on"
          + " 127.0.0.1. Open the printed address in a browser; it works once and within 10"
          + " minutes.",
      "If cattleguard up serves the board itself (--board-port), the command prints an address"
          + " of that board and exits.",
      ""
    })
public final class BoardCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description =
          "Port on 127.0.0.1 for a separate board in this process, even if cattleguard up serves"
              + " one. Default: a free port.")
  private @Nullable Integer port;

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

  @Option(
      names = "--evidence-bucket",
      paramLabel = "NAME",
      description =
          "S3 bucket of a stack's evidence (Terraform output evidence_bucket). Without it, the"
              + " pages of a stack's incidents show no evidence manifests.")
  private @Nullable String evidenceBucket;

  @Mixin private final PolicyOption policy = new PolicyOption();
  @Mixin private final DeploymentOptions deployment = new DeploymentOptions();

  /** Creates the command with the streams to print to. */
  public BoardCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (port != null && (port < 0 || port > 65_535)) {
      throw new UsageError("--port: expected 0 to 65535, found " + port);
    }
    Optional<String> served = port == null ? servedByUp() : Optional.empty();
    if (served.isPresent()) {
      invite(served.get());
      surroundings
          .out()
          .println("Through a tunnel (kubectl port-forward), open it with the tunnel's port.");
      return ExitCode.SUCCESS;
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
    invite(server.address(new Person("", by()), incident));
    surroundings.out().println("Stop with Ctrl+C.");
    surroundings.out().flush();
    ended.await();
    return ExitCode.SUCCESS;
  }

  private void invite(String address) {
    surroundings
        .out()
        .println(
            "Open this address, which works once and within 10 minutes: "
                + HostileText.visible(address, 2_000));
  }

  /** An address of the board that a running up serves; empty if it serves none. */
  private Optional<String> servedByUp() {
    return switch (deployment.deployment()) {
      case Deployment.Up up ->
          Optional.of(new SocketOperator(up.data()).ask(new OperatorRequest.Board(by(), incident)))
              .filter(OperatorReply::success)
              .flatMap(reply -> reply.results().stream().findFirst())
              .map(OperatorReply.Result::line);
      case Deployment.Stack stack -> Optional.empty();
    };
  }

  private BoardServer start(ShownDeployment shown) {
    try {
      return BoardServer.start(
          port == null ? 0 : port,
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
        ShownPolicy.in(directory),
        switch (chosen) {
          case Deployment.Up up -> ShownEvidence.ofUp(up.data());
          case Deployment.Stack stack ->
              ShownEvidence.inAws(stack.aws(), Optional.ofNullable(evidenceBucket), stack.region());
        });
  }

  private String by() {
    if (by == null) {
      // A container's user has no name, which Java calls a question mark.
      String user = System.getProperty("user.name", "");
      return user.isBlank() || user.equals("?") ? "unknown" : user;
    }
    if (by.isBlank()) {
      throw new UsageError("--by: expected a text");
    }
    return by;
  }

  /** The server reads the caller's user from the kernel. */
  private static Operator onSocket(Path data) {
    SocketOperator socket = new SocketOperator(data);
    return (request, unused) -> socket.ask(request);
  }

  private static Operator inAws(Deployment.Stack stack) {
    AwsClients aws = stack.aws();
    HeartbeatLog heartbeats = new HeartbeatLog(aws, stack.name(), Clock.systemUTC());
    Operator operator =
        new StackOperator(
            table -> new DynamoTable(aws, stack.name() + "-" + table),
            CommandBus.of(aws, stack.name()),
            Clock.systemUTC());
    return (request, identity) ->
        request instanceof OperatorRequest.Sensors
            ? heartbeats.ask()
            : operator.ask(request, identity);
  }
}
