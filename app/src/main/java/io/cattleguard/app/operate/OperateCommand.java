package io.cattleguard.app.operate;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.deployment.Deployment;
import io.cattleguard.app.deployment.DeploymentChoice;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.HostileText;
import io.cattleguard.record.IncidentJson;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.RecordedIncidents;
import io.cattleguard.record.stored.DynamoIncidents;
import io.cattleguard.respond.ledger.OperatorOrder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the commands of operators have in common: the deployment, and how they print. */
abstract class OperateCommand implements Callable<Integer> {
  private static final int TEXT = 300;
  private static final int LONGEST_LINE = 2_000;

  private final Surroundings surroundings;
  private final Ledgers ledgers;
  private final Buses buses;
  private final InstantSource clock;

  @Mixin private final DeploymentChoice choice = new DeploymentChoice();

  @Option(names = "--json", description = "Print one JSON object per line.")
  private boolean json;

  /** Opens a table of a stack. */
  @FunctionalInterface
  interface Ledgers extends BiFunction<String, Optional<String>, VersionedTable> {}

  /** Opens the bus of a stack. */
  @FunctionalInterface
  interface Buses extends BiFunction<String, Optional<String>, CommandBus> {}

  OperateCommand(Surroundings surroundings) {
    this(
        surroundings,
        OperateCommand::table,
        (name, region) -> CommandBus.of(new Deployment.Stack(name, region).aws(), name),
        Clock.systemUTC());
  }

  OperateCommand(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
    this.surroundings = surroundings;
    this.ledgers = ledgers;
    this.buses = buses;
    this.clock = clock;
  }

  private static VersionedTable table(String name, Optional<String> region) {
    return new DynamoTable(new Deployment.Stack(name, region).aws(), name);
  }

  @Override
  public final Integer call() {
    OperatorReply reply =
        switch (choice.deployment()) {
          case Deployment.Up up -> new SocketOperator(up.data()).ask(request());
          case Deployment.Stack stack -> asked(stack);
        };
    reply.results().forEach(this::print);
    reply
        .note()
        .ifPresent(note -> surroundings.err().println(HostileText.visible(note, LONGEST_LINE)));
    return reply.success() ? ExitCode.SUCCESS : ExitCode.FAILURE;
  }

  private OperatorReply asked(Deployment.Stack stack) {
    try {
      return ask(request(), stack);
    } catch (Unavailable e) {
      return OperatorReply.failed(
          "cannot use the stack "
              + stack.name()
              + ": "
              + HostileText.visible(String.valueOf(e.getMessage()), TEXT)
              + choice.hint());
    }
  }

  private OperatorReply ask(OperatorRequest request, Deployment.Stack stack) {
    return new StackOperator(
            table -> ledgers.apply(stack.name() + "-" + table, stack.region()),
            buses.apply(stack.name(), stack.region()),
            clock)
        .ask(request, "");
  }

  /**
   * The record of an incident of the deployment.
   *
   * @throws UsageError if several incidents begin with that id
   */
  final Optional<IncidentRecord> incident(String id) {
    return switch (choice.deployment()) {
      case Deployment.Stack stack ->
          named(new DynamoIncidents(stack.aws(), stack.name() + "-incidents", Duration.ZERO), id);
      case Deployment.Up up -> {
        ObjectNode question =
            JsonNodeFactory.instance
                .objectNode()
                .put("command", OperatorRequest.Incidents.COMMAND)
                .put("ask", "find")
                .put("id", id);
        OperatorReply reply =
            new SocketOperator(up.data()).ask(new OperatorRequest.Incidents(question));
        if (reply.results().isEmpty() && reply.note().isPresent()) {
          throw new UsageError(HostileText.visible(reply.note().get(), LONGEST_LINE));
        }
        yield reply.results().stream()
            .map(one -> IncidentJson.readRecord(one.object().toString()))
            .findFirst();
      }
    };
  }

  /** As {@link #incident} names one of a store. */
  static Optional<IncidentRecord> named(RecordedIncidents incidents, String id) {
    Optional<IncidentRecord> found = incidents.named(id);
    if (found.isEmpty()) {
      incidents
          .ambiguity(id)
          .ifPresent(
              several -> {
                throw new UsageError(HostileText.visible(several, LONGEST_LINE));
              });
    }
    return found;
  }

  /** The time now. */
  Instant now() {
    return clock.instant();
  }

  /** The request of the command. */
  abstract OperatorRequest request();

  private void print(OperatorReply.Result result) {
    if (json) {
      JsonLines.print(result.object(), surroundings.out());
    } else {
      surroundings.out().println(HostileText.visible(result.line(), LONGEST_LINE));
    }
  }

  /** The options for the person's name and the reason. */
  static final class WhoAndWhy {
    @Option(
        names = "--reason",
        paramLabel = "TEXT",
        required = true,
        description = "The reason, shown to people.")
    private String reason = "";

    @Option(
        names = "--by",
        paramLabel = "WHO",
        description = "Your name, shown to people. Default: your user name.")
    private @Nullable String by;

    OperatorOrder order() {
      return order(by, reason);
    }

    /** A container's user has no name, which Java calls a question mark. */
    static String user(String name) {
      return name.isBlank() || name.equals("?") ? "unknown" : name;
    }

    static OperatorOrder order(@Nullable String by, String reason) {
      if (reason.isBlank() || (by != null && by.isBlank())) {
        throw new UsageError("--reason and --by: expected a text");
      }
      return new OperatorOrder(by == null ? user(System.getProperty("user.name", "")) : by, reason);
    }
  }
}
