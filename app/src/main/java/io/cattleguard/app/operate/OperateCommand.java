package io.cattleguard.app.operate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.JsonLines;
import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.lambda.DynamoTable;
import io.cattleguard.edge.lambda.Env;
import io.cattleguard.edge.port.Unavailable;
import io.cattleguard.edge.port.VersionedTable;
import io.cattleguard.events.HostileText;
import io.cattleguard.respond.Operations;
import io.cattleguard.respond.ledger.StoredLedger;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the commands of operators have in common: the deployment, and how they print. */
abstract class OperateCommand implements Callable<Integer> {
  private static final int TEXT = 300;

  private final Surroundings surroundings;
  private final Ledgers ledgers;
  private final InstantSource clock;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "cattleguard",
      description = "Name of the stack in AWS. Default: ${DEFAULT-VALUE}.")
  private String name = "cattleguard";

  @Option(
      names = "--region",
      paramLabel = "REGION",
      description = "AWS region. Default: AWS_REGION.")
  private @Nullable String region;

  @Option(names = "--json", description = "Print one JSON object per line.")
  private boolean json;

  /** Opens the ledger table of a stack. */
  @FunctionalInterface
  interface Ledgers extends BiFunction<String, Optional<String>, VersionedTable> {}

  OperateCommand(Surroundings surroundings) {
    this(surroundings, OperateCommand::table, Clock.systemUTC());
  }

  OperateCommand(Surroundings surroundings, Ledgers ledgers, InstantSource clock) {
    this.surroundings = surroundings;
    this.ledgers = ledgers;
    this.clock = clock;
  }

  private static VersionedTable table(String name, Optional<String> region) {
    Map<String, String> variables = new HashMap<>(System.getenv());
    Optional<String> where =
        region
            .or(() -> Optional.ofNullable(variables.get("AWS_REGION")))
            .or(() -> Optional.ofNullable(variables.get("AWS_DEFAULT_REGION")));
    variables.put(
        "AWS_REGION",
        where.orElseThrow(() -> new UsageError("no region: set --region or AWS_REGION")));
    return new DynamoTable(new Env(variables).aws(), name + "-ledger");
  }

  @Override
  public final Integer call() {
    VersionedTable table = ledgers.apply(name, Optional.ofNullable(region));
    try {
      return run(new Operations(StoredLedger.in(table)), clock.instant())
          ? ExitCode.SUCCESS
          : ExitCode.FAILURE;
    } catch (Unavailable e) {
      surroundings
          .err()
          .println(
              "cannot use the table "
                  + name
                  + "-ledger: "
                  + HostileText.visible(String.valueOf(e.getMessage()), TEXT)
                  + ". Check --name, --region and your AWS credentials.");
      return ExitCode.FAILURE;
    }
  }

  /**
   * Runs the command.
   *
   * @return whether it succeeded
   */
  abstract boolean run(Operations operations, Instant now);

  /** Prints one result, as a line for people or as JSON. */
  final void print(String line, ObjectNode object) {
    if (json) {
      JsonLines.print(object, surroundings.out());
    } else {
      surroundings.out().println(HostileText.visible(line, 2_000));
    }
  }

  /** Prints an error. */
  final void complain(String text) {
    surroundings.err().println(HostileText.visible(text, 2_000));
  }
}
