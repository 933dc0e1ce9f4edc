package io.cattleguard.app.operate;

import io.cattleguard.app.terminal.Surroundings;
import io.cattleguard.app.terminal.UsageError;
import io.cattleguard.edge.policy.Durations;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Extends the lease of a containment. */
@Command(
    name = "extend",
    sortOptions = false,
    description = {
      "Extend the lease of a containment.",
      "List the ids with: cattleguard containments",
      ""
    })
public final class ExtendCommand extends OperateCommand {
  @Parameters(paramLabel = "ID", description = "Id of the containment.")
  private String id = "";

  @Option(
      names = "--for",
      paramLabel = "TIME",
      required = true,
      description = "By how much, for example 30m, 4h or 2d.")
  private String time = "";

  @Option(names = "--reason", paramLabel = "TEXT", description = "The reason, shown to people.")
  private String reason = "";

  @Option(
      names = "--by",
      paramLabel = "WHO",
      description = "Your name, shown to people. Default: your user name.")
  private @Nullable String by;

  /** Creates the command with the streams to print to. */
  public ExtendCommand(Surroundings surroundings) {
    super(surroundings);
  }

  ExtendCommand(Surroundings surroundings, Ledgers ledgers, Buses buses, InstantSource clock) {
    super(surroundings, ledgers, buses, clock);
  }

  @Override
  OperatorRequest request() {
    return new OperatorRequest.Extend(
        id,
        Durations.parse(time)
            .filter(Duration::isPositive)
            .orElseThrow(
                () -> new UsageError("--for: expected " + Durations.EXPECTED + ", found " + time)),
        WhoAndWhy.order(by, reason.isBlank() ? "more time: " + time : reason));
  }
}
