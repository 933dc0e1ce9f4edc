package io.cattleguard.app.sensors;

import io.cattleguard.app.deployment.Deployment;
import io.cattleguard.app.deployment.DeploymentChoice;
import io.cattleguard.app.operate.OperatorReply;
import io.cattleguard.app.operate.OperatorRequest;
import io.cattleguard.app.operate.SocketOperator;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.events.HostileText;
import java.time.Clock;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists the sensors. */
@Command(
    name = "sensors",
    sortOptions = false,
    description = {
      "List the sensors that send heartbeats, with their unsent alerts, dropped alerts and"
          + " failures.",
      "In AWS, it reads the log group of heartbeats (logs:FilterLogEvents). cattleguard up lists"
          + " the sensors that post to it, and itself.",
      ""
    })
public final class SensorsCommand implements Callable<Integer> {
  private static final int LONGEST_LINE = 2_000;

  private final Surroundings surroundings;
  private final Function<Deployment, OperatorReply> ask;

  @Mixin private final DeploymentChoice choice = new DeploymentChoice();

  @Option(names = "--json", description = "Print one JSON object per line.")
  private boolean json;

  /** Creates the command with the streams to print to. */
  public SensorsCommand(Surroundings surroundings) {
    this(surroundings, SensorsCommand::ask);
  }

  SensorsCommand(Surroundings surroundings, Function<Deployment, OperatorReply> ask) {
    this.surroundings = surroundings;
    this.ask = ask;
  }

  private static OperatorReply ask(Deployment deployment) {
    return switch (deployment) {
      case Deployment.Up up -> new SocketOperator(up.data()).ask(new OperatorRequest.Sensors());
      case Deployment.Stack stack ->
          new HeartbeatLog(stack.aws(), stack.name(), Clock.systemUTC()).ask();
    };
  }

  @Override
  public Integer call() {
    OperatorReply reply;
    try {
      reply = ask.apply(choice.deployment());
    } catch (Unavailable e) {
      reply = OperatorReply.failed("cannot read the heartbeats: " + e.getMessage() + choice.hint());
    }
    for (OperatorReply.Result one : reply.results()) {
      if (json) {
        JsonLines.print(one.object(), surroundings.out());
      } else {
        surroundings.out().println(HostileText.visible(one.line(), LONGEST_LINE));
      }
    }
    reply
        .note()
        .ifPresent(note -> surroundings.err().println(HostileText.visible(note, LONGEST_LINE)));
    return reply.success() ? ExitCode.SUCCESS : ExitCode.FAILURE;
  }
}
