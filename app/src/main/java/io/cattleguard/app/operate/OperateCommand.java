package io.cattleguard.app.operate;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.aws.AwsClients;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.HostileText;
import io.cattleguard.events.operator.OperatorCommand;
import io.cattleguard.record.IncidentJson;
import io.cattleguard.record.IncidentRecord;
import io.cattleguard.record.stored.DynamoIncidents;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.Order;
import io.cattleguard.respond.ledger.StoredLedger;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the commands of operators have in common: the deployment, and how they print. */
abstract class OperateCommand implements Callable<Integer> {
  private static final int TEXT = 300;
  private static final int LONGEST_LINE = 2_000;

  private final Surroundings surroundings;
  private final Ledgers ledgers;
  private final Buses buses;
  private final InstantSource clock;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "cattleguard",
      description = "Name of the stack in AWS. Default: ${DEFAULT-VALUE}.")
  private String name = "cattleguard";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:CATTLEGUARD_DATA}",
      description = {
        "Data directory of a running cattleguard up, in place of a stack in AWS.",
        "Default: CATTLEGUARD_DATA."
      })
  private @Nullable Path data;

  @Option(
      names = "--region",
      paramLabel = "REGION",
      description = "AWS region. Default: AWS_REGION.")
  private @Nullable String region;

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
        (name, region) -> CommandBus.of(aws(region), name),
        Clock.systemUTC());
  }

  OperateCommand(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
    this.surroundings = surroundings;
    this.ledgers = ledgers;
    this.buses = buses;
    this.clock = clock;
  }

  private static VersionedTable table(String name, Optional<String> region) {
    return new DynamoTable(aws(region), name);
  }

  /**
   * Clients with the process's credentials.
   *
   * @throws UsageError if neither the option nor the environment names a region
   */
  static AwsClients aws(Optional<String> region) {
    Map<String, String> variables = new HashMap<>(System.getenv());
    Optional<String> where =
        region
            .or(() -> Optional.ofNullable(variables.get("AWS_REGION")))
            .or(() -> Optional.ofNullable(variables.get("AWS_DEFAULT_REGION")));
    variables.put(
        "AWS_REGION",
        where.orElseThrow(() -> new UsageError("no region: set --region or AWS_REGION")));
    return new Env(variables).aws();
  }

  @Override
  public final Integer call() {
    OperatorReply reply;
    try {
      reply = ask(request());
    } catch (Unavailable e) {
      reply =
          OperatorReply.failed(
              "cannot use the stack "
                  + name
                  + ": "
                  + HostileText.visible(String.valueOf(e.getMessage()), TEXT)
                  + ". Check --name, --region and your AWS credentials.");
    }
    reply.results().forEach(this::print);
    reply
        .note()
        .ifPresent(note -> surroundings.err().println(HostileText.visible(note, LONGEST_LINE)));
    return reply.success() ? ExitCode.SUCCESS : ExitCode.FAILURE;
  }

  private OperatorReply ask(OperatorRequest request) {
    Path directory = data;
    if (directory != null && !directory.toString().isEmpty()) {
      return new SocketOperator(directory).ask(request);
    }
    Operator doing =
        (asked, identity) ->
            asked instanceof SilenceRequest silence
                ? new SilenceOperator(open("sightings"), clock).ask(silence)
                : new LedgerOperator(new Operations(StoredLedger.in(open("ledger"))), clock)
                    .ask(asked, identity);
    if (request.isQuestion()) {
      return doing.ask(request, "");
    }
    Publisher publisher = publisher(request);
    // Who may do it, IAM and the responder's policy decide.
    return new CommandingOperator(doing, (verb, identity) -> true, publisher.publish(), clock)
        .ask(request, publisher.identity());
  }

  private record Publisher(String identity, Consumer<OperatorCommand> publish) {}

  /** The kill switch must not depend on STS, so what is done in the tables is done without it. */
  private Publisher publisher(OperatorRequest request) {
    CommandBus bus = buses.apply(name, Optional.ofNullable(region));
    try {
      String userId = bus.userId();
      return new Publisher("aws:" + userId, command -> bus.publish(userId, command));
    } catch (Unavailable e) {
      if (request instanceof OperatorRequest.Decide) {
        throw e;
      }
      return new Publisher(
          "aws:unknown",
          command -> {
            throw e;
          });
    }
  }

  /** The record of an incident of the deployment. */
  final Optional<IncidentRecord> incident(String id) {
    Path directory = data;
    if (directory == null || directory.toString().isEmpty()) {
      return new DynamoIncidents(
              aws(Optional.ofNullable(region)), name + "-incidents", Duration.ZERO)
          .find(id);
    }
    ObjectNode question =
        JsonNodeFactory.instance
            .objectNode()
            .put("command", OperatorRequest.Incidents.COMMAND)
            .put("ask", "find")
            .put("id", id);
    return new SocketOperator(directory)
        .ask(new OperatorRequest.Incidents(question)).results().stream()
            .map(one -> IncidentJson.readRecord(one.object().toString()))
            .findFirst();
  }

  private VersionedTable open(String table) {
    return ledgers.apply(name + "-" + table, Optional.ofNullable(region));
  }

  /** The time now. */
  Instant now() {
    return clock.instant();
  }

  /** What the command asks for. */
  abstract OperatorRequest request();

  private void print(OperatorReply.Result result) {
    if (json) {
      JsonLines.print(result.object(), surroundings.out());
    } else {
      surroundings.out().println(HostileText.visible(result.line(), LONGEST_LINE));
    }
  }

  /** The options that say who asks, and why. */
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

    Order order() {
      return order(by, reason);
    }

    static Order order(@Nullable String by, String reason) {
      if (reason.isBlank() || (by != null && by.isBlank())) {
        throw new UsageError("--reason and --by: expected a text");
      }
      return new Order(by == null ? System.getProperty("user.name", "unknown") : by, reason);
    }
  }
}
