package io.cattleguard.app.imports;

import io.cattleguard.app.terminal.ExitCode;
import io.cattleguard.app.terminal.Surroundings;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The parent of the commands that import. */
@Command(
    name = "import",
    description = "Make playbooks of the rules of another response engine.",
    synopsisSubcommandLabel = "COMMAND")
@SuppressWarnings("NullAway.Init") // picocli sets every field
public final class ImportCommand implements Callable<Integer> {
  private final Surroundings surroundings;
  @Spec private CommandSpec spec;

  private ImportCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  /** The command with its subcommands. */
  public static CommandLine of(Surroundings surroundings) {
    return new CommandLine(new ImportCommand(surroundings))
        .addSubcommand(new ImportTalonCommand(surroundings));
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(surroundings.err());
    return ExitCode.USAGE;
  }
}
