package io.cattleguard.app.models;

import io.cattleguard.app.terminal.CommandGroup;
import io.cattleguard.app.terminal.Surroundings;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The commands about models. */
@Command(name = "model", description = "Show, compare and change the models of workloads.")
public final class ModelCommand extends CommandGroup {
  private ModelCommand(Surroundings surroundings) {
    super(surroundings);
  }

  /** The command with its subcommands. */
  public static CommandLine of(Surroundings surroundings) {
    return new CommandLine(new ModelCommand(surroundings))
        .addSubcommand(new ModelListCommand(surroundings))
        .addSubcommand(new ModelShowCommand(surroundings))
        .addSubcommand(new ModelDiffCommand(surroundings))
        .addSubcommand(new ModelTestCommand(surroundings))
        .addSubcommand(new ModelAcceptCommand(surroundings))
        .addSubcommand(new ModelPullCommand(surroundings))
        .addSubcommand(new ModelFactsCommand(surroundings))
        .addSubcommand(new ModelExportCommand(surroundings));
  }
}
