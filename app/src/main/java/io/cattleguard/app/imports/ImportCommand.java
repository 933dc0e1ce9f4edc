package io.cattleguard.app.imports;

import io.cattleguard.app.terminal.CommandGroup;
import io.cattleguard.app.terminal.Surroundings;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The parent of the commands that import. */
@Command(
    name = "import",
    description = "Convert the rules of another response engine into playbooks.")
public final class ImportCommand extends CommandGroup {
  private ImportCommand(Surroundings surroundings) {
    super(surroundings);
  }

  /** The command with its subcommands. */
  public static CommandLine of(Surroundings surroundings) {
    return new CommandLine(new ImportCommand(surroundings))
        .addSubcommand(new ImportTalonCommand(surroundings));
  }
}
